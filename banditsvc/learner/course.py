"""Course: one lineage under way, from one position of the log to the next."""

from __future__ import annotations

from collections import deque

import numpy as np
import structlog
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.features import Encoder
from banditsvc.core.historical_weight import learning_weight
from banditsvc.core.model import Model
from banditsvc.core.reward import Reward
from banditsvc.core.settle import SettleState, SettleTerms
from banditsvc.learner.catalogues import Catalogue
from banditsvc.learner.running_model import RunningModel
from banditsvc.ports import Checkpoint, DecisionLog, Lineage, Recorded, RunningSums
from banditsvc.settling import BATCH, SettledDecision, SettleLimit, is_open, settle_batch, terms_of
from banditsvc.store.stored_weights import weights_sha256

RECENT = 20
"""Number of decisions kept to try a model on before it is published."""

_log = structlog.get_logger(__name__)


class Course:
    """Settles and learns a portfolio's decisions in log order, by the settings of one lineage.

    What it holds is a function of the log, the lineage and the position alone: made again from any of its checkpoints
    it comes to the same weights, bit for bit.
    """

    def __init__(self, log: DecisionLog, catalogue: Catalogue, lineage: Lineage, start: Checkpoint | None) -> None:
        self._log = log
        self._catalogue = catalogue
        self._encoder = Encoder(lineage.learner.encoder)
        self._encoded: dict[tuple[int, str], tuple[Campaign, EncodedCampaign]] = {}
        self._running = (
            RunningModel(lineage.learner)
            if start is None
            else RunningModel(lineage.learner, start.learner_state, start.sums)
        )
        self.lineage = lineage
        self.position = 0 if start is None else start.position
        self.settled_through_us = 0 if start is None else start.settled_through_us
        self._open_head: Recorded[Decision] | None = None
        self._terms: SettleTerms | None = None
        self._terms_hold_through_us = 0
        self.recent: deque[Decision] = deque(maxlen=RECENT)

    @property
    def sums(self) -> RunningSums:
        """Returns the sums over the decisions up to the position."""
        return self._running.sums

    def advance(self, limit: SettleLimit, count: int = BATCH) -> bool:
        """Settles and learns the next decisions, at most count; returns whether more can be settled at once."""
        learner, terms = self.lineage.learner, self._terms_for(limit)
        if self._open_head is not None and is_open(self._log, terms, self._open_head, limit):
            self.settled_through_us = max(self.settled_through_us, limit.limit_us)
            return False
        portfolio_id = self.lineage.portfolio_id
        batch = settle_batch(self._log, portfolio_id, learner, self.position, limit, count=count, terms=terms)
        self._open_head = batch.open_head
        for settled in batch.settled:
            self._take_in(settled)
        if not batch.has_more:
            self.settled_through_us = max(self.settled_through_us, limit.limit_us)
        return batch.has_more

    def limit(self, watermark_us: int) -> SettleLimit:
        """Returns how far and by which rule the next decisions are settled: by a segment, else live."""
        for segment in self.lineage.segments:
            if self.position < segment.through_position:
                return SettleLimit(segment.as_of_us, as_of=True, through_position=segment.through_position)
        return SettleLimit(watermark_us)

    def checkpoint(self, publish_time_us: int) -> Checkpoint:
        """Returns the whole state, with a model to score by."""
        lineage, model_version = self.lineage, f"{self.lineage.lineage_id}.{self.sums.learned_count}"
        weights = self._running.weights()
        model = Model(
            portfolio_id=lineage.portfolio_id,
            model_version=model_version,
            learner_version=lineage.learner_version,
            learner=lineage.learner,
            learned=self._running.learned,
            weights=weights,
            log_position=self.position,
            publish_time_us=publish_time_us,
        )
        return Checkpoint(
            lineage=lineage,
            model_version=model_version,
            position=self.position,
            settled_through_us=self.settled_through_us,
            sums=self.sums,
            learner_state=self._running.serialize(),
            model=model,
            weights_sha256=weights_sha256(weights),
        )

    def weights(self) -> NDArray[np.float32]:
        """Returns a read-only copy of the weights."""
        return self._running.weights()

    def _terms_for(self, limit: SettleLimit) -> SettleTerms:
        # Reading all feed marks anew for every slice of a long stretch would cost more than the slice.
        if self._terms is None or limit.limit_us > self._terms_hold_through_us:
            # The time first: the marks read after it are all those up to it.
            self._terms_hold_through_us = self._log.watermark().time_us
            self._terms = terms_of(self._log, self.lineage.portfolio_id, self.lineage.learner)
        return self._terms

    def _take_in(self, settled: SettledDecision) -> None:
        self.position = settled.recorded.position
        if settled.reward is None or not self._learn(settled.recorded, settled.reward):
            self._running.sums = _passed_over(self.sums, settled)

    def _learn(self, recorded: Recorded[Decision], reward: Reward) -> bool:
        decision = recorded.value
        campaign = self._catalogue.chosen(decision)
        if campaign is None:
            _log.error("campaign_unknown", portfolio_id=self.lineage.portfolio_id, position=self.position)
            return False
        encoded = self._encode(campaign, decision.treatment_id)
        if encoded is None:
            _log.error("treatment_unknown", portfolio_id=self.lineage.portfolio_id, position=self.position)
            return False
        asked = decision.input
        try:
            self._running.learn(
                self._encoder.context(asked.context, asked.channel, asked.placement),
                encoded,
                scaled_reward=reward.scaled,
                # What is not known is taken for an equal draw.
                selection_probability=decision.arm_probability
                if decision.is_probability_known
                else 1.0 / len(decision.eligible),
                eligible_count=len(decision.eligible),
                was_clipped=reward.was_clipped,
                weight=learning_weight(decision, recorded.record_time_us, self.lineage.learner.settle),
                is_historical=decision.decided_by is DecidedBy.HISTORICAL,
            )
        except ValueError:
            # The same log says the same next time: to wait would be to wait for ever.
            _log.exception("decision_refused", portfolio_id=self.lineage.portfolio_id, position=self.position)
            return False
        self.recent.append(decision)
        return True

    def _encode(self, campaign: Campaign, treatment_id: str) -> EncodedCampaign | None:
        """Returns the features of what was chosen, None where the campaign has no such treatment."""
        # By identity, and the campaign is held so that its identity stays its own. Inline campaigns are new each time.
        known = self._encoded.get((id(campaign), treatment_id))
        if known is not None:
            return known[1]
        treatment = campaign.treatment(treatment_id)
        if treatment is None and treatment_id:
            return None
        encoded = self._encoder.campaign(campaign, treatment)
        if len(self._encoded) >= 4096:
            self._encoded.clear()
        self._encoded[id(campaign), treatment_id] = (campaign, encoded)
        return encoded


def _passed_over(sums: RunningSums, settled: SettledDecision) -> RunningSums:
    lapsed = settled.settlement.state is SettleState.LAPSED
    skipped = not lapsed and not settled.decision.input.is_test
    return RunningSums(
        learned_count=sums.learned_count,
        eligible_sum=sums.eligible_sum,
        reward_sum=sums.reward_sum,
        reward_square_sum=sums.reward_square_sum,
        clipped_count=sums.clipped_count,
        lapsed_count=sums.lapsed_count + lapsed,
        skipped_count=sums.skipped_count + skipped,
        historical_count=sums.historical_count,
        discount_sum=sums.discount_sum,
    )
