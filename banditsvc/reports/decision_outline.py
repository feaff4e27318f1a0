"""Decision outlines: what the funnel report needs of a decision, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.v1 import decision_pb2

_STAGES = {stage.value: stage for stage in FunnelStage}
_RESULTS = {result.value: result for result in Result}
_DECIDERS = {decider.value: decider for decider in DecidedBy}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionOutline:
    """One decision, short."""

    customer_id: str
    result: Result
    decided_by: DecidedBy
    campaign_id: str
    treatment_id: str
    shares: dict[str, float]
    """selection_probability of each eligible campaign."""
    rejections: tuple[Rejection, ...]
    explored: bool
    force_reason: str


def outline_of_decision(decision: Decision) -> DecisionOutline:
    """Returns the outline of a decision of the log."""
    shares: dict[str, float] = {}
    for campaign_id, share in zip(decision.eligible, decision.selection_probabilities, strict=True):
        shares[campaign_id] = shares.get(campaign_id, 0.0) + share
    return DecisionOutline(
        customer_id=decision.input.customer_id,
        result=decision.result,
        decided_by=decision.decided_by,
        campaign_id=decision.campaign_id,
        treatment_id=decision.treatment_id,
        shares=shares,
        rejections=decision.rejections,
        explored=decision.explored,
        force_reason=decision.force_reason,
    )


def outline_of_message(decision: decision_pb2.Decision) -> DecisionOutline:
    """Returns the outline of an answer of Rank, its ranking not cut.

    Raises:
        ValueError: It has enum values that this version does not know.
    """
    try:
        result, decided_by = _RESULTS[decision.result], _DECIDERS[decision.decided_by]
        rejections = [(one.campaign_id, _STAGES[one.stage], one.rule, one.reason) for one in decision.rejections]
    except KeyError as error:
        raise ValueError(f"the service is of a newer version: value {error} is not known") from None
    return DecisionOutline(
        customer_id=decision.customer_id,
        result=result,
        decided_by=decided_by,
        campaign_id=decision.campaign_id,
        treatment_id=decision.treatment_id,
        shares={ranked.campaign_id: ranked.selection_probability for ranked in decision.ranking},
        rejections=tuple(Rejection(*one) for one in rejections),
        explored=decision.explored,
        force_reason=decision.force_reason,
    )
