"""Exceedance: whether a mean is above its limit, looked at as often as one likes, whenever that began.

Observations lie in [0, 1]. The limit m is kept where the mean of each observation, given all before it, is at most m.
Against that stands a bet for each start day k and each alternative p > m: it begins with 1 on day k and is multiplied by
1 + lambda (x - m) with each observation x, lambda = (p - m) / (m (1 - m)), that is by p/m for a one and by (1-p)/(1-m)
for a zero (Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, 2023, section 4: a
nonnegative supermartingale while the limit is kept, for any lambda in [0, 1/m]). Bets with the starts
k = 1, 2, ... weighted 1/(k (k+1)), which sum to 1, and equal weights for the alternatives, are together a
supermartingale that starts with 1: those whose day has not come stand at 1. It ever reaches 1/a with a chance of at most
a (Ville 1939), so one may look after each observation, for ever. Harm that begins on day k is found nearly as soon as if
one had begun to look on that day: the weight costs log(k (k+1)) and no more (start times mixed as in Shin, Ramdas and
Rinaldo, E-detectors, 2023, but with weights that keep the chance of ever erring).

Counts and sums of each day are all that is needed. For an x between 0 and 1 they make x parts of a one and 1 - x parts of
a zero; as the logarithm is concave that is at most the bet on x itself, so the chance of erring only falls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ODDS_RATIOS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Odds of each alternative over the odds of the limit. For small limits these are ratios of rates."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days up to now that speak most for an exceedance."""

    first_day: int
    """From 0."""
    count: int
    total: float


class Exceedance:
    """Counts observations by day. Their order within a day does not matter, nor in which order they become known.

    An observation that counts as 0 until more is known does no harm: the evidence rises with each one and falls with
    each zero, so what is known by now is at most what the same observations come to in the end, for which the bound
    holds. The same goes for zeros that turn out not to count and are taken back. That asks for one thing: each belongs
    to the day on which it was counted first, whenever the rest becomes known.
    """

    def __init__(self, limit: float) -> None:
        """Takes the limit, above 0 and below 1."""
        self.limit = limit
        self._counts: list[int] = []
        self._totals: list[float] = []

    @property
    def count(self) -> int:
        """Number of observations."""
        return sum(self._counts)

    @property
    def total(self) -> float:
        """Their sum."""
        return sum(self._totals)

    def add(self, day: int, count: int, total: float) -> None:
        """Takes observations of a day into account, or takes them back where the numbers are negative.

        Args:
            day: From 0, since counting began.
            count: How many.
            total: Their sum, from 0 to count.
        """
        missing = day + 1 - len(self._counts)
        if missing > 0:
            self._counts += [0] * missing
            self._totals += [0.0] * missing
        self._counts[day] += count
        self._totals[day] += total

    def log_evidence(self) -> float:
        """Returns the logarithm of what the bets have come to."""
        return float(log_evidence(np.array(self._counts, np.float64), np.array(self._totals, np.float64), self.limit))

    def strongest_stretch(self) -> Stretch:
        """Returns the days from the start whose bet, with its weight, is greatest; from day 0 where there is none yet."""
        if not self._counts:
            return Stretch(0, 0, 0.0)
        bets = _log_bets(np.array(self._counts, np.float64), np.array(self._totals, np.float64), self.limit)
        first = int(np.argmax(np.logaddexp.reduce(bets, axis=-1)))
        return Stretch(first, sum(self._counts[first:]), sum(self._totals[first:]))


def log_evidence(counts: NDArray[np.float64], totals: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Returns the logarithm of what the bets have come to.

    Args:
        counts: Observations of each day since counting began, along the last axis; other axes are cases.
        totals: Their sums, in the same form.
        limit: The limit m, above 0 and below 1.
    """
    # The bets whose day has not come: what is left of the weights after D days is 1/(D+1).
    waiting = np.full(counts.shape[:-1], -np.log(counts.shape[-1] + 1.0))
    bets = _log_bets(counts, totals, limit)
    begun = bets.reshape(*counts.shape[:-1], counts.shape[-1] * len(ODDS_RATIOS))
    found: NDArray[np.float64] = np.logaddexp(waiting, np.logaddexp.reduce(begun, axis=-1, initial=-np.inf))
    return found


def _log_bets(counts: NDArray[np.float64], totals: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Returns the logarithm of weight x bet, with the start days on the last axis but one and the alternatives last."""
    ones = np.cumsum(totals[..., ::-1], axis=-1)[..., ::-1, None]
    zeros = np.cumsum((counts - totals)[..., ::-1], axis=-1)[..., ::-1, None]
    odds = np.array(ODDS_RATIOS) * limit / (1.0 - limit)
    alternative = odds / (1.0 + odds)
    day = np.arange(1.0, counts.shape[-1] + 1.0)[:, None]
    log_weight = -np.log(day * (day + 1.0)) - np.log(len(ODDS_RATIOS))
    for_one, for_zero = np.log(alternative / limit), np.log1p(-alternative) - np.log1p(-limit)
    bets: NDArray[np.float64] = log_weight + ones * for_one + zeros * for_zero
    return bets
