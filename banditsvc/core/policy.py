"""Policies: how predicted rewards become selection probabilities, versioned and immutable."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration import Exploration, SquareCB

TOLERANCE = 1e-9
"""How far the sum of selection probabilities may be from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a portfolio's exploration settings. It names no learner's arguments."""

    portfolio_id: str
    policy_version: int = 0
    exploration: Exploration = field(default_factory=SquareCB)
    floor: float = 0.0
    """Share spread evenly over the eligible campaigns: each has at least floor / K. From 0 to 1."""
    description: str = ""


def default_policy(portfolio_id: str) -> Policy:
    """Returns the policy that a new portfolio starts with; docs/exploration.md says how it was chosen."""
    return Policy(portfolio_id=portfolio_id, policy_version=1, floor=0.01, description="The default policy")


def selection_probabilities(
    policy: Policy, predicted: NDArray[np.float64], fixed_rank: NDArray[np.int64], learned: LearnedState
) -> NDArray[np.float64]:
    """Returns the probabilities of the policy's exploration with its floor, C-contiguous, shape (rows, K).

    The arguments are those of Exploration.pmf. The floor holds for every exploration, fixed priority included.
    """
    probabilities = policy.exploration.pmf(predicted, fixed_rank, learned)
    if policy.floor > 0.0:
        probabilities = probabilities * (1.0 - policy.floor)
        probabilities += policy.floor / predicted.shape[1]
    return probabilities


def is_pmf(probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Returns, for each row, whether it is finite, nowhere negative and sums to 1 within TOLERANCE."""
    # NaN fails the first comparison, an infinity the second.
    nowhere_negative: NDArray[np.bool_] = np.minimum.reduce(probabilities, axis=1) >= 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        near_one: NDArray[np.bool_] = np.abs(np.add.reduce(probabilities, axis=1) - 1.0) <= TOLERANCE
    return nowhere_negative & near_one
