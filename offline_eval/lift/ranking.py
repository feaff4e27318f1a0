"""Slices of a report from the one that brought most to the one that brought least."""

from __future__ import annotations

import math
from dataclasses import dataclass

from offline_eval.lift.estimate import Estimate, Metric, Population
from offline_eval.lift.report import LiftReport


@dataclass(frozen=True, slots=True)
class RankedSlice:
    """One slice in both metrics."""

    revenue: Estimate
    conversion: Estimate


def ranked_slices(
    report: LiftReport, pair: tuple[str, str], slice_name: str, population: Population
) -> tuple[RankedSlice, ...]:
    """Returns the slices of a name by incremental revenue, the greatest first; by conversions where revenue is not known.

    Those of which nothing is known come last.
    """
    found: dict[str, dict[Metric, Estimate]] = {}
    for estimate in report.estimates:
        if (estimate.target, estimate.control) != pair or estimate.population is not population:
            continue
        if estimate.slice_name == slice_name:
            found.setdefault(estimate.slice_value, {})[estimate.metric] = estimate
    slices = [RankedSlice(one[Metric.REVENUE], one[Metric.CONVERSION]) for one in found.values()]
    return tuple(sorted(slices, key=_rank, reverse=True))


def _rank(one: RankedSlice) -> tuple[float, float]:
    return _known(one.revenue.incremental), _known(one.conversion.incremental)


def _known(value: float) -> float:
    return -math.inf if math.isnan(value) else value
