"""The service's policy for several seeds side by side, each with a model of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.decision import LearnedState
from banditsvc.core.eligible_pmf import eligible_pmf
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.exclusive_order import ExclusiveOrder
from banditsvc.core.exploration import ExclusiveRules, FixedPriority, Uniform
from banditsvc.core.features import Encoder
from banditsvc.core.fixed_order import fixed_ranks
from banditsvc.core.learned_states import LearnedStates
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.live_scoring import LiveScorer
from banditsvc.core.model import Model, untrained_model
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import LearnerKind, LearnerSpec
from banditsvc.core.rule import FeatureType
from banditsvc.core.scoring import Scorer
from banditsvc.learner.last_days import start_model
from banditsvc.trainer import ContextArrays, ExamplePair, batch_arrays
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned

_PART = 1 << 15
"""Decisions that are encoded and learned at a time."""
_WITHOUT_MODEL = (Uniform, FixedPriority, ExclusiveRules)
"""Explorations that do not look at what is predicted."""


class ServiceBank:
    """A model for each seed, under one policy. Where nothing is learned one model serves all."""

    def __init__(
        self,
        policy: Policy,
        learner: LearnerSpec,
        seeds: int,
        *,
        schema: Mapping[str, FeatureType],
        frozen: bool,
        start: Model | None,
    ) -> None:
        # Who looks at no prediction is taught like the others: what was learned is counted as the service counts it.
        self.is_taught = not frozen
        self._policy = policy
        self._learner = learner
        self._encoder = Encoder(learner.encoder)
        self._columns = ColumnEncoder(self._encoder)
        self._asks_model = bool(policy.limits) or not isinstance(policy.exploration, _WITHOUT_MODEL)
        self.learns = self._asks_model and not frozen
        # One pair of examples for all: it stays in the processor's cache.
        examples = ExamplePair()
        self._running = [start_model(learner, examples=examples) for _ in range(seeds)] if self.learns else []
        self._live = LiveScorer(learner.reward)
        self._frozen = None if self.learns else Scorer(start or untrained_model(policy.portfolio_id, 1, learner))
        self._exclusive = (
            ExclusiveOrder(policy.exploration, schema) if isinstance(policy.exploration, ExclusiveRules) else None
        )
        self._encoded: dict[int, tuple[Campaign, EncodedCampaign]] = {}

    def pmf(self, contexts: Contexts, eligible: Eligible, seed_places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Returns the selection probabilities, row i by the model of seed number seed_places[i]."""
        columns, campaigns = contexts.columns, eligible.campaigns
        predicted, deviations = self._predicted(contexts, eligible, seed_places)
        each = np.array([campaign.lever for campaign in campaigns])
        levers = None if (each == 1.0).all() else each
        return eligible_pmf(
            self._policy,
            weighted_rewards(predicted, levers),
            self._order(columns, campaigns, eligible.campaign_ids),
            eligible.mask,
            columns,
            campaign_ids=eligible.campaign_ids,
            learned=self._states(seed_places),
            deviation=weighted_deviations(deviations, predicted, levers),
        )

    def learn(self, batch: Learned, seed_places: NDArray[np.intp]) -> None:
        """Learns each decision with the model of its seed."""
        if not self.learns:
            return
        # In parts, as the arrays of a million contexts would take gigabytes.
        for start in range(0, len(seed_places), _PART):
            rows = np.arange(start, min(start + _PART, len(seed_places)))
            self._learn_part(batch.take(rows), seed_places[rows])

    def _learn_part(self, batch: Learned, seed_places: NDArray[np.intp]) -> None:
        encoded = self._columns.encode(batch.contexts.columns, send_time_us=batch.contexts.send_time_us)
        campaigns = self._campaigns(batch.eligible.campaigns)
        reward = self._learner.reward
        scaled = (batch.reward - reward.least) / (reward.greatest - reward.least)
        for seed, context, chosen, probability, mine, count in zip(
            seed_places.tolist(),
            self._contexts(encoded),
            batch.chosen.tolist(),
            batch.probability.tolist(),
            scaled.tolist(),
            batch.eligible.mask.sum(axis=1).tolist(),
            strict=True,
        ):
            self._running[seed].learn(
                context,
                campaigns[chosen],
                scaled_reward=mine,
                selection_probability=probability,
                eligible_count=count,
                weight=batch.weight,
                send_time_us=batch.contexts.send_time_us,
            )

    def model(self, seed_place: int) -> Model:
        """Returns a snapshot of one seed's model."""
        if self._frozen is not None:
            return self._frozen.model
        running = self._running[seed_place]
        return Model(
            portfolio_id=self._policy.portfolio_id,
            model_version=str(running.sums.learned_count),
            learner_version=1,
            learner=self._learner,
            learned=running.learned,
            weights=running.weights(),
            variances=running.variances(),
        )

    def _predicted(
        self, contexts: Contexts, eligible: Eligible, seed_places: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Returns the predicted rewards and deviations, 0 of what nobody may get or where no model is asked."""
        if not self._asks_model:
            return np.zeros(eligible.mask.shape), None
        mask = eligible.mask
        asked = np.flatnonzero(np.ones(mask.shape[1]) if mask.all() else mask.any(axis=0))
        campaigns = self._campaigns([eligible.campaigns[place] for place in asked.tolist()])
        encoded = self._columns.encode(contexts.columns, send_time_us=contexts.send_time_us)
        scores, deviations = self._scores(encoded, campaigns, seed_places)
        if len(asked) == len(eligible.campaigns):
            return scores, deviations
        return _spread(scores, asked, mask.shape), None if deviations is None else _spread(
            deviations, asked, mask.shape
        )

    def _scores(
        self, batch: EncodedBatch, campaigns: Sequence[EncodedCampaign], seed_places: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        if self._frozen is not None:
            return self._frozen.predict(batch, campaigns)
        models = [one.live() for one in self._running]
        scores = self._live.score(batch, campaigns, models, seed_places)
        return scores, self._live.deviations(batch, campaigns, models, seed_places)

    def _contexts(self, batch: EncodedBatch) -> Sequence[EncodedContext | ContextArrays]:
        """Returns the contexts of a batch in the form in which they are learned soonest."""
        if self._learner.train.learner is LearnerKind.VOWPAL_WABBIT:
            return batch_arrays(batch)
        return batch.contexts()

    def _order(
        self, columns: ContextColumns, campaigns: Sequence[Campaign], campaign_ids: Sequence[str]
    ) -> NDArray[np.int64]:
        ranks = fixed_ranks(campaigns)
        return ranks if self._exclusive is None else self._exclusive.order(columns, campaign_ids, ranks)

    def _states(self, seed_places: NDArray[np.intp]) -> LearnedState | LearnedStates:
        if self._frozen is not None:
            return self._frozen.model.learned
        return LearnedStates([running.learned for running in self._running], seed_places)

    def _campaigns(self, campaigns: Sequence[Campaign]) -> list[EncodedCampaign]:
        """Returns the features of campaigns. They are kept by identity, and with them the campaigns."""
        found = []
        for campaign in campaigns:
            known = self._encoded.get(id(campaign))
            if known is None:
                known = self._encoded[id(campaign)] = (campaign, self._encoder.campaign(campaign))
            found.append(known[1])
        return found


def _spread(numbers: NDArray[np.float64], places: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Returns columns put in their places among others, which are 0."""
    whole = np.zeros(shape)
    whole[:, places] = numbers
    return whole
