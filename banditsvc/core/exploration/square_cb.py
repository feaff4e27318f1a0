"""SquareCB: inverse gap weighting."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration.best import best_of, share_among_best
from banditsvc.core.learned_states import LearnedStates

_GREATEST_GAMMA = 1e100
"""Keeps gamma x gap from overflowing; any gap that matters is then as good as infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareCB:
    """Chooses by the gap to the best (Foster and Rakhlin 2020, algorithm 1).

    A campaign whose predicted reward is less than the best by a gap has probability 1 / (K + gamma * gap); what is
    left goes to the best, in equal shares to those tied for best. With treatments K is the entry's equal_parts, so that
    a campaign is not tried more often for having more of them (Zhu and Mineiro 2022 weigh by a base measure so). gamma = gamma_scale * min(learned_count,
    count_cap)^gamma_exponent / reward_deviation, so that the unit of the reward does not matter. Where the rewards
    learned from do not differ yet, or there are none, gaps mean nothing: gamma is 0 and all are alike.

    Where the model says how sure it is, gaps may be those of optimistic values: optimism deviations are added to each
    predicted reward, so that what is little known counts as near the best, or as the best, until more is known of it.
    """

    gamma_scale: float = 0.5
    """Above 0. Greater is greedier."""
    gamma_exponent: float = 1.0
    """How fast exploration fades with learning, 0 to 1."""
    count_cap: int = 20_000
    """Learned decisions beyond these do not make it greedier: a learner that forgets must not stop exploring."""
    optimism: float = 0.0
    """At least 0. Deviations added to each predicted reward where the model says how sure it is."""

    def gamma(self, learned: LearnedState) -> float:
        """Returns the weight of a gap, per unit of reward, from 0 to 1e100."""
        if not (learned.learned_count > 0 and learned.reward_deviation > 0.0):
            return 0.0
        growth = math.pow(min(learned.learned_count, self.count_cap), self.gamma_exponent)
        return min(self.gamma_scale * growth / learned.reward_deviation, _GREATEST_GAMMA)

    def pmf(
        self,
        predicted: NDArray[np.float64],
        fixed_rank: NDArray[np.int64],  # noqa: ARG002  the interface gives it
        equal_parts: NDArray[np.float64],
        learned: LearnedState | LearnedStates,
        deviation: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Returns the probabilities of inverse gap weighting."""
        if deviation is not None and self.optimism > 0.0:
            predicted = predicted + self.optimism * deviation
        gap = best_of(predicted) - predicted
        is_best = gap == 0.0
        gap *= learned.each(self.gamma) if isinstance(learned, LearnedStates) else self.gamma(learned)
        gap += equal_parts
        shares: NDArray[np.float64] = np.divide(1.0, gap, out=gap)
        # The best have 1 / K so far: what is left comes on top.
        shares += share_among_best(is_best, 1.0 - np.add.reduce(shares, axis=1, keepdims=True), equal_parts)
        return shares
