"""UnitTotals: what each unit has in all, units being whose decisions they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices.coding import Codes
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTotals:
    """The independent units among decisions, such as customers, each with its sums."""

    unit: Codes
    """Which there are, in increasing order."""
    decisions: Floats
    """How many decisions each has."""
    sums: Floats
    """Over the decisions of each, shape (columns, units)."""

    @classmethod
    def of(cls, unit: Codes, columns: Floats) -> Self:
        """Returns the units of some decisions.

        Args:
            unit: Whose each decision is.
            columns: What to add up, shape (columns, decisions).
        """
        found, place = places_of(unit)
        return cls(
            unit=found,
            decisions=np.bincount(place, minlength=len(found)).astype(np.float64),
            sums=_added([(column,) for column in columns], place, len(found)),
        )

    def __add__(self, other: Self) -> Self:
        """Returns the units of both; those that are in both count once, with the sums of both."""
        found, place = places_of(np.concatenate([self.unit, other.unit]))
        decisions = _added([(self.decisions, other.decisions)], place, len(found))
        return type(self)(
            unit=found,
            decisions=decisions[0],
            sums=_added(list(zip(self.sums, other.sums, strict=True)), place, len(found)),
        )

    def __len__(self) -> int:
        """Returns the number of units."""
        return len(self.unit)


def places_of(unit: Codes) -> tuple[Codes, NDArray[np.intp]]:
    """Returns the units that there are, in increasing order, and for each entry the place of its own among them."""
    if len(unit) and unit.min() >= 0 and int(unit.max()) < _DENSE * len(unit):
        is_there = np.zeros(int(unit.max()) + 1, dtype=np.bool_)
        is_there[unit] = True
        place = np.cumsum(is_there, dtype=np.intp) - 1
        return np.flatnonzero(is_there).astype(unit.dtype), place[unit]
    found, inverse = np.unique(unit, return_inverse=True)  # few of many units
    return found, inverse.astype(np.intp)


_DENSE = 8
"""Up to so many numbers of units for one decision, counting by number is quicker than sorting."""


def _added(columns: Sequence[tuple[Floats, ...]], place: NDArray[np.intp], units: int) -> Floats:
    """Returns the sums of columns, each in some pieces, by unit."""
    sums = np.empty((len(columns), units))
    for row, pieces in zip(sums, columns, strict=True):
        row[:] = np.bincount(place, np.concatenate(pieces), minlength=units)
    return sums
