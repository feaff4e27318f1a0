"""Uniform: every eligible campaign alike, and then every treatment of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.learned_states import LearnedStates


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """Chooses every eligible campaign with the same probability, and of its treatments each with the same."""

    def pmf(
        self,
        predicted: NDArray[np.float64],  # noqa: ARG002  the interface gives it
        fixed_rank: NDArray[np.int64],  # noqa: ARG002  the interface gives it
        equal_parts: NDArray[np.float64],
        learned: LearnedState | LearnedStates,  # noqa: ARG002  the interface gives it
        deviation: NDArray[np.float64] | None = None,  # noqa: ARG002  the interface gives it
    ) -> NDArray[np.float64]:
        """Returns 1 / equal_parts."""
        return np.divide(1.0, equal_parts)
