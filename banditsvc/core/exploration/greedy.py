"""Greedy: always the best predicted reward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration.best import best_of, share_among_best
from banditsvc.core.learned_states import LearnedStates


@dataclass(frozen=True, slots=True, kw_only=True)
class Greedy:
    """Chooses the best predicted reward; those tied for best get equal shares."""

    def pmf(
        self,
        predicted: NDArray[np.float64],
        fixed_rank: NDArray[np.int64],  # noqa: ARG002  the interface gives it
        equal_parts: NDArray[np.float64],
        learned: LearnedState | LearnedStates,  # noqa: ARG002  the interface gives it
        deviation: NDArray[np.float64] | None = None,  # noqa: ARG002  the interface gives it
    ) -> NDArray[np.float64]:
        """Returns 1 / (number tied for best) for the best, 0 for the others; see share_among_best for treatments."""
        return share_among_best(predicted == best_of(predicted), 1.0, equal_parts)
