"""Softmax: by the exponential of what is predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration.best import best_of
from banditsvc.core.learned_states import LearnedStates

_HOPELESS = 700.0
"""Beyond it an exponential is 0 for all that matters; bounded, so that nothing overflows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Softmax:
    """Chooses in proportion to exp(predicted / (temperature * reward_deviation)) (Sutton and Barto 2018, equation 2.11).

    reward_deviation makes the unit of the reward not matter. Where the rewards learned from do not differ yet, or there
    are none, all are alike. With treatments each counts as its part of a campaign.
    """

    temperature: float = 0.02
    """In deviations of a single reward, above 0. Greater explores more."""

    def pmf(
        self,
        predicted: NDArray[np.float64],
        fixed_rank: NDArray[np.int64],  # noqa: ARG002  the interface gives it
        equal_parts: NDArray[np.float64],
        learned: LearnedState | LearnedStates,
        deviation: NDArray[np.float64] | None = None,  # noqa: ARG002  the interface gives it
    ) -> NDArray[np.float64]:
        """Returns the probabilities."""
        gap = best_of(predicted) - predicted
        unit = learned.each(self._unit) if isinstance(learned, LearnedStates) else self._unit(learned)
        # The deviation may be as small as numbers go: any gap is then as good as infinite.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            behind = np.where(unit > 0.0, gap / unit, 0.0) if np.ndim(unit) or unit > 0.0 else gap * 0.0
        # An exponential that overflows to infinity is cut; NaN, which has no place in a pmf, stays.
        shares = np.exp(-np.minimum(behind, _HOPELESS)) / equal_parts
        return np.divide(shares, np.add.reduce(shares, axis=1, keepdims=True), out=shares)

    def _unit(self, learned: LearnedState) -> float:
        return self.temperature * learned.reward_deviation if learned.learned_count > 0 else 0.0
