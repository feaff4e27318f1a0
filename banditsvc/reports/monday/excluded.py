"""What of a week is neither learned from nor evaluated, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from banditsvc.ports import DecisionLog
from banditsvc.reports.decisions_between import decisions_between
from banditsvc.reports.monday.week import Week
from banditsvc.settling import exclusions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """What one exclusion covers of a week."""

    exclusion_id: int
    reason: str
    decisions: int
    """Tests left out; one that several exclusions cover is the first one's."""


def excluded_in(log: DecisionLog, portfolio_id: str, week: Week) -> tuple[Excluded, ...]:
    """Returns what the exclusions that are in force now cover of the decisions logged in a week, by their number."""
    now_us = log.watermark().time_us
    exclusions = exclusions_of(log, portfolio_id)
    in_force = exclusions.in_force(now_us)
    if not in_force:
        return ()
    counts: Counter[int] = Counter()
    for page in decisions_between(log, portfolio_id, week.start_us, week.end_us):
        for recorded in page:
            found = None if recorded.value.input.is_test else exclusions.of(recorded.value, now_us)
            if found is not None:
                counts[found.exclusion_id] += 1
    return tuple(
        Excluded(exclusion_id=one.exclusion_id, reason=one.reason, decisions=counts[one.exclusion_id])
        for one in in_force
        if counts[one.exclusion_id]
    )
