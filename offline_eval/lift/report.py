"""The lift report: every group against every other, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from offline_eval.intervals import IntervalKind, IntervalSpec
from offline_eval.lift.comparison import Compared, compare
from offline_eval.lift.customers import enrolled_customers, would_be_contacted
from offline_eval.lift.estimate import Estimate, Metric, Population
from offline_eval.lift.group_summary import GroupSummary, group_summary
from offline_eval.lift.sample_ratio import SampleRatio, sample_ratio
from offline_eval.lift.settings import LiftSettings
from offline_eval.lift.sure_things import SureThings, sure_things


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftReport:
    """What the groups earned over each other within a horizon."""

    horizon_days: int
    interval_kind: IntervalKind
    level: float
    """Confidence level of the estimates of all customers, each by itself."""
    slice_level: float
    """The same of each slice's, so that those of one pair of groups hold together at `level`."""
    groups: tuple[GroupSummary, ...]
    sample_ratio: SampleRatio
    anchored_sample_ratios: Mapping[str, SampleRatio]
    """By "target/control": the same of those who would have been contacted."""
    estimates: tuple[Estimate, ...]
    sure_things: tuple[SureThings, ...]
    refusals: tuple[str, ...]
    """Why estimates are missing: all of them where the sample ratio failed, or those that are ghost-anchored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be compared."""

    settings: LiftSettings
    slices: tuple[tuple[str, str], ...]
    slice_spec: IntervalSpec
    enrolled: Mapping[str, int]


def lift_report(table: pd.DataFrame, settings: LiftSettings) -> LiftReport:
    """Returns the lift report of customers whose horizons are over.

    Args:
        table: One row per customer; columns as in `offline_eval.lift.customers`.
        settings: What was declared beforehand.

    Raises:
        InvalidRequest: It names every column at fault.
    """
    customers = enrolled_customers(table, settings)
    anchored = would_be_contacted(table, settings)
    plan = _plan(customers.frame, settings)
    ratio = _ratio(customers.frame, settings.shares, settings)
    ratios = {} if anchored is None else _anchored_ratios(anchored.frame, settings)
    estimates: list[Estimate] = []
    if ratio.passed:
        estimates.extend(_estimates(customers.frame, Population.ENROLLED, settings.pairs, plan))
        if anchored is not None:
            pairs = tuple(pair for pair in settings.pairs if pair in ratios and ratios[pair].passed)
            estimates.extend(_estimates(anchored.frame, Population.WOULD_BE_CONTACTED, pairs, plan))
    high = settings.sure_conversion
    return LiftReport(
        horizon_days=settings.horizon_days,
        interval_kind=settings.interval.kind,
        level=settings.interval.level,
        slice_level=plan.slice_spec.level,
        groups=tuple(group_summary(customers, group, settings.interval) for group in settings.shares),
        sample_ratio=ratio,
        anchored_sample_ratios={"/".join(pair): found for pair, found in ratios.items()},
        estimates=tuple(estimates),
        sure_things=tuple(
            sure_things(customers.frame, pair, estimates, high) for pair in settings.pairs if ratio.passed
        ),
        refusals=tuple(_refusals(ratio, ratios)),
    )


def _plan(frame: pd.DataFrame, settings: LiftSettings) -> _Plan:
    slices = tuple((name, value) for name in settings.slices for value in sorted(set(frame[name].astype(str))))
    comparisons = max(len(slices), settings.planned_slices) * len(Metric)
    counts = frame["group"].value_counts()
    return _Plan(
        settings=settings,
        slices=slices,
        slice_spec=settings.interval.corrected(comparisons),
        enrolled={group: int(counts.get(group, 0)) for group in settings.shares},
    )


def _ratio(frame: pd.DataFrame, shares: Mapping[str, float], settings: LiftSettings) -> SampleRatio:
    return sample_ratio(frame["group"], frame["horizon_end_us"], shares, settings.sample_ratio_level)


def _anchored_ratios(frame: pd.DataFrame, settings: LiftSettings) -> dict[tuple[str, str], SampleRatio]:
    return {
        pair: _ratio(frame[frame["group"].isin(pair)], {group: settings.shares[group] for group in pair}, settings)
        for pair in settings.pairs
        if pair in settings.anchored_pairs
    }


def _refusals(ratio: SampleRatio, anchored: Mapping[tuple[str, str], SampleRatio]) -> Iterator[str]:
    if not ratio.passed:
        yield ratio.text
    for (target, control), found in anchored.items():
        if not found.passed:
            yield f"would-be contacts of {target} and {control}: {found.text}"


def _estimates(
    frame: pd.DataFrame, population: Population, pairs: tuple[tuple[str, str], ...], plan: _Plan
) -> Iterator[Estimate]:
    inside = {(name, value): frame[frame[name].astype(str) == value] for name, value in plan.slices}
    for target, control in pairs:
        whole = Compared(
            population=population,
            target=target,
            control=control,
            enrolled=plan.enrolled[target] + plan.enrolled[control],
        )
        for metric in Metric:
            yield compare(frame, whole, metric, plan.settings.interval, plan.settings)
            for (name, value), rows in inside.items():
                part = replace(whole, slice_name=name, slice_value=value)
                yield compare(rows, part, metric, plan.slice_spec, plan.settings)
