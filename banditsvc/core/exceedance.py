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
    """The days that speak most for an exceedance, from 0."""

    first_day: int
    last_day: int
    count: int
    total: float


class Exceedance:
    """Counts observations by day. Their order within a day does not matter, nor in which order they become known.

    An observation that counts as 0 until more is known does no harm: what the bets have come to rises with each one and
    falls with each zero, so what is known by now makes it at most what the same observations make it in the end, for
    which the bound holds. The same goes for zeros that turn out not to count and are taken back. That asks for one thing:
    each belongs to the day on which it was counted first, whenever the rest becomes known.

    Yet the newest days, of which little is known, would hold the evidence down for as long. So it is the most that the
    bets have come to at the end of any day, as known by now: the bound holds for all days at once.
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

    @property
    def last_day(self) -> int:
        """The newest day with observations, from 0; 0 where there are none."""
        return max(0, len(self._counts) - 1)

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
        """Returns the logarithm of the most that the bets have come to at the end of any day, at least 0."""
        return float(log_evidence(*self._columns(), self.limit))

    def strongest_stretch(self) -> Stretch:
        """Returns the days up to that end whose bet, with its weight, is then greatest; of no observations, day 0."""
        if not self._counts:
            return Stretch(0, 0, 0, 0.0)
        counts, totals = self._columns()
        growth = _growth(counts, totals, self.limit)
        last = int(np.argmax(log_wealth(counts, totals, self.limit)))
        since = np.cumsum(growth[last::-1], axis=0)[::-1]
        first = int(np.argmax(_log_weights(last + 1) + np.logaddexp.reduce(since, axis=-1)))
        days = slice(first, last + 1)
        return Stretch(first, last, sum(self._counts[days]), sum(self._totals[days]))

    def _columns(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.array(self._counts, np.float64), np.array(self._totals, np.float64)


def log_evidence(counts: NDArray[np.float64], totals: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Returns the logarithm of the most that the bets have come to at the end of any day, at least 0, where they began.

    Args:
        counts: Observations of each day since counting began, along the last axis; other axes are cases.
        totals: Their sums, in the same form.
        limit: The limit m, above 0 and below 1.
    """
    found: NDArray[np.float64] = np.max(log_wealth(counts, totals, limit), axis=-1, initial=0.0)
    return found


def log_wealth(counts: NDArray[np.float64], totals: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Returns the logarithm of what the bets have come to at the end of each day; the arguments are those of log_evidence.

    By day D that is 1/(D+1), the bets whose day has not come, and for each alternative
    sum over k <= D of w_k exp(G_D - G_(k-1)), where G_d is the growth of a bet that began on the first day.
    """
    through = np.cumsum(_growth(counts, totals, limit), axis=-2)
    before = np.concatenate([np.zeros_like(through[..., :1, :]), through[..., :-1, :]], axis=-2)
    day_count = counts.shape[-1]
    begun = through + np.logaddexp.accumulate(_log_weights(day_count)[:, None] - before, axis=-2)
    mean = np.logaddexp.reduce(begun, axis=-1) - np.log(len(ODDS_RATIOS))
    found: NDArray[np.float64] = np.logaddexp(mean, -np.log(np.arange(2.0, day_count + 2.0)))
    return found


def _growth(counts: NDArray[np.float64], totals: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Returns by how much the logarithm of each bet grows on each day, with the alternatives on a further last axis."""
    odds = np.array(ODDS_RATIOS) * limit / (1.0 - limit)
    alternative = odds / (1.0 + odds)
    for_one, for_zero = np.log(alternative / limit), np.log1p(-alternative) - np.log1p(-limit)
    growth: NDArray[np.float64] = totals[..., None] * for_one + (counts - totals)[..., None] * for_zero
    return growth


def _log_weights(day_count: int) -> NDArray[np.float64]:
    """Returns the logarithms of the weights of the starts."""
    day = np.arange(1.0, day_count + 1.0)
    weights: NDArray[np.float64] = -np.log(day * (day + 1.0))
    return weights
