"""Records of the log as rows of the open form's tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from banditsvc.core.activation import Activation
from banditsvc.core.assignment import AssignedGroup
from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType
from banditsvc.core.consent import Consent, GivenConsent
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision, GhostDecision, RankInput, ShadowDecision
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.outcome import Outcome
from banditsvc.core.times import SECOND_US
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.log_campaign_rows import Row, catalogue_campaign, enum_name, features, inline_campaign
from banditsvc.ports import CampaignVersion, Recorded


def decision_row(recorded: Recorded[Decision]) -> Row:
    """Returns the row of a decision; its keys are the columns of log_schema.DECISIONS."""
    decision = recorded.value
    return {
        **_record(recorded, decision.input.portfolio_id),
        "decision_id": decision.decision_id,
        **_request(decision.input),
        **_context(decision.input.context),
        **_answer(decision),
    }


def outcome_row(recorded: Recorded[Outcome]) -> Row:
    """Returns the row of an outcome; its keys are the columns of log_schema.OUTCOMES."""
    outcome = recorded.value
    return {
        **_record(recorded, outcome.portfolio_id),
        "outcome_id": outcome.outcome_id,
        "revision": outcome.revision,
        "type": outcome.type.name,
        "custom_type": outcome.custom_type or None,
        "amount": outcome.amount,
        "occur_time": outcome.occur_time_us,
        "machine": outcome.machine,
        "decision_id": outcome.decision_id or None,
        "customer_id": outcome.customer_id or None,
        "campaign_id": outcome.campaign_id or None,
        "refunded_outcome_id": outcome.refunded_outcome_id or None,
        "channel": outcome.channel or None,
    }


def activation_row(recorded: Recorded[Activation]) -> Row:
    """Returns the row of an activation; its keys are the columns of log_schema.ACTIVATIONS."""
    activation = recorded.value
    return {
        **_record(recorded, activation.portfolio_id),
        "decision_id": activation.decision_id,
        "state": activation.state.name,
        "activate_time": activation.activate_time_us,
        "replaced_by": activation.replaced_by or None,
        "reason": activation.reason or None,
        "contact": contact_row(activation.contact),
    }


def consent_row(recorded: Recorded[Consent]) -> Row:
    """Returns the row of a consent; its keys are the columns of log_schema.CONSENTS."""
    consent = recorded.value
    return {
        "position": recorded.position,
        "record_time": recorded.record_time_us,
        "organization_id": consent.organization_id,
        "customer_id": consent.customer_id,
        "purpose": consent.purpose or None,
        "channel": consent.channel or None,
        "state": consent.state.name,
        "consent_time": consent.consent_time_us,
        "cause": consent.cause or None,
    }


def merge_row(recorded: Recorded[CustomerMerge]) -> Row:
    """Returns the row of a merge; its keys are the columns of log_schema.MERGES."""
    merge = recorded.value
    return {
        "position": recorded.position,
        "record_time": recorded.record_time_us,
        "organization_id": merge.organization_id,
        "merged_customer_id": merge.merged_customer_id,
        "surviving_customer_id": merge.surviving_customer_id,
        "reason": merge.reason or None,
    }


def enrollment_row(recorded: Recorded[Enrollment]) -> Row:
    """Returns the row of an enrollment; its keys are the columns of log_schema.ENROLLMENTS."""
    enrollment = recorded.value
    return {
        **_record(recorded, enrollment.portfolio_id),
        "organization_id": enrollment.organization_id,
        "customer_id": enrollment.customer_id,
        "assignment_key": enrollment.assignment_key or None,
        "channel": enrollment.channel or None,
        **_context(enrollment.context),
        "draws": [draw_row(draw) for draw in enrollment.draws],
    }


def campaign_row(recorded: Recorded[CampaignVersion]) -> Row:
    """Returns the row of a campaign's version; its keys are the columns of log_schema.CAMPAIGNS."""
    version = recorded.value
    return {
        **_record(recorded, version.portfolio_id),
        "catalogue_version": version.catalogue_version,
        **catalogue_campaign(version.campaign),
    }


def _record(recorded: Recorded[Any], portfolio_id: str) -> Row:
    return {"position": recorded.position, "record_time": recorded.record_time_us, "portfolio_id": portfolio_id}


def _request(asked: RankInput) -> Row:
    inline = [candidate for candidate in asked.candidates if isinstance(candidate, Campaign)]
    names = [candidate if isinstance(candidate, str) else candidate.campaign_id for candidate in asked.candidates]
    return {
        "customer_id": asked.customer_id,
        "occasion": asked.occasion or None,
        "send_time": asked.send_time_us,
        "channel": asked.channel or None,
        "placement": asked.placement or None,
        "candidates": names,
        "inline_campaigns": [inline_campaign(campaign) for campaign in inline],
        "excluded": asked.excluded,
        "supersedes": asked.supersedes or None,
        "defer_activation": asked.defer_activation,
        "is_test": asked.is_test,
        "assignment_key": asked.assignment_key or None,
        "consents": consent_rows(asked.consents),
        "forced_campaign_id": asked.forced_campaign_id or None,
    }


def _context(context: CustomerContext) -> Row:
    return {
        "recency_days": context.recency_days,
        "frequency": context.frequency,
        "monetary": context.monetary,
        "r": context.r,
        "f": context.f,
        "m": context.m,
        "segment": context.segment,
        "lifecycle_stage": enum_name(context.lifecycle_stage),
        "favourites": list(context.favourites.items()),
        **features(context.features),
        "time_zone": context.time_zone,
    }


def _answer(decision: Decision) -> Row:
    return {
        "result": decision.result.name,
        "decided_by": decision.decided_by.name,
        "campaign_id": decision.campaign_id or None,
        "selection_probability": decision.selection_probability if decision.is_probability_known else None,
        "probability_known": decision.is_probability_known,
        "explored": decision.explored,
        "eligible": decision.eligible,
        "selection_probabilities": decision.selection_probabilities,
        "predicted_rewards": decision.predicted_rewards,
        "rejections": [
            {"campaign_id": one.campaign_id, "stage": one.stage.name, "rule": one.rule, "reason": one.reason}
            for one in decision.rejections
        ],
        "group": decision.group.name,
        "group_share": decision.group_share,
        "draw_attempt": decision.draw_attempt,
        "learned_count": decision.learned.learned_count,
        "learned_reward_mean": decision.learned.reward_mean,
        "learned_reward_deviation": decision.learned.reward_deviation,
        "portfolio_version": decision.portfolio_version,
        "policy_version": decision.policy_version,
        "model_version": decision.model_version or None,
        "learner_version": decision.learner_version,
        "encoder_version": decision.encoder_version,
        "catalogue_version": decision.catalogue_version,
        "treatment_id": decision.treatment_id or None,
        "treatment_probability": decision.treatment_probability,
        "arm_probability": decision.arm_probability if decision.is_probability_known else None,
        "treatments": decision.treatments,
        "levers": decision.levers,
        "prices": decision.prices,
        "force_reason": decision.force_reason or decision.input.force_reason or None,
        "contact": contact_row(decision.contact),
        "shadow": _shadow(decision.shadow),
        "draws": [draw_row(draw) for draw in decision.draws],
        "would_have_sent": ghost_row(decision.would_have_sent),
        "predicted_deviations": decision.predicted_deviations,
        "traffic_split": traffic_split_row(decision.traffic_split),
        "traffic_share": decision.traffic_share,
    }


def consent_rows(consents: Iterable[GivenConsent]) -> list[Row]:
    """Returns the consents of a request as decision_row has them."""
    return [
        {"purpose": one.purpose or None, "channel": one.channel or None, "state": one.state.name} for one in consents
    ]


def traffic_split_row(split: TrafficSplit | None) -> Row | None:
    """Returns a traffic split as decision_row has it."""
    if split is None:
        return None
    return {
        "policy_version": split.policy_version,
        "challenger_policy_version": split.challenger_version,
        "challenger_share": split.challenger_share,
    }


def contact_row(contact: Contact | None) -> Row | None:
    """Returns a contact as decision_row has it."""
    if contact is None:
        return None
    campaign = contact.campaign
    return {
        "organization_id": contact.organization_id,
        "campaign_id": campaign.campaign_id,
        "type": CampaignType(campaign.type).name if campaign.type else None,
        "kind": CampaignKind(campaign.kind).name if campaign.kind else None,
        "channel": campaign.channel or None,
        "family": campaign.family or None,
        "category": campaign.category or None,
        "cost": campaign.cost,
        "contact_time": contact.contact_time_us,
        "hold_until": contact.hold_until_us,
    }


def _shadow(shadow: ShadowDecision | None) -> Row | None:
    if shadow is None:
        return None
    return {
        "policy_version": shadow.policy_version,
        "model_version": shadow.model_version or None,
        "campaign_id": shadow.campaign_id or None,
        "treatment_id": shadow.treatment_id or None,
        "selection_probabilities": shadow.selection_probabilities,
        "predicted_rewards": shadow.predicted_rewards,
        "predicted_deviations": shadow.predicted_deviations,
    }


def draw_row(draw: AssignedGroup) -> Row:
    """Returns a draw of a group as decision_row has it."""
    optimized, uniform_random, business_as_usual, holdout = draw.shares
    return {
        "owner": draw.owner.name,
        "channel": draw.channel or None,
        "assignment_version": draw.assignment_version,
        "group": draw.group.name,
        "optimized": optimized,
        "uniform_random": uniform_random,
        "business_as_usual": business_as_usual,
        "holdout": holdout,
        "horizon_seconds": draw.horizon_us / SECOND_US,
    }


def ghost_row(ghost: GhostDecision | None) -> Row | None:
    """Returns a ghost as decision_row has it."""
    if ghost is None:
        return None
    return {
        "decided_by": ghost.decided_by.name,
        "campaign_id": ghost.campaign_id,
        "treatment_id": ghost.treatment_id or None,
        "explored": ghost.explored,
        "contact": contact_row(ghost.contact),
    }
