"""Decisions: core value to protobuf.

They are written as bytes: making the messages of a reply takes twice as long, and of a batch it is done for each decision.
What is the same for many decisions, and what few have, protobuf itself writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from operator import attrgetter
from struct import Struct
from typing import Any

from banditsvc.core.activation import ActivationState
from banditsvc.core.decision import Decision, Result
from banditsvc.core.errors import BanditError
from banditsvc.ports import Recorded
from banditsvc.rpc.status import status_of
from banditsvc.rpc.wire_bytes import field_tag, text_field, with_length
from banditsvc.rpc.wire_number import enum_number
from banditsvc.rpc.wire_ranking import ranking_field
from banditsvc.rpc.wire_time import write_time
from banditsvc.serving.inspecting import DecisionView
from banditsvc.serving.ranking import RankAnswer
from banditsvc.v1 import decision_pb2
from banditsvc.v1 import ranking_pb2 as pb

_Fields = dict[str, Any]

# SUPERSEDED is set by the service alone and has no number on the wire: to a caller the decision did not go out.
_ON_THE_WIRE = {ActivationState.SUPERSEDED: ActivationState.NOT_SENT}

_RESULTS = field_tag(pb.BatchRankResponse, "results")
_RESPONSE = pb.BatchRankResult(status={}).SerializeToString() + field_tag(pb.BatchRankResult, "response")
"""What stands before the response of a result: its status, which is success."""
_DECISION = field_tag(pb.RankResponse, "decision")
_DECISION_ID, _CUSTOMER_ID, _OCCASION, _CAMPAIGN_ID, _ASSIGNMENT_KEY = (
    field_tag(decision_pb2.Decision, name)
    for name in ("decision_id", "customer_id", "occasion", "campaign_id", "assignment_key")
)
_PROBABILITY = field_tag(decision_pb2.Decision, "selection_probability")
_double = Struct("<d").pack

_COMMON = (
    *("result", "decided_by", "explored", "group"),
    *("portfolio_version", "policy_version", "model_version", "encoder_version", "catalogue_version"),
)
_ASKED = ("portfolio_id", "defer_activation", "is_test")
_common_values, _asked_values = attrgetter(*_COMMON), attrgetter(*_ASKED)
_KINDS_OF_DECISIONS, _TIMES = 256, 64


def rank_result_bytes(answer: RankAnswer | BanditError, ranking_limit: int | None) -> bytes:
    """Returns a BatchRankResponse with one result: its status, and its response where that is success."""
    if isinstance(answer, BanditError):
        return pb.BatchRankResponse(results=[{"status": status_of(answer)}]).SerializeToString()
    return with_length(_RESULTS, with_length(_RESPONSE, rank_answer_bytes(answer, ranking_limit)))


def rank_answer_bytes(answer: RankAnswer, ranking_limit: int | None) -> bytes:
    """Returns a RankResponse."""
    written = with_length(_DECISION, decision_bytes(answer.decision, ranking_limit, answer.message_fields))
    if not answer.is_replay:
        return written
    differs, paused = answer.request_differs, answer.campaign_paused
    return (
        written + pb.RankResponse(is_replay=True, request_differs=differs, campaign_paused=paused).SerializeToString()
    )


def decision_bytes(
    recorded: Recorded[Decision], ranking_limit: int | None, message_fields: Mapping[str, str] | None = None
) -> bytes:
    """Returns a Decision, its ranking cut to the first ranking_limit campaigns."""
    decision, wanted = recorded.value, recorded.value.input
    customer_id, campaign_id = wanted.customer_id, decision.campaign_id
    parts = [
        text_field(_DECISION_ID, decision.decision_id),
        text_field(_CUSTOMER_ID, customer_id),
        text_field(_ASSIGNMENT_KEY, wanted.assignment_key or customer_id),
        _common(*_common_values(decision), *_asked_values(wanted)),
        _times(recorded.record_time_us, wanted.send_time_us),
    ]
    if wanted.occasion:
        parts.append(text_field(_OCCASION, wanted.occasion))
    if campaign_id:
        parts.append(text_field(_CAMPAIGN_ID, campaign_id))
    # What is not known is not said.
    if decision.is_probability_known:
        parts.append(_PROBABILITY + _double(decision.selection_probability))
    # What would have been sent, and what it was chosen from, is in the log alone.
    if decision.result is not Result.HELD_OUT:
        parts.append(ranking_field(decision, ranking_limit))
    if fields := _seldom_fields(decision, message_fields):
        parts.append(decision_pb2.Decision(**fields).SerializeToString())
    return b"".join(parts)


def _seldom_fields(decision: Decision, message_fields: Mapping[str, str] | None) -> _Fields:
    """Returns what few decisions have, or have another value of than _common says."""
    fields: _Fields = {}
    is_held_out = decision.result is Result.HELD_OUT
    if decision.rejections and not is_held_out:
        fields["rejections"] = [
            {"campaign_id": r.campaign_id, "stage": r.stage, "rule": r.rule, "reason": r.reason}
            for r in decision.rejections
        ]
    if decision.treatment_id:
        fields["treatment_id"] = decision.treatment_id
        fields["treatment_probability"] = decision.treatment_probability
    if decision.force_reason and not is_held_out:
        fields["force_reason"] = decision.force_reason
    if decision.traffic_split is not None:
        fields["traffic_share"] = decision.traffic_share
    if message_fields:
        fields["message_fields"] = message_fields
    return fields


@lru_cache(maxsize=_KINDS_OF_DECISIONS)
def _common(*values: Any) -> bytes:
    """Returns what is the same for many decisions: the fields of _COMMON and, of their requests, of _ASKED."""
    fields = dict(zip((*_COMMON, *_ASKED), values, strict=True))
    return decision_pb2.Decision(**fields, treatment_probability=1.0).SerializeToString()


@lru_cache(maxsize=_TIMES)
def _times(record_time_us: int, send_time_us: int) -> bytes:
    """Returns both times of a decision: those of a batch may have the same."""
    return decision_pb2.Decision(
        decision_time=write_time(record_time_us), send_time=write_time(send_time_us)
    ).SerializeToString()


def write_decision_view(view: DecisionView) -> pb.GetDecisionResponse:
    """Returns a stored decision and what became of it."""
    decision = decision_pb2.Decision.FromString(decision_bytes(view.decision, None, view.message_fields))
    activation = view.activation.value if view.activation else None
    return pb.GetDecisionResponse(
        decision=decision,
        activation_state=enum_number(_ON_THE_WIRE.get(activation.state, activation.state) if activation else None),
        activate_time=write_time(activation.activate_time_us) if activation else None,
        settle_state=enum_number(view.settle_state),
        due_time=write_time(view.due_time_us),
        reward=view.reward,
        outcome_ids=view.outcome_ids,
        exclusion_id=view.exclusion_id,
        provisional_age=None if view.provisional_age_us is None else write_time(view.provisional_age_us),
    )
