"""Explanations: core value to protobuf."""

from __future__ import annotations

from banditsvc.core.decision import ShadowDecision
from banditsvc.core.explanation import ExplainedEntry, Explanation
from banditsvc.core.unmet_rules import ExplainedRejection
from banditsvc.rpc.wire_number import enum_number
from banditsvc.v1 import ranking_pb2 as pb


def write_explanation(
    explanation: Explanation, eligible: tuple[str, ...], shadow: ShadowDecision | None
) -> pb.Explanation:
    """Returns why a decision was made, and what its shadow would have done; eligible are the decision's."""
    return pb.Explanation(
        campaigns=map(_entry, explanation.entries),
        draw=explanation.draw,
        probabilities_reproduced=explanation.probabilities_reproduced,
        scores_reproduced=explanation.scores_reproduced,
        summary=explanation.summary,
        missing=explanation.missing,
        shadow=_shadow(shadow, eligible) if shadow else None,
        rejected=map(_rejected, explanation.rejected),
    )


def _entry(entry: ExplainedEntry) -> pb.ExplainedCampaign:
    return pb.ExplainedCampaign(
        campaign_id=entry.campaign_id,
        treatment_id=entry.treatment_id,
        predicted_reward=entry.predicted_reward,
        lever=entry.lever,
        price=entry.price,
        weighted_reward=entry.weighted_reward,
        selection_probability=entry.selection_probability,
        gap=entry.gap,
        predicted_deviation=entry.predicted_deviation,
        contributions=[
            pb.Contribution(feature=part.feature, value=part.value, reward=part.reward) for part in entry.contributions
        ],
    )


def _rejected(explained: ExplainedRejection) -> pb.RejectedCampaign:
    rejection = explained.rejection
    return pb.RejectedCampaign(
        campaign_id=rejection.campaign_id,
        stage=enum_number(rejection.stage),
        rule=rejection.rule,
        reason=rejection.reason,
        expression=explained.expression,
        unknown_fields=explained.unknown_fields,
    )


def _shadow(shadow: ShadowDecision, eligible: tuple[str, ...]) -> pb.ShadowDecision:
    pairs = zip(eligible, shadow.selection_probabilities, strict=True)
    return pb.ShadowDecision(
        policy_version=shadow.policy_version,
        model_version=shadow.model_version,
        campaign_id=shadow.campaign_id,
        treatment_id=shadow.treatment_id,
        selection_probability=sum(share for campaign_id, share in pairs if campaign_id == shadow.campaign_id),
    )
