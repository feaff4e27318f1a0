"""Learned states of several models, for rows that were not all scored by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState


@dataclass(frozen=True, slots=True, eq=False)
class LearnedStates:
    """What several models know of their own learning, and which of them each row was scored by."""

    states: Sequence[LearnedState]
    of_row: NDArray[np.intp]
    """Place of its model's state, shape (rows,)."""

    def take(self, rows: NDArray[np.intp]) -> LearnedStates:
        """Returns the same for some rows, in that order."""
        return LearnedStates(self.states, self.of_row[rows])

    def each(self, number: Callable[[LearnedState], float]) -> NDArray[np.float64]:
        """Returns a number of each row's state, shape (rows, 1)."""
        numbers = np.array([number(state) for state in self.states], dtype=np.float64)
        return numbers.take(self.of_row)[:, None]
