"""Orders: the outcomes that lift counts, each once, net of refunds."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd

from banditsvc.core.attribution import refunded_amount
from banditsvc.core.lift_spec import LiftSpec
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import Feed, Outcome, OutcomeType

_REVENUE, _CONVERSION, _REFUND = 1, 2, 4
"""What an outcome is to lift, as bits; one that is nothing of these is kept where it may restate one that is."""


class OrderBook:
    """Takes in outcomes one by one, in any order, and keeps the highest revision of each that may count.

    Over several portfolios an outcome_id is one order, however often it is posted: a shop posts it to every portfolio that
    may have had a part in it.
    """

    def __init__(self, spec: LiftSpec) -> None:
        self._kinds = dict.fromkeys(map(_key, spec.revenue_outcomes), _REVENUE)
        for key in map(_key, spec.conversion_outcomes):
            self._kinds[key] = self._kinds.get(key, 0) | _CONVERSION
        # A refund is what takes revenue back, whatever is named as revenue.
        self._kinds[OutcomeType.REFUND, ""] = _REFUND
        self._places: dict[str, int] = {}
        self._revision = array("q")
        self._kind = array("b")
        self._occur_us = array("q")
        self._amount = array("d")
        self._owners: list[str] = []
        """Of each order the customer, or the decision, that it names."""
        self._names_decision = array("b")
        self._refunds: dict[int, Outcome] = {}
        self._names: dict[str, str] = {}
        """One object for each name, however many orders there are of a customer."""

    def add(self, outcome: Outcome) -> None:
        """Takes in a revision of an outcome."""
        # What a machine did is no act of the customer's.
        kind = 0 if outcome.machine else self._kinds.get((outcome.type, outcome.custom_type), 0)
        place = self._places.get(outcome.outcome_id)
        if place is None:
            if not kind and not outcome.revision:
                return
            place = self._places[outcome.outcome_id] = len(self._owners)
            self._revision.append(-1)
            self._kind.append(0)
            self._occur_us.append(0)
            self._amount.append(math.nan)
            self._owners.append("")
            self._names_decision.append(0)
        if outcome.revision <= self._revision[place]:
            return
        owner = outcome.decision_id or outcome.customer_id
        self._revision[place], self._kind[place] = outcome.revision, kind
        self._occur_us[place] = outcome.occur_time_us
        self._amount[place] = math.nan if outcome.amount is None else outcome.amount
        self._owners[place] = self._names.setdefault(owner, owner)
        self._names_decision[place] = bool(outcome.decision_id)
        self._refunds.pop(place, None)
        if kind == _REFUND:
            self._refunds[place] = outcome

    def decision_ids(self) -> set[str]:
        """Returns the decisions that orders name."""
        return {
            owner
            for owner, names_decision, kind in zip(self._owners, self._names_decision, self._kind, strict=True)
            if names_decision and kind & (_REVENUE | _CONVERSION)
        }

    def frame(self, customer_of: Mapping[str, str], merges: Merges) -> pd.DataFrame:
        """Returns one row an order: customer_id, outcome_id, occur_us, amount, is_revenue and is_conversion.

        An amount is net of all refunds, whenever they came; 0 where there is none. An order that was paid back is still a
        conversion: the customer did order.

        Args:
            customer_of: Customer of each decision that orders name; an order of any other belongs to nobody.
            merges: Orders belong to the customer that an id stands for.
        """
        kind = np.asarray(self._kind, dtype=np.int8)
        is_order = (kind & (_REVENUE | _CONVERSION)) != 0
        customers = [
            customer_of.get(owner, "") if names_decision else owner
            for owner, names_decision in zip(self._owners, self._names_decision, strict=True)
        ]
        if merges:
            customers = [merges.survivor(customer) for customer in customers]
        amount = np.nan_to_num(np.asarray(self._amount, dtype=np.float64)) - self._refunded()
        frame = pd.DataFrame(
            {
                "customer_id": pd.array(customers, dtype=object),
                "outcome_id": pd.array(list(self._places), dtype=object),
                "occur_us": np.asarray(self._occur_us, dtype=np.int64),
                "amount": amount,
                "is_revenue": (kind & _REVENUE) != 0,
                "is_conversion": (kind & _CONVERSION) != 0,
            }
        )
        orders: pd.DataFrame = frame.loc[is_order].reset_index(drop=True)
        return orders

    def _refunded(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Returns of each order what its refunds take back."""
        taken = np.zeros(len(self._owners))
        refunds: dict[str, dict[str, Outcome]] = defaultdict(dict)
        for refund in self._refunds.values():
            refunds[refund.refunded_outcome_id][refund.outcome_id] = refund
        for outcome_id, own in refunds.items():
            place = self._places.get(outcome_id)
            if place is not None and not math.isnan(self._amount[place]):
                order = Outcome(
                    portfolio_id="",
                    outcome_id=outcome_id,
                    type=OutcomeType.REVENUE,
                    occur_time_us=self._occur_us[place],
                    amount=self._amount[place],
                )
                taken[place] = refunded_amount(order, own)
        return taken


def _key(feed: Feed) -> tuple[OutcomeType, str]:
    return (feed.type, feed.custom_type)
