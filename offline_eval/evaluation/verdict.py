"""Verdict: whether a candidate is better than what it is compared with, or what it would take to tell."""

from __future__ import annotations

import math
from enum import StrEnum

from offline_eval.diagnostics import Audit, Check
from offline_eval.evaluation.evaluated import HEAVY_TAIL, LEAST_P_VALUE, MOST_UNLOGGED, Evaluated
from offline_eval.intervals.off_policy import PromisedInterval

_MAKE_WRONG = {Check.FLOOR, Check.CALIBRATION, Check.COMPLETENESS}
"""Checks without which no number means anything; single decisions at fault are left out, counted and shown."""


class Verdict(StrEnum):
    """What the log says of a candidate."""

    BETTER = "better"
    WORSE = "worse"
    OPEN = "cannot be told"
    SAME = "does the same"
    WITHHELD = "withheld"


def reasons_to_withhold(one: Evaluated, audit: Audit) -> tuple[str, ...]:
    """Returns why a candidate's numbers are not to be shown; nothing where they are."""
    wrong = [finding.what for finding in audit.findings if finding.check in _MAKE_WRONG]
    more = f"; and {len(wrong) - 1:,} more" if len(wrong) > 1 else ""
    found = [f"the log is wrong: {wrong[0]}{more}"] if wrong else []
    if one.unlogged.total >= MOST_UNLOGGED:
        names = ", ".join(list(one.unlogged.by_campaign)[:3])
        found.append(f"{one.unlogged.total:.1%} of its choices were never logged ({names})")
    if one.weight_mean.p_value <= LEAST_P_VALUE:
        found.append(f"the mean weight is {one.weight_mean.mean:.3g} and should be 1")
    if one.pareto_index >= HEAVY_TAIL:
        found.append(
            f"the tail of its weights is so heavy (Pareto index {one.pareto_index:.2f}) that no mean is of use"
        )
    return tuple(found)


def verdict_of(difference: PromisedInterval) -> Verdict:
    """Returns what the interval of a difference says."""
    if difference.is_above(0.0):
        return Verdict.BETTER
    return Verdict.WORSE if difference.is_below(0.0) else Verdict.OPEN


def decisions_to_tell(
    difference: float, promised: PromisedInterval, decisions: int, effective: float, least_effective: float
) -> float:
    """Returns about how many decisions in all would tell the difference from 0, if it is as it looks; infinite where none.

    The interval's ends come near to the estimate with the root of the number of decisions, and decisions that carry weight
    grow with it.

    Args:
        difference: As estimated.
        promised: Its interval.
        decisions: Those that it is made of.
        effective: How many of them carry weight, by Kish.
        least_effective: So many must, or nothing is concluded.
    """
    if promised.interval is None or difference == 0.0:
        return math.inf
    half = difference - promised.interval.low if difference > 0.0 else promised.interval.high - difference
    needed = decisions * (half / abs(difference)) ** 2
    thin = decisions * least_effective / effective if effective > 0.0 else math.inf
    return max(needed, thin) if promised.thin else needed
