"""From who was enrolled and what was ordered to the table that lift is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from banditsvc.core.times import DAY_US

ENROLLED = ("customer_id", "group", "entry_us", "contact_us")
"""Columns of those enrolled, one row each: `entry_us` is when the customer entered, `contact_us` when it was, or would
have been, contacted for the first time, 0 for never."""
ORDERS = ("customer_id", "occur_us", "amount", "is_revenue", "is_conversion")
"""Columns of orders, one row each: amounts are net of refunds."""
NEVER = 0
"""Stands in `contact_us` for no contact; what is counted from there on is not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What is in the data and not in the table."""

    horizon_not_over: int
    """Customers whose horizon is not over yet, or for whom its orders are not known to be complete."""
    contact_horizon_not_over: int
    """Customers of the table who were or would have been contacted, and whose horizon from there on is not over."""
    orders_before_entry: int
    """Orders from before the customer was enrolled: they are nothing that a group can have changed."""
    orders_of_others: int
    """Orders of customers who are not enrolled, or were left out."""


@dataclass(frozen=True, slots=True)
class CustomerTable:
    """One row per customer whose horizon is over, with the columns of `offline_eval.lift.customers`."""

    frame: pd.DataFrame
    """Also `customer_id` and whatever else there is of those enrolled. `value` and `converted` are counted from entry,
    `anchored_value` and `anchored_converted` from the first would-be contact on."""
    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class _Orders:
    """Orders by the place of their customer."""

    place: NDArray[np.intp]
    occur_us: NDArray[np.int64]
    revenue: NDArray[np.float64]
    is_conversion: NDArray[np.bool_]


def customer_table(
    enrolled: pd.DataFrame, orders: pd.DataFrame, *, horizon_days: int, through_us: int
) -> CustomerTable:
    """Returns the customers whose horizons are over, with what each of them brought within it.

    An order counts for a customer where entry <= occur < entry + horizon; likewise from the first would-be contact on.

    Args:
        enrolled: Columns `ENROLLED`; all further ones, such as slices, are kept.
        orders: Columns `ORDERS`.
        horizon_days: Length of the horizon, at least 1.
        through_us: Up to when all orders are known, in microseconds since 1970.
    """
    horizon_us = horizon_days * DAY_US
    entry = enrolled["entry_us"].to_numpy(dtype=np.int64)
    contact = enrolled["contact_us"].to_numpy(dtype=np.int64)
    place = pd.Index(enrolled["customer_id"]).get_indexer(pd.Index(orders["customer_id"]))
    known = place >= 0
    found = _Orders(
        place[known],
        orders["occur_us"].to_numpy(dtype=np.int64)[known],
        np.where(orders["is_revenue"], orders["amount"], 0.0).astype(np.float64)[known],
        orders["is_conversion"].to_numpy(dtype=bool)[known],
    )
    value, converted = _within(found, entry, horizon_us)
    anchored_value, anchored_converted = _within(found, contact, horizon_us)
    is_over = entry + horizon_us <= through_us
    has_contact = contact != NEVER
    anchored = has_contact & (contact + horizon_us <= through_us)
    frame = enrolled.assign(
        horizon_end_us=entry + horizon_us,
        value=value,
        converted=converted,
        anchored=anchored,
        anchored_end_us=np.where(anchored, contact + horizon_us, entry + horizon_us),
        anchored_value=anchored_value,
        anchored_converted=anchored_converted,
    )
    return CustomerTable(
        frame[is_over].reset_index(drop=True),
        LeftOut(
            horizon_not_over=int((~is_over).sum()),
            contact_horizon_not_over=int((is_over & has_contact & ~anchored).sum()),
            orders_before_entry=int((found.occur_us < entry[found.place]).sum()),
            orders_of_others=int((~known).sum()),
        ),
    )


def _within(
    orders: _Orders, start_us: NDArray[np.int64], horizon_us: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Returns of each customer the revenue within the horizon from a start on, and whether it converted within it."""
    start = start_us[orders.place]
    inside = (orders.occur_us >= start) & (orders.occur_us < start + horizon_us)
    counted = orders.place[inside]
    revenue = np.bincount(counted, weights=orders.revenue[inside], minlength=start_us.size)
    conversions = np.bincount(counted, weights=orders.is_conversion[inside], minlength=start_us.size)
    return np.asarray(revenue, dtype=np.float64), np.asarray(conversions > 0.0)
