"""Decisions from rows of the open form: the inverse of log_rows.decision_row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

import pyarrow as pa

from banditsvc.column_values import values_of
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import DecidedBy, Decision, LearnedState, RankInput, Result
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.log_struct_values import (
    Members,
    campaign_of,
    consent_of,
    contact_of,
    draw_of,
    features_of,
    ghost_of,
    rejection_of,
    shadow_of,
)


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What the open form does not say of decisions; the same for all rows that are read together."""

    has_send_time: bool = False
    """RankInput.has_send_time."""
    shadow_learned: LearnedState = LearnedState()
    """ShadowDecision.learned."""


def decisions_of(rows: pa.RecordBatch, unwritten: Unwritten) -> list[Decision]:
    """Returns the decisions of rows with the columns of log_schema.DECISIONS, in order; position and record_time may lack.

    Two of a decision's fields have one column, force_reason: the input has it where the caller forced a campaign.
    """
    columns = [values_of(rows.column(name)) for name in _COLUMNS]
    return [_decision(values, unwritten) for values in zip(*columns, strict=True)]


CONTEXT_COLUMNS = (
    "recency_days",
    "frequency",
    "monetary",
    "r",
    "f",
    "m",
    "segment",
    "lifecycle_stage",
    "favourites",
    "number_features",
    "text_features",
    "flag_features",
    "list_features",
    "time_zone",
)
_REQUEST = (
    "portfolio_id",
    "customer_id",
    "send_time",
    "candidates",
    "inline_campaigns",
    "excluded",
    "occasion",
    "supersedes",
    "channel",
    "placement",
    "defer_activation",
    "is_test",
    "assignment_key",
    "consents",
    "forced_campaign_id",
    "force_reason",
)
_ANSWER = (
    "decision_id",
    "result",
    "decided_by",
    "campaign_id",
    "eligible",
    "selection_probabilities",
    "predicted_rewards",
    "treatments",
    "treatment_id",
    "levers",
    "prices",
    "rejections",
    "explored",
    "group",
    "group_share",
    "draw_attempt",
    "learned_count",
    "learned_reward_mean",
    "learned_reward_deviation",
    "portfolio_version",
    "policy_version",
    "model_version",
    "learner_version",
    "encoder_version",
    "catalogue_version",
    "force_reason",
    "contact",
    "shadow",
    "draws",
    "would_have_sent",
    "predicted_deviations",
    "traffic_split",
)
_COLUMNS = tuple(dict.fromkeys((*CONTEXT_COLUMNS, *_REQUEST, *_ANSWER)))
_context_values, _request_values, _answer_values = (
    itemgetter(*[_COLUMNS.index(name) for name in names]) for names in (CONTEXT_COLUMNS, _REQUEST, _ANSWER)
)


def _decision(values: Members, unwritten: Unwritten) -> Decision:
    asked = _input(_request_values(values), context_of(_context_values(values)), unwritten)
    (
        decision_id,
        result,
        decided_by,
        campaign_id,
        eligible,
        probabilities,
        rewards,
        treatments,
        treatment_id,
        levers,
        prices,
        rejections,
        explored,
        group,
        group_share,
        draw_attempt,
        learned_count,
        reward_mean,
        reward_deviation,
        portfolio_version,
        policy_version,
        model_version,
        learner_version,
        encoder_version,
        catalogue_version,
        force_reason,
        contact,
        shadow,
        draws,
        ghost,
        deviations,
        split,
    ) = _answer_values(values)
    return Decision(
        decision_id=decision_id,
        input=asked,
        result=Result[result],
        decided_by=DecidedBy[decided_by],
        campaign_id=campaign_id or "",
        eligible=eligible,
        selection_probabilities=probabilities,
        predicted_rewards=rewards,
        treatments=treatments,
        treatment_id=treatment_id or "",
        levers=levers,
        prices=prices,
        rejections=tuple([rejection_of(one) for one in rejections]),
        explored=explored,
        group=AssignmentGroup[group],
        group_share=group_share,
        draw_attempt=draw_attempt,
        learned=_learned(learned_count, reward_mean, reward_deviation),
        portfolio_version=portfolio_version,
        policy_version=policy_version,
        model_version=model_version or "",
        learner_version=learner_version,
        encoder_version=encoder_version,
        catalogue_version=catalogue_version,
        force_reason=force_reason or "",
        contact=None if contact is None else contact_of(contact, asked),
        shadow=None if shadow is None else shadow_of(shadow, unwritten.shadow_learned),
        draws=tuple([draw_of(one) for one in draws]),
        would_have_sent=None if ghost is None else ghost_of(ghost, asked),
        predicted_deviations=deviations,
        traffic_split=None if split is None else TrafficSplit(*split),
    )


def _input(values: Members, context: CustomerContext, unwritten: Unwritten) -> RankInput:
    (
        portfolio_id,
        customer_id,
        send_time_us,
        candidates,
        inline,
        excluded,
        occasion,
        supersedes,
        channel,
        placement,
        defer_activation,
        is_test,
        assignment_key,
        consents,
        forced_campaign_id,
        force_reason,
    ) = values
    return RankInput(
        portfolio_id=portfolio_id,
        customer_id=customer_id,
        send_time_us=send_time_us,
        context=context,
        candidates=candidates_of(candidates, inline),
        excluded=excluded,
        occasion=occasion or "",
        supersedes=supersedes or "",
        channel=channel or "",
        placement=placement or "",
        defer_activation=defer_activation,
        is_test=is_test,
        has_send_time=unwritten.has_send_time,
        assignment_key=assignment_key or "",
        consents=tuple([consent_of(one) for one in consents]),
        forced_campaign_id=forced_campaign_id or "",
        force_reason=(force_reason or "") if forced_campaign_id else "",
    )


def candidates_of(names: tuple[str, ...], inline: tuple[Members, ...]) -> tuple[str | Campaign, ...]:
    """Returns candidates, from the columns candidates and inline_campaigns."""
    if not inline:
        return names
    described = {campaign[0]: campaign_of(campaign) for campaign in inline}
    return tuple([described.get(name, name) for name in names])


def context_of(values: Members) -> CustomerContext:
    """Returns a context, from the columns CONTEXT_COLUMNS."""
    recency_days, frequency, monetary, r, f, m, segment, stage, favourites, *further, time_zone = values
    return CustomerContext(
        recency_days=recency_days,
        frequency=frequency,
        monetary=monetary,
        r=r,
        f=f,
        m=m,
        segment=segment,
        lifecycle_stage=None if stage is None else LifecycleStage[stage],
        favourites=favourites,
        features=features_of(*further),
        time_zone=time_zone,
    )


# Many rows share few of these.
_learned: Callable[[int, float, float], LearnedState] = lru_cache(4_096)(LearnedState)
