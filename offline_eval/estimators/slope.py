"""SLOPE: a setting chosen by the data that it is used on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from scipy.stats import t as student

from offline_eval.estimators.clipped_ips import ClippedIps
from offline_eval.estimators.evidence import Evidence
from offline_eval.estimators.shrunk_dr import ShrunkDr
from offline_eval.estimators.switch_dr import SwitchDr

Tunable = ClippedIps | ShrunkDr | SwitchDr

SETTINGS = (1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1_000.0, 5_000.0, 10_000.0, math.inf)
"""Limits and strengths to choose from, unless others are given; the last of them leaves weights as they are."""


def choose_by_slope(evidence: Evidence, candidates: Sequence[Tunable], miss: float = 0.1) -> Tunable:
    """Returns the candidate of the least variance whose bias cannot be told from 0, marked as tuned.

    The widest one-sided interval comes first; candidates are taken while each new value lies within the reach of all before
    it: |v_j - v_i| <= h_i + (sqrt 6 - 1) h_j, h being half widths (Su, Srinath and Krishnamurthy, "Adaptive Estimator
    Selection for Off-Policy Evaluation", ICML 2020; without their order by bias: Tucker and Lee, "Improved Estimator
    Selection for Off-Policy Evaluation", 2021).

    Args:
        evidence: Made for all candidates, of at least two units.
        candidates: Estimators that differ in one setting.
        miss: Chance of each interval's missing.
    """
    independent = evidence.totals.count if evidence.totals.units is None else len(evidence.totals.units)
    errors = float(student.ppf(1.0 - miss, independent - 1))
    points = [(candidate, candidate.point(evidence)) for candidate in candidates]
    reached = sorted(
        ((errors * point.standard_error, point.value, one) for one, point in points), key=lambda one: -one[0]
    )
    best = reached[0][2]
    for place, (half, value, one) in enumerate(reached[1:], 1):
        if any(abs(other - value) > half + _REACH * width for width, other, _ in reached[:place]):
            break
        best = one
    return replace(best, is_tuned=True)


_REACH = math.sqrt(6.0) - 1.0
