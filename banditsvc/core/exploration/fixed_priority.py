"""Fixed priority: what is done without learning, as a baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.learned_states import LearnedStates


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPriority:
    """Chooses the first in the fixed order, whatever is predicted."""

    def pmf(
        self,
        predicted: NDArray[np.float64],  # noqa: ARG002  the interface gives it
        fixed_rank: NDArray[np.int64],
        equal_parts: NDArray[np.float64],  # noqa: ARG002  the interface gives it
        learned: LearnedState | LearnedStates,  # noqa: ARG002  the interface gives it
        deviation: NDArray[np.float64] | None = None,  # noqa: ARG002  the interface gives it
    ) -> NDArray[np.float64]:
        """Returns 1 for the campaign of fixed_rank 0, 0 for the others."""
        is_first: NDArray[np.bool_] = fixed_rank == 0
        return is_first.astype(np.float64)
