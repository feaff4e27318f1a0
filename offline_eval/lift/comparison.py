"""Compares two groups of customers in one metric."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from banditsvc.core.times import DAY_US
from offline_eval.intervals import Interval, IntervalSpec, Moments, difference_bounds, moments_of, relative_lift_bounds
from offline_eval.lift.estimate import Conclusion, Estimate, Metric, Population
from offline_eval.lift.sample_size import Needed, needed_customers
from offline_eval.lift.settings import LiftSettings

LEAST_DAYS = 7.0
"""Where customers came within a shorter time, nobody knows at what rate more will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Which comparison it is."""

    population: Population
    target: str
    control: str
    slice_name: str = ""
    slice_value: str = ""
    enrolled: int
    """Enrolled customers of both groups, all slices together."""


def compare(customers: pd.DataFrame, what: Compared, metric: Metric, spec: IntervalSpec, of: LiftSettings) -> Estimate:
    """Returns the lift of the target over the control group among the customers.

    Args:
        customers: Rows in the order in which horizons end; those of other groups are left out.
        what: Groups, population and slice, for the estimate to name.
        metric: What is compared.
        spec: The interval, corrected where there are several.
        of: Shares, and the smallest lift that matters.
    """
    target, control = (_sample(customers, group, metric) for group in (what.target, what.control))
    unknown = of.revenue_refusal if metric is Metric.REVENUE else ""
    if unknown:
        target, control = target.without_values(), control.without_values()
    refusal = unknown or refusal_of(target, control, what, spec)
    absolute = None if refusal else difference_bounds(target, control, spec).interval(spec)
    relative = None if refusal else relative_lift_bounds(target, control, spec).interval(spec)
    conclusion = _conclusion(absolute)
    decided = conclusion in {Conclusion.HIGHER, Conclusion.LOWER}
    return Estimate(
        metric=metric,
        population=what.population,
        target=what.target,
        control=what.control,
        slice_name=what.slice_name,
        slice_value=what.slice_value,
        level=spec.level,
        target_customers=int(target.count),
        control_customers=int(control.count),
        share_of_enrolled=float(target.count + control.count) / max(what.enrolled, 1),
        target_mean=float(target.mean),
        control_mean=float(control.mean),
        absolute=float(target.mean - control.mean),
        absolute_interval=absolute,
        relative=float(target.mean / control.mean - 1.0) if control.mean > 0.0 else math.nan,
        relative_interval=relative,
        conclusion=conclusion,
        refusal=refusal,
        needed=None if decided or unknown else _needed(customers["horizon_end_us"], (target, control), what, spec, of),
    )


def refusal_of(target: Moments, control: Moments, what: Compared, spec: IntervalSpec) -> str:
    """Returns why the data are too thin for an interval; empty where they are not."""
    for group, sample in ((what.target, target), (what.control, control)):
        if sample.count < spec.least_customers:
            return f"{group} has {int(sample.count):,} customers with a whole horizon; {spec.least_customers:,.0f} is the least"
        if sample.uncommon < spec.least_uncommon or not sample.variance > 0.0:
            return (
                f"only {int(sample.uncommon):,} customers of {group} differ from the rest in this metric; "
                f"{spec.least_uncommon:,.0f} is the least"
            )
    return ""


def _sample(customers: pd.DataFrame, group: str, metric: Metric) -> Moments:
    rows = customers["group"].to_numpy() == group
    return moments_of(customers[metric.column].to_numpy(dtype=np.float64)[rows])


def _conclusion(absolute: Interval | None) -> Conclusion:
    if absolute is None:
        return Conclusion.REFUSED
    if absolute.contains(0.0):
        return Conclusion.UNDECIDED
    return Conclusion.HIGHER if absolute.low > 0.0 else Conclusion.LOWER


def _needed(
    times: pd.Series, samples: tuple[Moments, Moments], what: Compared, spec: IntervalSpec, of: LiftSettings
) -> Needed | None:
    target, control = samples
    share = of.shares[what.target] / (of.shares[what.target] + of.shares[what.control])
    lift = of.smallest_lift * float(control.mean)
    counts = needed_customers(target, control, target_share=share, lift=lift, power=of.power, spec=spec)
    if counts is None:
        return None
    missing = (counts[0] - float(target.count), counts[1] - float(control.count))
    return Needed(
        smallest_lift=of.smallest_lift,
        absolute_lift=lift,
        power=of.power,
        target_customers=counts[0],
        control_customers=counts[1],
        days=_days(times, missing, (float(target.count), float(control.count))),
    )


def _days(times: pd.Series, missing: tuple[float, float], present: tuple[float, float]) -> int | None:
    if max(missing) <= 0.0:
        return 0
    span = float(times.max() - times.min()) / DAY_US
    if span < LEAST_DAYS or min(present) == 0.0:
        return None
    return math.ceil(max(lacking * span / there for lacking, there in zip(missing, present, strict=True)))
