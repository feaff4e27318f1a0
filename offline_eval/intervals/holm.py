"""Holm's correction for looking at many differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm_levels(p_values: Sequence[float], level: float) -> list[float]:
    """Returns for each difference the level of the interval that excludes 0 just where Holm's procedure rejects it.

    Holm, "A simple sequentially rejective multiple test procedure" (Scandinavian Journal of Statistics 6, 1979): of m
    hypotheses the one with the k-th least p-value is rejected at alpha / (m - k + 1), as long as all before it were.
    The chance that any difference is said to be that is not is at most alpha = 1 - level. From the first that is not
    rejected on, all have the level of that one.

    Args:
        p_values: Two-sided ones of the differences.
        level: Confidence level of all conclusions together, such as .95.
    """
    levels = [level] * len(p_values)
    alpha, left = 1.0 - level, len(p_values)
    is_rejecting = True
    for place in np.argsort(p_values, kind="stable").tolist():
        levels[place] = 1.0 - alpha / left
        if is_rejecting and p_values[place] <= alpha / left:
            left -= 1
        else:
            is_rejecting = False
    return levels
