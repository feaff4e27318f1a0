"""Learned decisions: what a lineage learns from, in its order, each with what it is learned with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from banditsvc.core.baseline import scaled_baseline
from banditsvc.core.choice import Choice
from banditsvc.core.encoded import EncodedContext
from banditsvc.core.features import Encoder
from banditsvc.core.historical_weight import learning_weight
from banditsvc.core.reward import Reward
from banditsvc.learner.catalogues import Catalogue
from banditsvc.ports import DecisionLog, Lineage, Recorded, RunningSums
from banditsvc.settling import BATCH, SettleLimit, settle_batch, terms_of
from banditsvc.trainer import context_arrays


@dataclass(frozen=True, slots=True)
class LearnedDecision:
    """A decision that is learned from."""

    recorded: Recorded[Choice]
    reward: Reward
    context: EncodedContext
    baseline: float
    """What is taken off the scaled reward: the mean of those learned before."""
    selection_probability: float
    weight: float
    sums: RunningSums
    """Over the decisions learned before."""


def learned_decisions(log: DecisionLog, catalogue: Catalogue, lineage: Lineage) -> Iterator[LearnedDecision]:
    """Yields the decisions that a lineage learns from up to the end of the log, in the order in which it does.

    Each has the reward with which the lineage settled it for good, lateness included.
    """
    learner, encoder = lineage.learner, Encoder(lineage.learner.encoder)
    sums = RunningSums()
    terms, watermark_us = terms_of(log, lineage.portfolio_id, learner), log.watermark().time_us
    position = 0
    ends = [SettleLimit(one.as_of_us, as_of=True, through_position=one.through_position) for one in lineage.segments]
    for limit in [*ends, SettleLimit(watermark_us)]:
        has_more = True
        while has_more:
            batch = settle_batch(log, lineage.portfolio_id, learner, position, limit, count=BATCH, terms=terms)
            has_more = batch.has_more
            for settled in batch.settled:
                position, decision = settled.recorded.position, settled.decision
                context = _context(encoder, catalogue, decision)
                if settled.reward is None or context is None:
                    continue
                weight = learning_weight(decision, settled.recorded.record_time_us, learner.settle)
                known, count = decision.is_probability_known, len(decision.eligible)
                yield LearnedDecision(
                    recorded=settled.recorded,
                    reward=settled.reward,
                    context=context,
                    baseline=scaled_baseline(sums.weight_sum, sums.reward_sum, learner.reward),
                    # What is not known is taken for an equal draw.
                    selection_probability=decision.arm_probability if known else 1.0 / count,
                    weight=weight,
                    sums=sums,
                )
                sums = RunningSums(
                    learned_count=sums.learned_count + 1,
                    eligible_sum=sums.eligible_sum + count,
                    reward_sum=sums.reward_sum + weight * settled.reward.scaled,
                    discount_sum=sums.discount_sum + (1.0 - weight),
                )


def _context(encoder: Encoder, catalogue: Catalogue, decision: Choice) -> EncodedContext | None:
    """Returns the encoded context of a decision; None where nothing can be learned of it."""
    campaign = catalogue.chosen(decision) if decision.campaign_id else None
    if campaign is None or (decision.treatment_id and campaign.treatment(decision.treatment_id) is None):
        return None
    asked = decision.input
    encoded = encoder.context(asked.context, asked.channel, asked.placement, asked.send_time_us)
    try:
        context_arrays(encoded)
    except ValueError:
        return None  # a value beyond all measure, which the trainer refuses
    return encoded
