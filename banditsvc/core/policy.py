"""Policies: how predicted rewards become selection probabilities, versioned and immutable."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.ceilings import Ceilings, under_ceilings
from banditsvc.core.context import LifecycleStage
from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration import Exploration, SquareCB, Thompson
from banditsvc.core.learned_states import LearnedStates
from banditsvc.core.portfolio import LearnerKind

TOLERANCE = 1e-9
"""How far the sum of selection probabilities may be from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationLimit:
    """Limits the share of choices that are not the best, for some customers or campaigns."""

    segments: tuple[str, ...] = ()
    lifecycle_stages: tuple[LifecycleStage, ...] = ()
    """Customers that it holds for; empty means all."""
    campaign_ids: tuple[str, ...] = ()
    """Campaigns that it holds for, each for itself; empty means all together."""
    max_share: float
    """Greatest share, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a portfolio's exploration settings. It names no learner's arguments."""

    portfolio_id: str
    policy_version: int = 0
    exploration: Exploration = field(default_factory=Thompson)
    floor: float = 0.0
    """Share spread evenly over the eligible campaigns, and of each over its treatments: a campaign has at least floor / K,
    K the number of campaigns. From 0 to 1."""
    description: str = ""
    limits: tuple[ExplorationLimit, ...] = ()
    """They win over the floor."""


def default_policy(portfolio_id: str, learner: LearnerKind = LearnerKind.POSTERIOR) -> Policy:
    """Returns the policy that a new portfolio starts with; docs/exploration.md says how it was chosen."""
    return Policy(
        portfolio_id=portfolio_id,
        policy_version=1,
        # Vowpal Wabbit does not say how sure it is, which Thompson sampling asks.
        exploration=Thompson() if learner is LearnerKind.POSTERIOR else SquareCB(),
        floor=0.01,
        description="The default policy",
    )


def selection_probabilities(
    policy: Policy,
    weighted: NDArray[np.float64],
    fixed_rank: NDArray[np.int64],
    equal_parts: NDArray[np.float64],
    learned: LearnedState | LearnedStates,
    *,
    ceilings: Ceilings | None = None,
    deviation: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Returns the probabilities of the policy's exploration with its floor and limits, C-contiguous, shape (rows, K).

    The arguments are those of Exploration.pmf, deviation weighted by the levers like the rewards. The floor holds for every exploration, fixed priority included, and gives
    way to the ceilings, which are those that ceilings_of returns for the policy.
    """
    probabilities = policy.exploration.pmf(weighted, fixed_rank, equal_parts, learned, deviation)
    if policy.floor > 0.0:
        probabilities *= 1.0 - policy.floor
        # Where one number stands for all, it is divided by once.
        is_one = equal_parts.strides == (0, 0)
        probabilities += policy.floor / (equal_parts[:1, :1] if is_one else equal_parts)
    if ceilings is not None:
        probabilities = under_ceilings(probabilities, weighted, fixed_rank, ceilings)
    return probabilities


def is_pmf(probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Returns, for each row, whether it is finite, nowhere negative and sums to 1 within TOLERANCE."""
    # NaN fails the first comparison, an infinity the second. Of all at once first: it is nearly always so.
    least = np.minimum.reduce(probabilities, axis=None, initial=1.0)
    with np.errstate(invalid="ignore", over="ignore"):
        # The product adds in an order of its own, seven times quicker: how near 1 the sum is does not hang on that.
        sums = probabilities.dot(np.ones(probabilities.shape[1]))
        near_one: NDArray[np.bool_] = np.abs(sums - 1.0) <= TOLERANCE
    if least >= 0.0:
        return near_one
    nowhere_negative: NDArray[np.bool_] = np.minimum.reduce(probabilities, axis=1) >= 0.0
    return nowhere_negative & near_one
