"""Decisions sorted into cells: kinds of customers by families."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.choices import Choices, Coded, Codes
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRows:
    """What is in one cell."""

    eligible: int
    reachable: int
    """Decisions in which the family had a chance."""
    arriving: int
    """Of these, those that were decided here and so came one by one; history comes at once."""
    expected: float
    inverse_chance: float
    """Mean of 1 / probability over those in which it had a chance; infinite where there are none."""
    weights: Floats
    """1 / probability of the family in the decisions in which it was chosen; likewise the next two."""
    rewards: Floats
    customer: Codes


class CellColumns:
    """The decisions by cell. Everything is counted once; a cell is then a slice."""

    def __init__(self, choices: Choices, kinds: Coded) -> None:
        """Sorts decisions that may be evaluated, by a column that tells kinds of customers apart."""
        self._choices = choices
        self._kinds = kinds
        self._count = len(choices.families)
        offers = choices.offers
        cell = kinds.codes[offers.decision].astype(np.int64) * self._count + offers.family
        size = len(kinds.names) * self._count
        has_chance = offers.probability > 0.0
        inverse = 1.0 / np.where(has_chance, offers.probability, np.inf)
        self._eligible = np.bincount(cell, minlength=size)
        self._reachable = np.bincount(cell, has_chance, minlength=size)
        is_new = has_chance & ~choices.decided_by.is_name("HISTORICAL")[offers.decision]
        self._arriving = np.bincount(cell, is_new, minlength=size)
        self._expected = np.bincount(cell, offers.probability, minlength=size)
        self._inverse = np.bincount(cell, inverse, minlength=size)
        chosen = kinds.codes.astype(np.int64) * self._count + choices.family
        self._order = np.argsort(chosen, kind="stable")
        self._ends = np.searchsorted(chosen[self._order], np.arange(size + 1))

    @property
    def slice_values(self) -> tuple[str, ...]:
        """Returns the kinds of customers, those with the most decisions first."""
        counts = np.bincount(self._kinds.codes, minlength=len(self._kinds.names)).tolist()
        found = sorted((-count, name) for count, name in zip(counts, self._kinds.names, strict=True) if count)
        return tuple(name for _, name in found)

    def families_of(self, slice_value: str) -> tuple[str, ...]:
        """Returns the families that were eligible for a kind of customers, by name."""
        start = self._kinds.names.index(slice_value) * self._count
        places = np.flatnonzero(self._eligible[start : start + self._count])
        return tuple(sorted(self._choices.families[place] for place in places))

    def rows(self, slice_value: str, family: str) -> CellRows:
        """Returns what is in a cell."""
        cell = self._kinds.names.index(slice_value) * self._count + self._choices.families.index(family)
        own = self._order[self._ends[cell] : self._ends[cell + 1]]
        reachable = int(self._reachable[cell])
        return CellRows(
            eligible=int(self._eligible[cell]),
            reachable=reachable,
            arriving=int(self._arriving[cell]),
            expected=float(self._expected[cell]),
            inverse_chance=float(self._inverse[cell]) / reachable if reachable else np.inf,
            weights=1.0 / self._choices.family_probability[own],
            rewards=self._choices.reward[own],
            customer=self._choices.customer[own],
        )
