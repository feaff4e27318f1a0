"""Two equal segments with opposite best campaigns, and six features that say nothing: does learning personalise?

Segment "a" responds to campaign "first" with 4 % and to "second" with 2 %, segment "b" the other way round. The best
single campaign earns .03, the best policy .04. The figure is the share of the way between the two that the true
expected reward of the selection probabilities has come over the last decisions.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.baseline import scaled_baseline
from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.encoded import EncodedContext
from banditsvc.core.equal_parts import parts_without_treatments
from banditsvc.core.features import Encoder
from banditsvc.core.model import Model, untrained_model
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.policy import Policy, default_policy, selection_probabilities
from banditsvc.core.portfolio import LearnerSpec, RewardSpec, RewardWeight, TrainSpec
from banditsvc.core.sampling import choose
from banditsvc.core.scoring import Scorer
from banditsvc.core.times import DAY_US
from banditsvc.learner.running_model import learned_state
from banditsvc.ports import RunningSums
from banditsvc.trainer import Trainer

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
    train: TrainSpec = TrainSpec()


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Decisions of one batch with what came of them."""

    contexts: list[EncodedContext]
    chosen: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    rewards: NDArray[np.float64]


def run_two_segments(seed: int, settings: TwoSegmentsSettings | None = None) -> float:
    """Returns the share of the way from the best single campaign to the best policy, 1 at most, of one run."""
    settings = settings or TwoSegmentsSettings()
    rng = np.random.default_rng(seed)
    learner = _Learner(settings.train)
    in_flight: deque[_Batch] = deque()
    values: list[NDArray[np.float64]] = []
    for start in range(0, settings.decisions, settings.batch):
        if len(in_flight) > settings.lag:
            learner.learn(in_flight.popleft())
        size = min(settings.batch, settings.decisions - start)
        segments = rng.integers(0, 2, size=size)
        contexts = _contexts(learner.encoder, segments, rng)
        pmf = learner.probabilities(contexts, settings.policy)
        values.append((pmf * RESPONSE[segments]).sum(axis=1))
        chosen = choose(pmf, rng.random(size))
        rewards = (rng.random(size) < RESPONSE[segments, chosen]).astype(np.float64)
        in_flight.append(_Batch(contexts, chosen, pmf[np.arange(size), chosen], rewards))
    value = float(np.concatenate(values)[-settings.judged :].mean())
    return (value - BEST_SINGLE) / (BEST_POLICY - BEST_SINGLE)


def _contexts(encoder: Encoder, segments: NDArray[np.int64], rng: np.random.Generator) -> list[EncodedContext]:
    levels = rng.integers(0, LEVELS, size=(len(segments), IRRELEVANT_FEATURES))
    return [
        encoder.context(
            CustomerContext(
                segment=SEGMENTS[segment], features={f"x{j}": f"level{level}" for j, level in enumerate(row)}
            )
        )
        for segment, row in zip(segments.tolist(), levels.tolist(), strict=True)
    ]


class _Learner:
    """The service's learner and scorer without its log: learns a batch and scores by what it has learned."""

    def __init__(self, train: TrainSpec) -> None:
        # The window plays no part here: the lag does.
        reward = RewardSpec(weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),), window_us=DAY_US)
        self._spec = LearnerSpec(reward=reward, train=train)
        self._trainer = Trainer(train)
        self._sums = RunningSums()
        self._scorer = Scorer(untrained_model(PORTFOLIO_ID, 1, self._spec))
        self.encoder = self._scorer.encoder
        self._campaigns = [self.encoder.campaign(campaign) for campaign in CAMPAIGNS]

    def probabilities(self, contexts: list[EncodedContext], policy: Policy) -> NDArray[np.float64]:
        """Returns the selection probabilities, shape (contexts, campaigns)."""
        predicted = self._scorer.score(contexts, self._campaigns)
        fixed_rank = np.broadcast_to(np.arange(len(CAMPAIGNS)), predicted.shape)
        parts = parts_without_treatments(predicted.shape)
        return selection_probabilities(policy, predicted, fixed_rank, parts, self._scorer.model.learned)

    def learn(self, batch: _Batch) -> None:
        """Learns a batch and scores by the new model from here on."""
        for context, chosen, probability, reward in zip(
            batch.contexts, batch.chosen.tolist(), batch.probabilities.tolist(), batch.rewards.tolist(), strict=True
        ):
            self._trainer.learn(
                context,
                self._campaigns[chosen],
                scaled_reward=reward,
                baseline=scaled_baseline(self._sums.learned_count, self._sums.reward_sum, self._spec.reward),
                selection_probability=probability,
                eligible_count=len(CAMPAIGNS),
                sums=self._sums,
            )
            self._sums = replace(
                self._sums,
                learned_count=self._sums.learned_count + 1,
                eligible_sum=self._sums.eligible_sum + len(CAMPAIGNS),
                reward_sum=self._sums.reward_sum + reward,
                reward_square_sum=self._sums.reward_square_sum + reward * reward,
            )
        self._scorer = self._scorer.successor(self._model())

    def _model(self) -> Model:
        return Model(
            portfolio_id=PORTFOLIO_ID,
            model_version=str(self._sums.learned_count),
            learner_version=1,
            learner=self._spec,
            learned=learned_state(self._sums, self._spec.reward),
            weights=self._trainer.weights(),
        )
