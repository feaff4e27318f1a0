"""Totals: means of columns, and how they scatter, with independent units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from offline_eval.choices.coding import Codes
from offline_eval.estimators.unit_totals import UnitTotals
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Means and scatter of columns over decisions; those of two days or shards add up to those of both."""

    count: int
    """Decisions."""
    mean: Floats
    """Of each column, shape (columns,); 0 for no decision."""
    scatter: Floats
    """Sum over the units of x x' with x = sum over the unit's decisions of (value - mean), shape (columns, columns);
    only where each decision is its own unit, else it is made of `units`."""
    units: UnitTotals | None
    """With what each has; None where each decision is its own unit."""

    @classmethod
    def of(cls, columns: Floats, unit: Codes | None) -> Self:
        """Returns the totals of columns of shape (columns, decisions)."""
        kinds, count = columns.shape
        mean = columns.mean(axis=1) if count else np.zeros(kinds)
        if unit is not None:
            return cls(count=count, mean=mean, scatter=np.zeros((kinds, kinds)), units=UnitTotals.of(unit, columns))
        apart = columns - mean[:, None]
        return cls(count=count, mean=mean, scatter=apart @ apart.T, units=None)

    def __add__(self, other: Self) -> Self:
        """Returns the totals of both (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
        computing sample variances", 1979).

        Raises:
            ValueError: One has units and the other has not.
        """
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        if (self.units is None) != (other.units is None):
            raise ValueError("one part tells whose the decisions are, and the other does not: give both units, or none")
        share = other.count / count
        apart = other.mean - self.mean
        return type(self)(
            count=count,
            mean=self.mean + share * apart,
            scatter=self.scatter + other.scatter + self.count * share * np.outer(apart, apart),
            units=None if self.units is None or other.units is None else self.units + other.units,
        )

    def standard_error(self, influence: Floats) -> float:
        """Returns the standard error of an estimate; NaN for fewer than two units.

        Values of a unit are added up, because its decisions are alike and their outcomes overlap (the sandwich with
        clusters: Liang and Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73, 1986;
        with their number over itself less one).

        Args:
            influence: By how much the estimate moves with the mean of each column: its gradient.
        """
        if self.units is None:
            independent, squares = self.count, float(influence @ self.scatter @ influence)
            rounding = _ROUNDING * float(np.abs(influence) @ np.abs(self.scatter) @ np.abs(influence))
        else:
            expected = float(influence @ self.mean) * self.units.decisions
            apart = influence @ self.units.sums - expected
            independent, squares = len(self.units), float(apart @ apart)
            rounding = _ROUNDING * float(expected @ expected)
        if independent < 2:
            return math.nan
        squares = squares if squares > rounding else 0.0
        return math.sqrt(squares * independent / (independent - 1)) / self.count


_ROUNDING = 1e-13
"""Variance that is a smaller share of what it is the difference of is rounding."""
