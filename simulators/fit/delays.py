"""Delays: the exponential mean of times that are cut off at the end of the window."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from simulators.fit.fit_rows import FitRows
from simulators.fit.logistic import Floats

LEAST_DELAYS = 30
"""Known delays for a mean of its own, of the world or of a campaign."""
LONGEST_SHARE = 1.0 / 3.0
"""Of the window that a mean may be: a twentieth of the responses then comes too late to count."""
UNKNOWN_SHARE = 0.1
"""Of the window that the mean is where no delay is known: next to nothing comes too late."""
_SHORTEST_DAYS = 0.02
_DISTINCT = 3.0
"""Standard errors by which the mean of a campaign must differ to be its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """Mean delays in days."""

    mean_days: float
    known: int
    """Delays that it comes from."""
    by_arm: tuple[float | None, ...]
    """None: the world's."""

    def within(self, arm: int, window_days: int) -> float:
        """Returns the share of an arm's responses that comes within the window."""
        mean = self.by_arm[arm] if self.by_arm[arm] is not None else self.mean_days
        return 1.0 - math.exp(-window_days / (mean or self.mean_days))


def fit_delays(rows: FitRows) -> Delays:
    """Returns the mean delay of all responses, and of the campaigns whose own differs from it."""
    nothing = (None,) * len(rows.campaigns)
    is_known = np.zeros(len(rows), np.bool_) if rows.delays is None else np.isfinite(rows.delays) & rows.responses
    if rows.delays is None or is_known.sum() < LEAST_DELAYS:
        return Delays(mean_days=UNKNOWN_SHARE * rows.window_days, known=0, by_arm=nothing)
    mean = truncated_mean(rows.delays[is_known], rows.window_days)
    own: list[float | None] = []
    for arm in range(len(rows.campaigns)):
        delays = rows.delays[is_known & (rows.arms == arm)]
        fitted = truncated_mean(delays, rows.window_days) if len(delays) >= LEAST_DELAYS else mean
        # The standard error of an exponential mean is the mean over the root of the number.
        is_distinct = abs(fitted / mean - 1.0) * math.sqrt(len(delays)) > _DISTINCT
        own.append(fitted if is_distinct else None)
    return Delays(mean_days=mean, known=int(is_known.sum()), by_arm=tuple(own))


def truncated_mean(delays: Floats, window_days: float) -> float:
    """Returns the maximum-likelihood mean of an exponential law of which only delays below the window are seen.

    The mean m solves m - W / (exp(W / m) - 1) = mean of the delays. It is at most LONGEST_SHARE of the window: delays
    that are spread evenly, as those of purchases are that no contact caused, have no such mean.
    """
    seen, longest = float(delays.mean()), LONGEST_SHARE * window_days

    def gap(mean: float) -> float:
        return mean - window_days / math.expm1(min(window_days / mean, 700.0)) - seen

    if gap(longest) <= 0.0:
        return longest
    if gap(_SHORTEST_DAYS) >= 0.0:
        return _SHORTEST_DAYS
    return float(brentq(gap, _SHORTEST_DAYS, longest))
