"""What was learned of the campaign families in a week, and of what too little is known."""

from __future__ import annotations

import math

from banditsvc.reports.monday.monday_report import FamilyLearned, Unknown
from banditsvc.reports.monday.week import Week
from offline_eval.choices import Choices
from offline_eval.costs import FamilyLearning, Verdict, family_learning
from offline_eval.coverage import CoverageReport

_MOST_FAMILIES = 15
_MOST_UNKNOWN = 8
_WORDS = {
    Verdict.BETTER: "better than what was served",
    Verdict.WORSE: "worse than what was served",
    Verdict.UNDECIDED: "no difference known",
    Verdict.TOO_LITTLE_DATA: "too little data",
}


def learned_families(known: Choices, week: Week) -> tuple[FamilyLearned, ...]:
    """Returns what is known of each family at the end of a week, those chosen most first."""
    period_us = week.end_us - week.start_us
    found = family_learning(known, period_us=period_us, until_us=week.end_us)
    return tuple(_learned(one) for one in found[:_MOST_FAMILIES])


def unknown_cells(coverage: CoverageReport) -> tuple[Unknown, ...]:
    """Returns the pairs of which too little is known, those that come up most often first."""
    cells = sorted(coverage.thin_cells, key=lambda cell: -cell.eligible)
    return tuple(
        Unknown(
            segment=cell.slice_value,
            family=cell.family,
            decisions=cell.chosen,
            days=None if cell.further_days is None else math.ceil(cell.further_days),
        )
        for cell in cells[:_MOST_UNKNOWN]
    )


def _learned(one: FamilyLearning) -> FamilyLearned:
    interval = one.now.value.interval
    news = " (new this week)" if one.became_decided else ""
    return FamilyLearned(
        family=one.family,
        share=one.share,
        share_before=one.share_before,
        mean_reward=one.now.value.value,
        low=-math.inf if interval is None else interval.low,
        high=math.inf if interval is None else interval.high,
        word=f"{_WORDS[one.now.verdict]}{news}",
    )
