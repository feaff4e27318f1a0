"""A coverage report in words, the same in the terminal and on the page."""

from __future__ import annotations

import math
from collections.abc import Iterator

from banditsvc.reports.number_words import NOTHING, Show, about, between, percent
from offline_eval.coverage import CoverageCell, CoverageReport, Grouping, Knowledge
from offline_eval.intervals import IntervalKind

MARKS = {
    Knowledge.KNOWN: "●",
    Knowledge.TOO_WIDE: "◐",
    Knowledge.TOO_LITTLE_DATA: "○",
    Knowledge.NO_CHANCE: "×",
}
"""Told apart without colors too."""
LEGEND = {
    Knowledge.KNOWN: "known",
    Knowledge.TOO_WIDE: "interval too long",
    Knowledge.TOO_LITTLE_DATA: "too little data for an interval",
    Knowledge.NO_CHANCE: "mostly no chance of being chosen",
}
_GREAT = 1_000.0
"""Mean rewards from which on none has decimals."""
_MANY_DAYS = 3_650
"""Ten years: beyond it no number of days is told."""


def by_words(by: Grouping) -> str:
    """Returns what customers are told apart by."""
    return "segment" if by is Grouping.SEGMENT else "lifecycle stage"


def head_words(report: CoverageReport) -> Iterator[str]:
    """Yields what the report rests on: decisions, those left out, and the measure."""
    if not report.evaluated:
        yield "No decision can be evaluated yet."
    else:
        yield f"{report.evaluated:,} decisions over {report.days:,.1f} days, mean reward {rewards(report)(report.mean_reward)}"
    if report.left_out:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in report.left_out.items())
        yield f"left out: {counts}"
    if report.evaluated:
        yield (
            f"enough is known where the {percent(report.level)} interval reaches at most {rewards(report)(report.longest_half)} to "
            f"either side, {percent(report.precision)} of the mean reward"
        )
    yield f"intervals: {kind_words(report)}"


def kind_words(report: CoverageReport) -> str:
    """Returns what the intervals promise."""
    if report.interval_kind is IntervalKind.ANYTIME:
        return f"{percent(report.level)}, ANYTIME: each holds however often the report is read"
    return f"{percent(report.level)}, FIXED: each holds for one reading at a time fixed beforehand"


def rewards(report: CoverageReport) -> Show:
    """Returns how to write rewards: all with as many decimals, by the size of the mean reward."""
    mean = abs(report.mean_reward)
    decimals = (
        2 if not 0.0 < mean < math.inf else min(6, max(0 if mean >= _GREAT else 2, 1 - math.floor(math.log10(mean))))
    )
    return lambda value: f"{value:,.{decimals}f}" if math.isfinite(value) else NOTHING


def value_words(cell: CoverageCell, show: Show) -> str:
    """Returns the mean reward with half its interval, such as `0.30 ± 0.04`; how often it was chosen where there is none."""
    if cell.width is None:
        return f"{cell.chosen:,} chosen"
    return f"{show(cell.estimate.value)} ± {show(cell.width / 2.0)}"


def interval_words(cell: CoverageCell, show: Show) -> str:
    """Returns the interval, such as `0.26 to 0.34`."""
    interval = cell.estimate.interval
    return NOTHING if interval is None else between(interval.low, interval.high, show)


def further_words(cell: CoverageCell) -> str:
    """Returns what it takes to know enough."""
    if cell.is_known:
        return ""
    if cell.knowledge is Knowledge.NO_CHANCE:
        return "more exploration: as it is, no number of decisions would do"
    if cell.further_decisions is None:
        return "more exploration: as it is, no number of decisions is known to do"
    decisions = f"at least {about(max(cell.further_decisions, 1))} more decisions"
    days = cell.further_days
    if days is None:
        return decisions
    if days > _MANY_DAYS:
        return f"{decisions}: more than 10 years"
    whole = max(1, math.ceil(days))
    return f"{decisions}: {about(whole)} {'day' if whole == 1 else 'days'}"
