"""Who converts whether contacted or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from offline_eval.lift.estimate import Estimate, Metric, Population


@dataclass(frozen=True, slots=True, kw_only=True)
class SureThings:
    """High conversion in target and control alike, for one pair of groups."""

    target: str
    control: str
    least_share: float
    """The least and the greatest share of customers who convert in both cases that the two groups' conversions allow:
    max(0, p1 + p0 - 1) and min(p1, p0) (Frechet's bounds); figures without intervals."""
    greatest_share: float
    slices: tuple[tuple[str, str], ...]
    """Names and values of the slices in which the conversion of both groups is high."""
    share_of_customers: float
    """Share of the enrolled customers of both groups who are in one of them."""


def sure_things(customers: pd.DataFrame, pair: tuple[str, str], lifts: Sequence[Estimate], high: float) -> SureThings:
    """Returns the sure things of a pair of groups; slices whose lift was refused or is not zero are not among them.

    Args:
        customers: Those enrolled.
        pair: Target and control group.
        lifts: All estimates of the report.
        high: Conversion from which on it is high.
    """
    own = [
        lift
        for lift in lifts
        if (lift.target, lift.control) == pair
        and lift.metric is Metric.CONVERSION
        and lift.population is Population.ENROLLED
    ]
    whole = next(lift for lift in own if not lift.slice_name)
    found = tuple((lift.slice_name, lift.slice_value) for lift in own if lift.slice_name and _is_sure(lift, high))
    rows = customers[customers["group"].isin(pair)]
    inside = pd.Series(data=False, index=rows.index)
    for name, value in found:
        inside |= rows[name].astype(str) == value
    return SureThings(
        target=pair[0],
        control=pair[1],
        least_share=max(0.0, whole.target_mean + whole.control_mean - 1.0),
        greatest_share=min(whole.target_mean, whole.control_mean),
        slices=found,
        share_of_customers=float(inside.mean()) if len(rows) else 0.0,
    )


def _is_sure(lift: Estimate, high: float) -> bool:
    alike = lift.absolute_interval is not None and lift.absolute_interval.contains(0.0)
    return alike and min(lift.target_mean, lift.control_mean) >= high
