"""Epsilon-greedy: the best, and any with a fixed share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration.best import best_of, share_among_best
from banditsvc.core.learned_states import LearnedStates


@dataclass(frozen=True, slots=True, kw_only=True)
class EpsilonGreedy:
    """Spreads epsilon evenly over all campaigns; the rest goes to the best, in equal shares to those tied for best."""

    epsilon: float = 0.05
    """Share that explores, 0 to 1."""

    def pmf(
        self,
        predicted: NDArray[np.float64],
        fixed_rank: NDArray[np.int64],  # noqa: ARG002  the interface gives it
        equal_parts: NDArray[np.float64],
        learned: LearnedState | LearnedStates,  # noqa: ARG002  the interface gives it
        deviation: NDArray[np.float64] | None = None,  # noqa: ARG002  the interface gives it
    ) -> NDArray[np.float64]:
        """Returns epsilon / equal_parts, and for the best (1 - epsilon) / (number tied for best) more."""
        shares = share_among_best(predicted == best_of(predicted), 1.0 - self.epsilon, equal_parts)
        shares += self.epsilon / equal_parts
        return shares
