"""Audit: whether the logged probabilities are those by which was chosen, and whether the log is whole.

Without right probabilities every estimate is wrong, and no interval shows it. What can be seen in each decision is counted:
probabilities that are missing, 0, above 1 or do not sum to 1, and any below the floor. What only many can show is tested:
choices against the sum of their probabilities, by campaign, hour of day, label and the probability itself. All
tests together raise a false alarm with a probability of at most the level, also where the policy learned from the log.

Decisions that were dropped by what came of them leave no trace in those that are there: only another count of them, such as
that of the tool that sends, shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from offline_eval.diagnostics.calibration import calibration
from offline_eval.logged import Logged
from offline_eval.logged import left_out as kinds
from offline_eval.logged.policy_on_log import alike, equal_parts_on_log

LEVEL = 0.001
_ROUNDING = 1e-6
"""Share by which a probability may be below the floor, for loggers of single precision."""
_DAY_US = 86_400_000_000
_BY_KIND = (
    kinds.PROBABILITY_MISSING,
    kinds.PROBABILITY_ZERO,
    kinds.PROBABILITY_ABOVE_ONE,
    kinds.PROBABILITIES_SUM,
    kinds.PROBABILITIES_DIFFER,
    kinds.LISTS_DIFFER,
    kinds.CHOICE_NOT_ELIGIBLE,
    kinds.DROPPED_OTHERWISE,
)


class Check(StrEnum):
    """What is audited."""

    PROBABILITIES = "PROBABILITIES"
    """Each decision has probabilities, and they are some."""
    FLOOR = "FLOOR"
    """None is below the floor."""
    CALIBRATION = "CALIBRATION"
    """Choices are as frequent as their probabilities say."""
    DUPLICATES = "DUPLICATES"
    """No decision is logged twice; checked where decisions have ids."""
    COMPLETENESS = "COMPLETENESS"
    """As many decisions are there as another count says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    check: Check
    what: str
    """In words, with place and numbers."""
    count: int = 0
    """Decisions concerned."""
    p_value: float = 0.0
    """Of a test, corrected for all tests; 0 for what is certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found."""

    findings: tuple[Finding, ...]
    checked: tuple[Check, ...]
    """What could be checked: the log, the floor or other counts may not have been given."""
    level: float

    @property
    def is_passed(self) -> bool:
        """Returns whether nothing is wrong, as far as could be checked."""
        return not self.findings


def audit(
    logged: Logged, *, floor: float = 0.0, expected_counts: Mapping[int, int] | None = None, level: float = LEVEL
) -> Audit:
    """Returns the audit of a log.

    Args:
        logged: Decisions, with what was left out of them.
        floor: Share that the policy spreads evenly over the eligible campaigns: none may have less than floor / K. 0 where
            there is none, and where exploration limits may take from it.
        expected_counts: How many decisions of the log there were on each day since 1970 (UTC), by another count; None where
            there is none. Those left out by rule do not count.
        level: Greatest probability of any false alarm of the tests.
    """
    checked = [Check.PROBABILITIES, *([Check.DUPLICATES] if logged.has_ids else [])]
    findings = _of_kinds(logged)
    if floor > 0.0:
        checked.append(Check.FLOOR)
        findings += _of_floor(logged, floor)
    cells = calibration(logged, floor)
    if cells is not None:
        checked.append(Check.CALIBRATION)
        findings += [
            Finding(check=Check.CALIBRATION, what=str(one), count=one.count, p_value=one.p_value)
            for one in cells
            if one.p_value <= level
        ]
    if expected_counts is not None:
        checked.append(Check.COMPLETENESS)
        findings += _of_counts(logged, expected_counts)
    return Audit(findings=tuple(findings), checked=tuple(checked), level=level)


def _of_kinds(logged: Logged) -> list[Finding]:
    found = [(Check.PROBABILITIES, kind) for kind in _BY_KIND] + [(Check.DUPLICATES, kinds.DUPLICATE)]
    return [
        Finding(check=check, what=f"{kind}, first {logged.first_left_out[kind]}", count=logged.left_out[kind])
        for check, kind in found
        if kind in logged.left_out
    ]


def _of_floor(logged: Logged, floor: float) -> list[Finding]:
    below = np.zeros(len(logged), dtype=np.bool_)
    least = 1.0
    for rows, places in alike(logged):
        probability = logged.entries.probability[places]
        if probability.shape[1] == 1:
            continue  # what was eligible beside it, if anything, is not told
        with np.errstate(invalid="ignore"):
            is_below = probability * equal_parts_on_log(logged, places) < floor * (1.0 - _ROUNDING)
        below[rows] = is_below.any(axis=1)
        least = min(least, float(np.min(probability, where=is_below, initial=1.0)))
    count = int(np.count_nonzero(below))
    what = f"probabilities below the floor of {floor:g} over the number of campaigns, the least is {least:.3g}"
    return [Finding(check=Check.FLOOR, what=what, count=count)] if count else []


def _of_counts(logged: Logged, expected_counts: Mapping[int, int]) -> list[Finding]:
    days, counts = np.unique(logged.time_us // _DAY_US, return_counts=True)
    seen = dict(zip(days.tolist(), counts.tolist(), strict=True))
    differing = {
        day: (expected_counts.get(day, 0), seen.get(day, 0))
        for day in sorted({*expected_counts, *seen})
        if expected_counts.get(day, 0) != seen.get(day, 0)
    }
    if not differing:
        return []
    missing = sum(max(0, expected - found) for expected, found in differing.values())
    more = sum(max(0, found - expected) for expected, found in differing.values())
    first = np.datetime64(min(differing), "D")
    what = f"{missing:,} decisions are missing and {more:,} are too many by the other count, on {len(differing):,} days from {first} on"
    return [Finding(check=Check.COMPLETENESS, what=what, count=missing + more)]
