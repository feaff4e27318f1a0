"""The requests of the client, made of keyword arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Required, TypedDict

import uuid_utils
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.client.plain import message_of
from banditsvc.v1 import campaign_pb2, consent_pb2, context_pb2, customer_pb2, history_pb2, outcome_pb2, ranking_pb2

Plain = Mapping[str, Any]
"""A message written as a mapping, see banditsvc.client.plain."""
Time = datetime | Timestamp


class RankArguments(TypedDict, total=False):
    """What Rank takes; see RankRequest for the meaning of each."""

    portfolio_id: Required[str]
    customer_id: Required[str]
    context: context_pb2.CustomerContext | Plain
    candidates: Sequence[str | campaign_pb2.Campaign | Plain]
    """Ids of the catalogue, or campaigns given inline."""
    excluded_campaign_ids: Sequence[str]
    occasion: str
    decision_id: str
    supersedes: str
    send_time: Time | None
    channel: str
    placement: str
    defer_activation: bool
    dry_run: bool
    is_test: bool
    limit: int | None
    ranking_limit: int | None
    assignment_key: str
    consents: Sequence[ranking_pb2.GivenConsent | Plain]
    forced_campaign_id: str
    force_reason: str


class ActivateArguments(TypedDict, total=False):
    """What Activate takes; see ActivateRequest."""

    decision_id: Required[str]
    state: Required[str | int]
    """SENT, NOT_SENT or REPLACED_BY."""
    activate_time: Time | None
    replaced_by_campaign_id: str
    reason: str


class RewardArguments(TypedDict, total=False):
    """What Reward takes: a portfolio_id and the members of Outcome."""

    portfolio_id: str
    type: Required[str | int]
    """CONVERSION, REVENUE and so on."""
    occur_time: Required[Time]
    custom_type: str
    amount: float | None
    currency: str
    outcome_id: str
    revision: int
    machine: bool
    decision_id: str
    customer_id: str
    campaign_id: str
    refunded_outcome_id: str
    channel: str
    """That an UNSUBSCRIBE or COMPLAINT blocks."""


RankLike = ranking_pb2.RankRequest | RankArguments
ActivateLike = ranking_pb2.ActivateRequest | ActivateArguments
RewardLike = ranking_pb2.RewardRequest | RewardArguments
MarkLike = outcome_pb2.FeedMark | Plain
ConsentLike = consent_pb2.Consent | Plain
EnrollmentLike = customer_pb2.Enrollment | Plain
MergeLike = customer_pb2.CustomerMerge | Plain
PastDecisionLike = history_pb2.PastDecision | Plain


def rank_request(arguments: RankLike) -> ranking_pb2.RankRequest:
    """Returns a RankRequest that is safe to send twice: one that names neither decision_id nor occasion gets an id."""
    if isinstance(arguments, ranking_pb2.RankRequest):
        request = ranking_pb2.RankRequest()
        request.CopyFrom(arguments)
    else:
        plain: dict[str, Any] = dict(arguments)
        plain["candidates"] = [_candidate(candidate) for candidate in plain.get("candidates", ())]
        request = message_of(ranking_pb2.RankRequest, plain)
    if not (request.decision_id or request.occasion or request.dry_run):
        request.decision_id = str(uuid_utils.uuid7())
    return request


def batch_rank_request(requests: Iterable[RankLike]) -> ranking_pb2.BatchRankRequest:
    """Returns a BatchRankRequest that is safe to send twice."""
    return ranking_pb2.BatchRankRequest(requests=map(rank_request, requests))


def activate_request(arguments: ActivateLike) -> ranking_pb2.ActivateRequest:
    """Returns an ActivateRequest."""
    return message_of(ranking_pb2.ActivateRequest, arguments)


def batch_activate_request(requests: Iterable[ActivateLike]) -> ranking_pb2.BatchActivateRequest:
    """Returns a BatchActivateRequest."""
    return ranking_pb2.BatchActivateRequest(requests=map(activate_request, requests))


def reward_request(arguments: RewardLike) -> ranking_pb2.RewardRequest:
    """Returns a RewardRequest. Without an outcome_id the service derives one from the content, alike for each try."""
    if isinstance(arguments, ranking_pb2.RewardRequest):
        return arguments
    outcome: dict[str, Any] = dict(arguments)
    portfolio_id = outcome.pop("portfolio_id", "")
    return ranking_pb2.RewardRequest(portfolio_id=portfolio_id, outcome=message_of(outcome_pb2.Outcome, outcome))


def batch_reward_request(
    requests: Iterable[RewardLike], portfolio_id: str = "", complete_through: Iterable[MarkLike] = ()
) -> ranking_pb2.BatchRewardRequest:
    """Returns a BatchRewardRequest."""
    return ranking_pb2.BatchRewardRequest(
        portfolio_id=portfolio_id,
        requests=map(reward_request, requests),
        complete_through=[message_of(outcome_pb2.FeedMark, mark) for mark in complete_through],
    )


def record_consents_request(
    consents: Iterable[ConsentLike], organization_id: str = ""
) -> consent_pb2.BatchRecordConsentsRequest:
    """Returns a BatchRecordConsentsRequest."""
    return consent_pb2.BatchRecordConsentsRequest(
        organization_id=organization_id, consents=[message_of(consent_pb2.Consent, consent) for consent in consents]
    )


def enroll_customers_request(
    portfolio_id: str, enrollments: Iterable[EnrollmentLike]
) -> customer_pb2.EnrollCustomersRequest:
    """Returns an EnrollCustomersRequest."""
    return customer_pb2.EnrollCustomersRequest(
        portfolio_id=portfolio_id, enrollments=[message_of(customer_pb2.Enrollment, one) for one in enrollments]
    )


def import_decisions_request(
    portfolio_id: str, decisions: Iterable[PastDecisionLike]
) -> history_pb2.ImportDecisionsRequest:
    """Returns an ImportDecisionsRequest."""
    return history_pb2.ImportDecisionsRequest(
        portfolio_id=portfolio_id, decisions=[message_of(history_pb2.PastDecision, one) for one in decisions]
    )


def merge_customers_request(
    merges: Iterable[MergeLike], organization_id: str = ""
) -> customer_pb2.MergeCustomersRequest:
    """Returns a MergeCustomersRequest."""
    return customer_pb2.MergeCustomersRequest(
        organization_id=organization_id, merges=[message_of(customer_pb2.CustomerMerge, one) for one in merges]
    )


def _candidate(candidate: Any) -> ranking_pb2.Candidate:
    if isinstance(candidate, ranking_pb2.Candidate):
        return candidate
    if isinstance(candidate, str):
        return ranking_pb2.Candidate(campaign_id=candidate)
    return ranking_pb2.Candidate(inline=message_of(campaign_pb2.Campaign, candidate))
