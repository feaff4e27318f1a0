"""A world of two segments with a past: what does learning from history bring, and what does it cost where it misleads?

The world is that of two_segments. Before the policy is at work a history is learned, each send with the same weight:

- COIN: sends drawn equally, in the same world. All that it says is true.
- RULE: business as usual sends "first" mostly to customers who are lively, and these buy four times as often as others
  whatever they get. Nobody recorded who is lively, so "first" looks best in both segments.
- CHANGED: sends drawn equally, at a time when the segments liked the campaigns the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.outcome import OutcomeType
from banditsvc.core.policy import default_policy
from banditsvc.core.portfolio import LearnerSpec, RewardSpec, RewardWeight
from banditsvc.core.times import DAY_US
from simulators.runs.policy import Eligible, Learned
from simulators.runs.service_policy import ServicePolicy
from simulators.two_segments import (
    BEST_POLICY,
    BEST_SINGLE,
    CAMPAIGNS,
    PORTFOLIO_ID,
    RESPONSE,
    two_segment_contexts,
    two_segment_values,
)


class Past(StrEnum):
    """What the history is like."""

    COIN = "an equal draw"
    RULE = "a rule by what nobody recorded"
    CHANGED = "an equal draw, before the world changed"


LIVELY_FIRST, OTHERS_FIRST = 0.9, 0.1
"""Share of RULE's sends that are of "first", to lively customers and to others."""
LIVELINESS = np.array([0.4, 1.6])
"""Factor of the response of others and of lively customers; half of them are lively, so the mean is as ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmStartSettings:
    """What is learned before, and how long it is run after it."""

    past: Past
    weight: float
    """Of each send; 0 learns none."""
    sends: int = 10_000
    decisions: int = 30_000
    period: int = 5_000
    """Decisions that are judged together."""
    batch: int = 500
    lag: int = 2


def run_warm_start(seed: int, settings: WarmStartSettings) -> NDArray[np.float64]:
    """Returns for each period how far it came from the best single campaign (0) to the best policy (1).

    Customers, their responses and the history are those of the seed, whatever the weight.
    """
    past_rng, rng = (np.random.default_rng((seed, stream)) for stream in range(2))
    reward = RewardSpec(weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),), window_us=DAY_US)
    policy = ServicePolicy(policy=default_policy(PORTFOLIO_ID), learner=LearnerSpec(reward=reward))
    for start in range(0, settings.sends if settings.weight > 0.0 else 0, settings.batch):
        size = min(settings.batch, settings.sends - start)
        policy.learn(replace(_sends(settings.past, size, past_rng), weight=settings.weight))
    values = two_segment_values(policy, rng, decisions=settings.decisions, batch=settings.batch, lag=settings.lag)
    periods = values.reshape(-1, settings.period).mean(axis=1)
    shares: NDArray[np.float64] = (periods - BEST_SINGLE) / (BEST_POLICY - BEST_SINGLE)
    return shares


def _sends(past: Past, size: int, rng: np.random.Generator) -> Learned:
    segments, lively = rng.integers(0, 2, size=size), rng.integers(0, 2, size=size)
    first = np.array([OTHERS_FIRST, LIVELY_FIRST])[lively] if past is Past.RULE else np.full(size, 0.5)
    chosen = (rng.random(size) >= first).astype(np.intp)
    response = RESPONSE[1 - segments if past is Past.CHANGED else segments, chosen]
    if past is Past.RULE:
        response = response * LIVELINESS[lively]
    rewards = (rng.random(size) < response).astype(np.float64)
    contexts, eligible = two_segment_contexts(segments, rng), _all(size)
    # Of what a rule did nobody knows the probabilities: they are taken for equal draws, as in the service.
    return Learned(contexts, eligible, chosen, np.full(size, 0.5), rewards)


def _all(size: int) -> Eligible:
    return Eligible(CAMPAIGNS, np.ones((size, len(CAMPAIGNS)), dtype=np.bool_))
