"""The scan: how far each series departs from no change, at each day, beside what chance does.

For each cell the reward is taken less its weighted mean. Summed up to a day, this is how much more a series brought until
then than it does on the whole: a weighted CUSUM, whose square over its variance is the likelihood ratio of a change of the
mean on that day (Page, "Continuous inspection schemes", Biometrika 41, 1954; Hawkins, "Testing a sequence of observations
for a shift in location", JASA 72, 1977). What chance does is drawn by giving each decision the deviation of any decision of
its cell (the bootstrap of residuals: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7,
1979), in all series alike, so that the greatest departure over all series and days has the distribution that it has by
chance, however series overlap, rewards are skewed and weights differ. A deviation drawn is of another customer each time;
that customers come again makes departures greater, by the root of the design effect (Kish, Survey Sampling, 1965), and
those observed are divided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from offline_eval.choices import Codes
from offline_eval.choices.choices import Integers
from offline_eval.drift.rows import summed
from offline_eval.drift.series import Cells
from offline_eval.intervals import Floats

_SEED = 5_309
"""The same log gives the same report."""
_AT_A_TIME = 8_000_000
"""Numbers that are held at once."""
_PARTS = (0.25, 0.5, 0.75)
"""Of a stretch's weight, after which the design effect is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The departures of the series that were looked at."""

    departures: Floats
    """In standard deviations, shape (series, days): entry d is about a change from day d to day d + 1; 0 where none
    can be told."""
    greatest: Floats
    """By draw, the greatest absolute departure over all series and days."""

    def p_value(self, departure: float) -> float:
        """Returns how often chance makes a departure as great, in whatever series."""
        return (1.0 + float(np.sum(self.greatest >= abs(departure)))) / (1.0 + len(self.greatest))


class Scanner:
    """Scans the same decisions again and again, with more and more changes taken into account."""

    def __init__(self, cells: Cells, customer: Codes, reward: Floats, draws: int) -> None:
        """Takes decisions, whose customers are numbered from 0 without gaps."""
        order = np.argsort(cells.cell * cells.days + cells.day, kind="stable")
        self._member, self._days, self._draws = cells.member, cells.days, draws
        self._weight, self._reward, self._customer = cells.weight[order], reward[order], customer[order]
        pair = (cells.cell * cells.days + cells.day)[order]
        self._pairs, self._row = np.unique(pair, return_inverse=True)
        """Each pair of cell and day, and which of them each decision is of."""
        self._pair_weight, self._pair_squares = summed(self._row, self._weight), summed(self._row, self._weight**2)

    def scan(self, epochs: Integers, allowed: NDArray[np.bool_]) -> Scan:
        """Returns the departures.

        Args:
            epochs: Which of its cell's stretches without a change each day is in, shape (cells, days), from 0 up.
            allowed: At which days of which series a change can be told, shape (series, days).
        """
        looked = np.flatnonzero(allowed.any(axis=1))
        if not len(looked):
            return Scan(departures=np.zeros(allowed.shape), greatest=np.zeros(self._draws))
        cell, day = np.divmod(self._pairs, self._days)
        stretch = _Stretches(cell * self._days + epochs[cell, day], self._pair_weight, self._pair_squares)
        deviation = (
            self._reward - stretch.spread(stretch.mean(summed(self._row, self._weight * self._reward)))[self._row]
        )
        paths = _Paths(self._member[looked][:, cell], day, allowed[looked])
        observed = paths(summed(self._row, self._weight * deviation)[:, None])[:, 0]
        drawn, noise = self._drawn(stretch, deviation)
        has = self._member[looked][:, cell[stretch.starts]]
        scale = np.sqrt(paths.taken(has @ (noise[:, :1] * self._spread(stretch, day))))
        scale[scale == 0.0] = np.inf
        # Each draw is measured by the noise that it has itself, as what was observed is.
        own_noise = np.sqrt(
            (has @ (noise[:, 1:] * stretch.squares[:, None])) / (has @ (noise[:, :1] * stretch.squares[:, None]))
        )
        step = max(1, _AT_A_TIME // len(cell))
        greatest = [
            (
                np.abs(paths(stretch.centred(drawn[:, at : at + step])) / scale[:, None])
                / own_noise[paths.series, at : at + step]
            ).max(axis=0)
            for at in range(0, self._draws, step)
        ]
        effects = [self._design_effect(self._member[one][cell], stretch, deviation) for one in looked.tolist()]
        departures = np.zeros(allowed.shape)
        departures[looked] = paths.table(observed / scale) / np.sqrt(effects)[:, None]
        return Scan(departures=departures, greatest=np.concatenate(greatest))

    def _drawn(self, stretch: _Stretches, deviation: Floats) -> tuple[NDArray[np.float32], Floats]:
        """Returns sums of drawn deviations, shape (pairs, draws), and the noise, shape (stretches, 1 + draws).

        Noise is the mean squared deviation: of what is there, and of each draw.
        """
        rng = np.random.default_rng(_SEED)
        of_pair = stretch.number[self._row]
        size = np.bincount(of_pair)
        first, count = (np.cumsum(size) - size)[of_pair], size[of_pair]
        sums, noise = (
            np.empty((len(self._pairs), self._draws), dtype=np.float32),
            np.empty((len(size), 1 + self._draws)),
        )
        noise[:, 0] = summed(of_pair, deviation**2) / size
        for draw in range(self._draws):
            drawn = deviation[first + (rng.random(len(first)) * count).astype(np.int64)]
            sums[:, draw] = summed(self._row, self._weight * drawn)
            noise[:, 1 + draw] = summed(of_pair, drawn**2) / size
        return sums, noise

    def _spread(self, stretch: _Stretches, day: Integers) -> Floats:
        """Returns the variance of each stretch's sum up to each day where that of a deviation is 1.

        With F the share of its weight up to the day it is the sum of w^2 (1 - F)^2 up to it and of w^2 F^2 from there on.
        """
        shares, squares = np.zeros((2, len(stretch.starts), self._days))
        shares[stretch.number, day], squares[stretch.number, day] = stretch.share, self._pair_squares
        share, square = shares.cumsum(axis=1), squares.cumsum(axis=1)
        found: Floats = np.maximum(square * (1.0 - 2.0 * share) + share**2 * square[:, -1:], 0.0)
        return found

    def _design_effect(self, has: NDArray[np.bool_], stretch: _Stretches, deviation: Floats) -> float:
        """Returns how many times as great the variance is as though each decision were of another customer, at least 1."""
        own = np.flatnonzero(has[self._row])
        row = self._row[own]
        _, customer = np.unique(self._customer[own], return_inverse=True)
        ratios = []
        for part in _PARTS:
            early = stretch.passed <= part
            share = stretch.spread(stretch.mean(self._pair_weight * early))
            influence = (self._weight[own] * deviation[own]) * (early - share)[row]
            alone = float(np.sum(influence**2))
            ratios.append(float(np.sum(summed(customer, influence) ** 2)) / alone if alone > 0.0 else 1.0)
        return max(1.0, float(np.mean(ratios)))


class _Stretches:
    """Pairs of cell and day on end between which nothing is known to have changed."""

    def __init__(self, of_pair: Integers, weight: Floats, squares: Floats) -> None:
        self.starts = np.flatnonzero(np.diff(of_pair, prepend=-1))
        """First pair of each stretch."""
        self._sizes = np.diff(np.append(self.starts, len(of_pair)))
        self._total = np.add.reduceat(weight, self.starts)
        self.share = weight / self.spread(self._total)
        """Of its stretch's weight, of each pair."""
        self.squares = np.add.reduceat(squares, self.starts)
        """Sum of the squared weights of each stretch."""
        self.number: Integers = np.repeat(np.arange(len(self.starts)), self._sizes)
        """Of each pair."""
        before = np.cumsum(weight) - weight
        self.passed = (before + weight - self.spread(before[self.starts])) / self.spread(self._total)
        """Share of its stretch's weight up to each pair, itself included."""

    def spread(self, values: Floats) -> Floats:
        """Returns for each pair the value of its stretch."""
        return np.repeat(values, self._sizes)

    def mean(self, sums: Floats) -> Floats:
        """Returns the weighted mean of each stretch from weighted sums of pairs."""
        found: Floats = np.add.reduceat(sums, self.starts) / self._total
        return found

    def centred(self, sums: NDArray[np.float32]) -> Floats:
        """Returns weighted sums, shape (pairs, draws), less what they are by the mean of their stretch."""
        totals = np.add.reduceat(sums, self.starts, axis=0)
        found: Floats = sums.astype(np.float64) - self.share[:, None] * np.repeat(totals, self._sizes, axis=0)
        return found


class _Paths:
    """Sums up to each day, of the days of series at which a change can be told."""

    def __init__(self, has: NDArray[np.bool_], day: Integers, allowed: NDArray[np.bool_]) -> None:
        self._count, self._days = allowed.shape
        self._allowed = allowed
        self.series = np.nonzero(allowed)[0]
        """Of each allowed day of all series."""
        series, pair = np.nonzero(has)
        place = series * self._days + day[pair]
        self._sums = csr_array((np.ones(len(pair)), (place, pair)), shape=(self._count * self._days, len(day)))

    def __call__(self, rows: Floats) -> Floats:
        """Returns the sums, shape (allowed days of all series, draws), from those of pairs, shape (pairs, draws)."""
        path = (self._sums @ rows).reshape(self._count, self._days, -1).cumsum(axis=1)
        found: Floats = path[self._allowed]
        return found

    def taken(self, values: Floats) -> Floats:
        """Returns of a table of series by days the values of the allowed days."""
        found: Floats = values[self._allowed]
        return found

    def table(self, values: Floats) -> Floats:
        """Returns one value for each allowed day as a table of series by days, 0 elsewhere."""
        found = np.zeros((self._count, self._days))
        found[self._allowed] = values
        return found
