"""Which days a change of a series can be told at: there must be enough on either side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices import Codes
from offline_eval.drift.series import Cells
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Sums of each series up to each day, shape (series, days + 1): the first is 0."""

    customers: Floats
    """Customers with another reward than most, each divided evenly among the days on which they had it."""
    squares: Floats
    """Sum of the squares of the weights of decisions with another reward than most; and of their fourth powers."""
    fourths: Floats
    weights: Floats
    """Sum of the weights of all decisions, and of their squares."""
    weight_squares: Floats

    def carrying(self, series: int, end: int, days: NDArray[np.int64] | int) -> Floats:
        """Returns how many customers with another reward than most there are between a day and others, by weight."""
        squares = np.abs(self.squares[series, days] - self.squares[series, end])
        fourths = np.abs(self.fourths[series, days] - self.fourths[series, end])
        alike = squares * squares / np.where(fourths > 0.0, fourths, 1.0)
        found: Floats = np.minimum(np.abs(self.customers[series, days] - self.customers[series, end]), alike)
        return found

    def effective(self, series: int, end: int, days: NDArray[np.int64] | int) -> Floats:
        """Returns how many decisions there are between a day and others, by weight: Kish's effective sample size."""
        total = self.weights[series, days] - self.weights[series, end]
        squares = np.abs(self.weight_squares[series, days] - self.weight_squares[series, end])
        found: Floats = total * total / np.where(squares > 0.0, squares, 1.0)
        return found


def support_of(cells: Cells, customer: Codes, reward: Floats) -> Support:
    """Returns the support of all series."""
    values, places, counts = np.unique(reward, return_inverse=True, return_counts=True)
    uncommon = places != int(np.argmax(counts)) if len(values) > 1 else np.zeros(len(reward), dtype=np.bool_)
    shape = (len(cells.series), cells.days + 1)
    found = Support(
        customers=np.zeros(shape),
        squares=np.zeros(shape),
        fourths=np.zeros(shape),
        weights=np.zeros(shape),
        weight_squares=np.zeros(shape),
    )

    def sums(of: Floats, day: NDArray[np.int64]) -> Floats:
        return np.concatenate([[0.0], np.cumsum(np.bincount(day, of, minlength=cells.days))])

    for series in range(len(cells.series)):
        own = cells.has(series)
        day, weight = cells.day[own], cells.weight[own]
        found.weights[series], found.weight_squares[series] = sums(weight, day), sums(weight**2, day)
        own &= uncommon
        day, weight = cells.day[own], cells.weight[own]
        found.squares[series], found.fourths[series] = sums(weight**2, day), sums(weight**4, day)
        times = np.bincount(customer[own])[customer[own]]
        found.customers[series] = sums(1.0 / times, day)
    return found
