"""Rows for a fit from a history: RFM at each send, and the orders that followed it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.fit.context_parts import parts_of
from simulators.fit.fit_rows import FitCampaign, FitRows
from simulators.rehearse.history import Floats, History

GREATEST_QUANTILE = 0.99
"""Of the money of a send with a response: rewards are clipped to it, as single great orders would drown all else."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PastPurchases:
    """What each customer had bought before a time."""

    recency_days: Floats
    """NaN where there was no order yet."""
    frequency: Floats
    monetary: Floats


def purchases_before(history: History) -> PastPurchases:
    """Returns what each send's customer had ordered before it, as far back as the history goes."""
    sends, orders = history.sends, history.orders
    keys, starts = _order_keys(history)
    place = np.searchsorted(keys, _keys(history, sends.customers, sends.times), side="left")
    first = starts[sends.customers]
    count = (place - first).astype(np.float64)
    money = np.concatenate([[0.0], np.cumsum(orders.amounts)])
    last = orders.times[np.maximum(place - 1, 0)]
    return PastPurchases(
        recency_days=np.where(count > 0, sends.times - last, np.nan),
        frequency=count,
        monetary=np.round(money[place] - money[first], 2),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """What followed each send."""

    amounts: Floats
    """Money of the orders that belong to it."""
    delays: Floats
    """Days to the first of them, NaN without one."""


def orders_after(history: History, window_days: float) -> Followed:
    """Returns the orders of each send: an order belongs to the customer's last send before it, within the window."""
    sends, orders = history.sends, history.orders
    by_customer = np.lexsort((sends.times, sends.customers))
    keys = _keys(history, sends.customers, sends.times)[by_customer]
    place = np.searchsorted(keys, _keys(history, orders.customers, orders.times), side="right") - 1
    send = by_customer[np.maximum(place, 0)]
    waited = orders.times - sends.times[send]
    belongs = (place >= 0) & (sends.customers[send] == orders.customers) & (waited < window_days)
    amounts = np.bincount(send[belongs], weights=orders.amounts[belongs], minlength=len(sends))
    delays = np.full(len(sends), np.inf)
    np.minimum.at(delays, send[belongs], waited[belongs])
    return Followed(amounts=amounts.astype(np.float64), delays=np.where(np.isinf(delays), np.nan, delays))


def history_rows(history: History, window_days: int, currency: str = "EUR") -> FitRows:
    """Returns the sends whose window is over by the end of the history, with what followed them."""
    sends, followed, past = history.sends, orders_after(history, window_days), purchases_before(history)
    known = {
        name: np.where(np.isnan(sends.numbers[name]), derived, sends.numbers[name])
        for name, derived in (
            ("recency_days", past.recency_days),
            ("frequency", past.frequency),
            ("monetary", past.monetary),
        )
    }
    frame = pd.DataFrame(known)
    for name, texts in sends.texts.items():
        frame[name] = pd.Series(texts).replace("", None)
    kept = np.flatnonzero(sends.times + window_days <= history.last_time)
    frame = frame.iloc[kept].reset_index(drop=True).dropna(axis=1, how="all")
    amounts = followed.amounts[kept]
    responses = amounts > 0.0
    return FitRows(
        campaigns=tuple(_campaign(history, place) for place in range(len(history.campaign_ids))),
        arms=sends.campaigns[kept],
        parts=parts_of(frame),
        responses=responses,
        amounts=amounts,
        delays=followed.delays[kept],
        days=np.floor(sends.times[kept]).astype(np.int64),
        greatest=float(np.quantile(amounts[responses], GREATEST_QUANTILE)) if responses.any() else 1.0,
        window_days=window_days,
        currency=currency,
        caveats=tuple(_caveats(history, len(sends) - len(kept), kept)),
    )


def _campaign(history: History, place: int) -> FitCampaign:
    own = history.sends.campaigns == place
    costs = history.sends.costs[own]
    volumes = np.bincount(history.sends.campaigns, minlength=len(history.campaign_ids))
    # The order of past volume: the most frequent first.
    rank = int(np.argsort(np.argsort(-volumes, kind="stable"), kind="stable")[place])
    return FitCampaign(
        campaign_id=history.campaign_ids[place],
        category=history.categories[place],
        cost=float(np.nanmean(costs)) if np.isfinite(costs).any() else 0.0,
        fixed_priority=rank + 1,
    )


def _caveats(history: History, young: int, kept: NDArray[np.intp]) -> list[str]:
    found = []
    if np.isnan(history.sends.probabilities[kept]).any():
        found.append(
            "Past sends were not drawn at random, as far as the file says: that one campaign's customers buy more may be "
            "the choice of the customers, not the work of the campaign. The rehearsal takes it for the work of the "
            "campaign. A column selection_probability, or a few weeks of sends drawn by lot, would remove the doubt."
        )
    found.append(
        "What customers would have bought without any contact is part of the responses, the same for every campaign."
    )
    if young:
        found.append(f"{young:,} sends at the end of the history are left out: their window is not over.")
    if history.rejected:
        found.append(f"{history.rejected:,} rows could not be used; reasons in {', '.join(history.rejects)}.")
    return found


def _order_keys(history: History) -> tuple[Floats, NDArray[np.intp]]:
    orders = history.orders
    starts = np.searchsorted(orders.customers, np.arange(history.customer_count))
    return _keys(history, orders.customers, orders.times), starts


def _keys(history: History, customers: NDArray[np.int64], times: Floats) -> Floats:
    """Returns numbers that sort by customer and then by time, to the second or better."""
    span = history.last_time - history.first_time + 1.0
    return customers * (2.0 * span) + (times - history.first_time)
