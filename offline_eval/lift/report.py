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
    anchored_slice_level: float
    """Likewise of slices that are compared among those who would have been contacted alone."""
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
    anchored_slices: tuple[tuple[str, str], ...]
    anchored_slice_spec: IntervalSpec
    enrolled: Mapping[str, int]


def lift_report(table: pd.DataFrame, settings: LiftSettings, ratio: SampleRatio | None = None) -> LiftReport:
    """Returns the lift report of customers whose horizons are over.

    Args:
        table: One row per customer; columns as in `offline_eval.lift.customers`.
        settings: What was declared beforehand.
        ratio: The sample-ratio check of all who are enrolled, where the table does not have all of them; by default the
            check is made of the table.

    Raises:
        InvalidRequest: It names every column at fault.
    """
    customers = enrolled_customers(table, settings)
    anchored = would_be_contacted(table, settings)
    plan = _plan(customers.frame, None if anchored is None else anchored.frame, settings)
    ratio = ratio or _ratio(customers.frame, settings.shares, settings)
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
        anchored_slice_level=plan.anchored_slice_spec.level,
        groups=tuple(group_summary(customers, group, settings) for group in settings.shares),
        sample_ratio=ratio,
        anchored_sample_ratios={"/".join(pair): found for pair, found in ratios.items()},
        estimates=tuple(estimates),
        sure_things=tuple(
            sure_things(customers.frame, pair, estimates, high) for pair in settings.pairs if ratio.passed
        ),
        refusals=tuple(_refusals(ratio, ratios)),
    )


def _plan(frame: pd.DataFrame, anchored: pd.DataFrame | None, settings: LiftSettings) -> _Plan:
    slices = tuple(_slices(frame, settings.slices))
    own = () if anchored is None else tuple(_slices(anchored, settings.anchored_slices))
    counts = frame["group"].value_counts()
    return _Plan(
        settings=settings,
        slices=slices,
        slice_spec=_corrected(len(slices), settings),
        anchored_slices=own,
        anchored_slice_spec=_corrected(len(own), settings),
        enrolled={group: int(counts.get(group, 0)) for group in settings.shares},
    )


def _slices(frame: pd.DataFrame, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        yield from ((name, value) for value in sorted(set(frame[name].astype(str))))


def _corrected(slices: int, settings: LiftSettings) -> IntervalSpec:
    return settings.interval.corrected(max(slices, settings.planned_slices) * len(Metric))


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
    parts = dict.fromkeys(plan.slices, plan.slice_spec)
    if population is Population.WOULD_BE_CONTACTED:
        parts |= dict.fromkeys(plan.anchored_slices, plan.anchored_slice_spec)
    names = dict.fromkeys(name for name, _ in parts)
    inside = {(name, str(value)): rows for name in names for value, rows in frame.groupby(frame[name].astype(str))}
    for target, control in pairs:
        whole = Compared(
            population=population,
            target=target,
            control=control,
            enrolled=plan.enrolled[target] + plan.enrolled[control],
        )
        for metric in Metric:
            tuned = plan.settings.tuned(plan.settings.interval, (target, control))
            yield compare(frame, whole, metric, tuned, plan.settings)
            for (name, value), spec in parts.items():
                part = replace(whole, slice_name=name, slice_value=value)
                rows = inside.get((name, value), frame.iloc[:0])
                yield compare(rows, part, metric, plan.settings.tuned(spec, (target, control)), plan.settings)
