"""Structs of the open form as values: contacts, campaigns, draws and what else stands within a row.

Each function takes the members of a struct in the order of its type in log_columns; empty texts are null there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any, TypeVar

from banditsvc.core.assignment import AssignedGroup, AssignmentOwner
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType, Treatment
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.consent import ConsentState, GivenConsent
from banditsvc.core.contact import Contact
from banditsvc.core.context import FeatureValue
from banditsvc.core.decision import DecidedBy, GhostDecision, LearnedState, RankInput, ShadowDecision
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.rule import Rule
from banditsvc.core.times import SECOND_US

E = TypeVar("E", bound=IntEnum)
Members = tuple[Any, ...]

_MOST_REMEMBERED = 65_536


def features_of(*by_kind: Mapping[str, FeatureValue]) -> Mapping[str, FeatureValue]:
    """Returns the further features of the four columns as one mapping."""
    numbers, texts, flags, lists = by_kind
    return {**numbers, **texts, **flags, **lists} if texts or flags or lists else numbers


def campaign_of(values: Members) -> Campaign:
    """Returns a campaign given inline, from INLINE_CAMPAIGN."""
    (campaign_id, kind_of, purpose_kind, category, channel, offer_kind, family, *rest) = values
    *further, fixed_priority, start_us, end_us, treatments, cost, value, lever = rest[:-5]
    fields, purpose, placements, rules, learned_as = rest[-5:]
    return Campaign(
        campaign_id=campaign_id,
        type=_named(CampaignType, kind_of),
        kind=_named(CampaignKind, purpose_kind),
        category=category or "",
        channel=channel or "",
        offer_kind=offer_kind or "",
        family=family or "",
        features=features_of(*further),
        fixed_priority=fixed_priority,
        start_time_us=start_us,
        end_time_us=end_us,
        treatments=tuple([_treatment(one) for one in treatments]),
        cost=cost,
        value=value,
        lever=lever,
        message_fields=fields,
        purpose=purpose or "",
        placements=placements,
        rules=tuple(
            [
                Rule(name=name, expression=expression, stage=FunnelStage[stage], reason=reason or "")
                for name, expression, stage, reason in rules
            ]
        ),
        learned_as=learned_as or "",
    )


def _treatment(values: Members) -> Treatment:
    treatment_id, subject_line, tone, call_to_action, *further, message_fields = values
    return Treatment(
        treatment_id=treatment_id,
        subject_line=subject_line or "",
        tone=tone or "",
        call_to_action=call_to_action or "",
        features=features_of(*further),
        message_fields=message_fields,
    )


def contact_of(values: Members, asked: RankInput, *, is_ghost: bool = False) -> Contact:
    """Returns the contact of a decision, or of its ghost, from CONTACT."""
    organization_id, *labels, contact_time_us, hold_until_us = values
    return Contact(
        organization_id=organization_id,
        portfolio_id=asked.portfolio_id,
        customer_id=asked.customer_id,
        campaign=labels_of(tuple(labels)),
        contact_time_us=contact_time_us,
        hold_until_us=hold_until_us,
        is_ghost=is_ghost,
    )


def ghost_of(values: Members, asked: RankInput) -> GhostDecision:
    """Returns what a held-out customer would have got, from GHOST."""
    decided_by, campaign_id, treatment_id, explored, contact = values
    return GhostDecision(
        decided_by=DecidedBy[decided_by],
        campaign_id=campaign_id,
        treatment_id=treatment_id or "",
        explored=explored,
        contact=None if contact is None else contact_of(contact, asked, is_ghost=True),
    )


def shadow_of(values: Members, learned: LearnedState) -> ShadowDecision:
    """Returns what a second policy or model would have done, from SHADOW, and what its model had learned."""
    policy_version, model_version, campaign_id, treatment_id, probabilities, rewards, deviations = values
    return ShadowDecision(
        policy_version=policy_version,
        model_version=model_version or "",
        campaign_id=campaign_id or "",
        treatment_id=treatment_id or "",
        selection_probabilities=probabilities,
        predicted_rewards=rewards,
        predicted_deviations=deviations,
        learned=learned,
    )


def _named(names: type[E], name: str | None) -> E | None:
    return None if name is None else names[name]


# Many rows share few of these.
@lru_cache(_MOST_REMEMBERED)
def labels_of(values: Members) -> CampaignLabels:
    """Returns the labels of a campaign, from the members of log_schema's CONTACT that describe it, in their order."""
    campaign_id, kind_of, purpose_kind, channel, family, category, cost = values
    return CampaignLabels(
        campaign_id=campaign_id,
        type=0 if kind_of is None else int(CampaignType[kind_of]),
        kind=0 if purpose_kind is None else int(CampaignKind[purpose_kind]),
        channel=channel or "",
        family=family or "",
        category=category or "",
        cost=cost,
    )


@lru_cache(_MOST_REMEMBERED)
def rejection_of(values: Members) -> Rejection:
    """Returns a rejection, from REJECTION."""
    campaign_id, stage, rule, reason = values
    return Rejection(campaign_id, FunnelStage[stage], rule, reason)


@lru_cache(_MOST_REMEMBERED)
def draw_of(values: Members) -> AssignedGroup:
    """Returns the draw of a group, from DRAW."""
    owner, channel, assignment_version, group, *shares, horizon_seconds = values
    optimized, uniform_random, business_as_usual, holdout = shares
    return AssignedGroup(
        owner=AssignmentOwner[owner],
        channel=channel or "",
        assignment_version=assignment_version,
        group=AssignmentGroup[group],
        shares=(optimized, uniform_random, business_as_usual, holdout),
        horizon_us=round(horizon_seconds * SECOND_US),
    )


@lru_cache(_MOST_REMEMBERED)
def consent_of(values: Members) -> GivenConsent:
    """Returns what a request said of consent, from GIVEN_CONSENT."""
    purpose, channel, state = values
    return GivenConsent(purpose=purpose or "", channel=channel or "", state=ConsentState[state])
