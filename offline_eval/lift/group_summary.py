"""What each group came to by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.intervals import Interval, mean_bounds, moments_of
from offline_eval.lift.customers import Customers
from offline_eval.lift.settings import LiftSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """Counts and means of one group; an interval without bounds says that the data are too few for one."""

    group: str
    customers: int
    revenue_per_customer: float
    revenue_interval: Interval
    conversion: float
    conversion_interval: Interval
    winsorised_customers: float
    """Share of the customers whose revenue is above the limit."""
    winsorised_revenue: float
    """Share of the revenue that the limit took away."""


def group_summary(customers: Customers, group: str, settings: LiftSettings) -> GroupSummary:
    """Returns the summary of one group; means of no customers are NaN, and so is revenue that cannot be compared."""
    spec = settings.interval
    rows = customers.frame["group"].to_numpy() == group
    frame = customers.frame[rows]
    revenue = moments_of(frame["value"].to_numpy(dtype=np.float64))
    if settings.revenue_refusal:
        revenue = revenue.without_values()
    conversion = moments_of(frame["converted"].to_numpy(dtype=np.float64))
    before, after = float(customers.unlimited[rows].sum()), float(frame["value"].sum())
    return GroupSummary(
        group=group,
        customers=len(frame),
        revenue_per_customer=float(revenue.mean),
        revenue_interval=mean_bounds(revenue, spec).interval(spec),
        conversion=float(conversion.mean),
        conversion_interval=mean_bounds(conversion, spec).interval(spec),
        winsorised_customers=float(frame["above_limit"].mean()) if len(frame) else 0.0,
        winsorised_revenue=(before - after) / before if before > 0.0 else 0.0,
    )
