"""Two equal segments with opposite best campaigns, and six features that say nothing: does learning personalise?

Segment "a" responds to campaign "first" with 4 % and to "second" with 2 %, segment "b" the other way round. The best
single campaign earns .03, the best policy .04. The figure is the share of the way between the two that the true
expected reward of the selection probabilities has come over the last decisions.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context_columns import Coded, ContextColumns
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.policy import Policy, default_policy
from banditsvc.core.portfolio import POSTERIOR_TRAIN, LearnerSpec, RewardSpec, RewardWeight, TrainSpec
from banditsvc.core.sampling import choose
from banditsvc.core.times import DAY_US
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned
from simulators.runs.service_policy import ServicePolicy

RESPONSE = np.array([[0.04, 0.02], [0.02, 0.04]])
"""Chance of a response by segment and campaign."""
BEST_SINGLE = float(RESPONSE.mean(axis=0).max())
BEST_POLICY = float(RESPONSE.max(axis=1).mean())
SEGMENTS = ("a", "b")
CAMPAIGNS = (Campaign(campaign_id="first"), Campaign(campaign_id="second"))
IRRELEVANT_FEATURES = 6
LEVELS = 5
PORTFOLIO_ID = "two-segments"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSegmentsSettings:
    """How long and with what it is run. Policy and learner are the service's defaults unless others are given."""

    decisions: int = 50_000
    judged: int = 10_000
    """The last so many decisions are judged."""
    batch: int = 500
    lag: int = 2
    """Batches that are decided before the outcomes of one are learned."""
    policy: Policy = default_policy(PORTFOLIO_ID)
    train: TrainSpec = POSTERIOR_TRAIN


def run_two_segments(seed: int, settings: TwoSegmentsSettings | None = None) -> float:
    """Returns the share of the way from the best single campaign to the best policy, 1 at most, of one run."""
    settings = settings or TwoSegmentsSettings()
    rng = np.random.default_rng(seed)
    # The window plays no part here: the lag does.
    reward = RewardSpec(weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),), window_us=DAY_US)
    policy = ServicePolicy(policy=settings.policy, learner=LearnerSpec(reward=reward, train=settings.train))
    values = two_segment_values(policy, rng, decisions=settings.decisions, batch=settings.batch, lag=settings.lag)
    value = float(values[-settings.judged :].mean())
    return (value - BEST_SINGLE) / (BEST_POLICY - BEST_SINGLE)


def two_segment_values(
    policy: ServicePolicy, rng: np.random.Generator, *, decisions: int, batch: int, lag: int
) -> NDArray[np.float64]:
    """Returns the true expected reward of the probabilities of each decision, and teaches the policy on the way.

    Args:
        policy: It is changed.
        rng: For the customers, the draws and the responses.
        decisions: How many.
        batch: Decisions that are made at a time.
        lag: Batches that are decided before the outcomes of one are learned.
    """
    in_flight: deque[Learned] = deque()
    values: list[NDArray[np.float64]] = []
    for start in range(0, decisions, batch):
        if len(in_flight) > lag:
            policy.learn(in_flight.popleft())
        size = min(batch, decisions - start)
        segments = rng.integers(0, 2, size=size)
        contexts = two_segment_contexts(segments, rng)
        eligible = Eligible(CAMPAIGNS, np.ones((size, len(CAMPAIGNS)), dtype=np.bool_))
        pmf = policy.pmf(contexts, eligible)
        values.append((pmf * RESPONSE[segments]).sum(axis=1))
        chosen = choose(pmf, rng.random(size))
        rewards = (rng.random(size) < RESPONSE[segments, chosen]).astype(np.float64)
        in_flight.append(Learned(contexts, eligible, chosen, pmf[np.arange(size), chosen], rewards))
    return np.concatenate(values)


def two_segment_contexts(segments: NDArray[np.int64], rng: np.random.Generator) -> Contexts:
    """Returns what is known of customers of these segments, the features that say nothing drawn anew."""
    levels = rng.integers(0, LEVELS, size=(len(segments), IRRELEVANT_FEATURES))
    names = tuple([f"level{level}" for level in range(LEVELS)])
    columns = ContextColumns(
        rows=len(segments),
        segment=Coded(segments, SEGMENTS),
        features={f"x{place}": Coded(column, names) for place, column in enumerate(levels.T)},
    )
    return Contexts(columns, day=0, send_time_us=0)
