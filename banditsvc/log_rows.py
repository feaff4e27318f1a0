"""Records of the log as rows of the open form's tables."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from banditsvc.core.activation import Activation
from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext, FeatureValue
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.outcome import Outcome
from banditsvc.ports import Recorded

Row = dict[str, Any]


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
        "inline_campaigns": [_inline(campaign) for campaign in inline],
        "excluded": asked.excluded,
        "supersedes": asked.supersedes or None,
        "defer_activation": asked.defer_activation,
        "is_test": asked.is_test,
    }


def _inline(campaign: Campaign) -> Row:
    return {
        "campaign_id": campaign.campaign_id,
        "type": _name(campaign.type),
        "kind": _name(campaign.kind),
        "category": campaign.category or None,
        "channel": campaign.channel or None,
        "offer_kind": campaign.offer_kind or None,
        "family": campaign.family or None,
        **_features(campaign.features),
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
        "lifecycle_stage": _name(context.lifecycle_stage),
        "favourites": list(context.favourites.items()),
        **_features(context.features),
    }


def _features(features: Mapping[str, FeatureValue]) -> Row:
    row: dict[str, list[tuple[str, FeatureValue]]] = {
        "number_features": [],
        "text_features": [],
        "flag_features": [],
        "list_features": [],
    }
    for name, value in features.items():
        row[_COLUMN_OF_FEATURE.get(type(value), "number_features")].append((name, value))
    return row


_COLUMN_OF_FEATURE = {str: "text_features", bool: "flag_features", tuple: "list_features"}


def _answer(decision: Decision) -> Row:
    return {
        "result": decision.result.name,
        "decided_by": decision.decided_by.name,
        "campaign_id": decision.campaign_id or None,
        "selection_probability": decision.selection_probability,
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
    }


def _name(value: IntEnum | None) -> str | None:
    return None if value is None else value.name
