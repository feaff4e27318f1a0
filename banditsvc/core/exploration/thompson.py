"""Thompson sampling: each as often as it may be the best, by what is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration.best import best_of, share_among_best
from banditsvc.core.learned_states import LearnedStates

Chances = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""Chances of being the best, of means, deviations and weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thompson:
    """Chooses each with the probability that it is the best, as far as the model knows (Thompson 1933).

    True rewards are taken to be independent and normal, with the predicted ones as means and scale times the model's
    deviations. Where the model does not say how sure it is, each deviation is that of a mean of learned_count / K
    rewards. Before anything is learned, and while all rewards are the same, all are alike. With treatments an entry
    counts as such a part of a campaign as its campaign has treatments, so that a campaign is not tried more often for
    having more of them.
    """

    scale: float = 0.25
    """Above 0. Greater explores more."""

    def __post_init__(self) -> None:
        # Loaded when a policy is made, so that no customer waits for it.
        _quadrature()

    def pmf(
        self,
        predicted: NDArray[np.float64],
        fixed_rank: NDArray[np.int64],  # noqa: ARG002  the interface gives it
        equal_parts: NDArray[np.float64],
        learned: LearnedState | LearnedStates,
        deviation: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Returns the probabilities of being the best."""
        typical = _each(learned, typical_deviation)
        if deviation is None:
            deviation = np.broadcast_to(typical * math.sqrt(predicted.shape[1]), predicted.shape)
        spread = deviation * self.scale
        knows = typical[:, 0] > 0.0
        is_sure = np.maximum.reduce(spread, axis=1) == 0.0
        weight = np.minimum.reduce(equal_parts, axis=1, keepdims=True) / equal_parts
        (rows,) = (knows & ~is_sure).nonzero()
        if len(rows) == len(predicted):
            return _quadrature()(predicted, spread, weight)
        shares: NDArray[np.float64] = np.divide(1.0, equal_parts)
        if (knows & is_sure).any():
            greedy = share_among_best(predicted == best_of(predicted), 1.0, equal_parts)
            shares = np.where((knows & is_sure)[:, None], greedy, shares)
        if len(rows):
            shares[rows] = _quadrature()(predicted[rows], spread[rows], weight[rows])
        return shares


def _quadrature() -> Chances:
    """Returns chances_of_best; who does not choose like that does without what it imports, which takes a while."""
    from banditsvc.core.exploration.best_of_normals import chances_of_best  # noqa: PLC0415

    return chances_of_best


def typical_deviation(learned: LearnedState) -> float:
    """Returns the deviation of a mean of all rewards learned from; 0 where there are none or all are the same."""
    return learned.reward_deviation / math.sqrt(learned.learned_count) if learned.learned_count > 0 else 0.0


def _each(learned: LearnedState | LearnedStates, number: Callable[[LearnedState], float]) -> NDArray[np.float64]:
    """Returns a number of each row's state, or of the one state, shape (rows or 1, 1)."""
    return learned.each(number) if isinstance(learned, LearnedStates) else np.array([[number(learned)]])
