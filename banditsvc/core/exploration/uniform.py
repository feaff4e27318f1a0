"""Uniform: every eligible campaign alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """Chooses every eligible campaign with the same probability."""

    def pmf(
        self,
        predicted: NDArray[np.float64],
        fixed_rank: NDArray[np.int64],  # noqa: ARG002  the interface gives it
        learned: LearnedState,  # noqa: ARG002  the interface gives it
    ) -> NDArray[np.float64]:
        """Returns 1 / K for all."""
        return np.full(predicted.shape, 1.0 / predicted.shape[1])
