"""Replies of Rank are written as bytes: they are those of the messages."""

from __future__ import annotations

from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.errors import NotFound
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.ports import Recorded
from banditsvc.rpc.status import status_of
from banditsvc.rpc.wire_bytes import varint
from banditsvc.rpc.wire_decision import rank_answer_bytes, rank_result_bytes
from banditsvc.serving.ranking import RankAnswer
from banditsvc.v1 import decision_pb2 as pb
from banditsvc.v1 import ranking_pb2

TEXTS = st.text(st.characters(codec="utf-8"), max_size=128)
VERSIONS = st.integers(0, 2**40)
TIMES_US = st.integers(0, 2**50)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """Gives decisions for one of some campaigns without treatments, or for none."""
    eligible = tuple(sorted(draw(st.sets(st.text(st.characters(codec="utf-8"), min_size=1, max_size=128), max_size=6))))
    figures = st.tuples(*[st.floats(allow_nan=False) for _ in eligible])
    asked = RankInput(
        portfolio_id=draw(TEXTS),
        customer_id=draw(TEXTS),
        send_time_us=draw(TIMES_US),
        occasion=draw(TEXTS),
        assignment_key=draw(TEXTS),
        defer_activation=draw(st.booleans()),
        is_test=draw(st.booleans()),
    )
    return Decision(
        decision_id=draw(TEXTS),
        input=asked,
        result=draw(st.sampled_from(Result)),
        decided_by=draw(st.sampled_from(DecidedBy)),
        campaign_id=draw(st.sampled_from(("", *eligible))),
        eligible=eligible,
        selection_probabilities=draw(st.one_of(st.just(()), figures)),
        predicted_rewards=draw(st.one_of(st.just(()), st.tuples(figures))),
        rejections=draw(st.sampled_from([(), (Rejection("a", FunnelStage.CAPACITY, "rule", "reason"),)])),
        explored=draw(st.booleans()),
        group=draw(st.sampled_from(AssignmentGroup)),
        portfolio_version=draw(VERSIONS),
        policy_version=draw(VERSIONS),
        model_version=draw(TEXTS),
        encoder_version=draw(VERSIONS),
        catalogue_version=draw(VERSIONS),
        force_reason=draw(TEXTS),
        traffic_split=draw(st.sampled_from([None, TrafficSplit(1, 2, 0.25)])),
    )


def message_of(recorded: Recorded[Decision], limit: int | None, message_fields: dict[str, str]) -> pb.Decision:
    """Returns a decision as protobuf's own message, field by field."""
    made, asked = recorded.value, recorded.value.input
    message = pb.Decision(
        **{name: getattr(asked, name) for name in ("portfolio_id", "customer_id", "occasion")},
        **{name: getattr(made, name) for name in ("decision_id", "campaign_id", "model_version", "explored")},
        result=int(made.result),  # type: ignore[arg-type]  # enum numbers
        decided_by=int(made.decided_by),  # type: ignore[arg-type]
        group=int(made.group),  # type: ignore[arg-type]
        selection_probability=made.selection_probability if made.is_probability_known else 0.0,
        portfolio_version=made.portfolio_version,
        policy_version=made.policy_version,
        encoder_version=made.encoder_version,
        catalogue_version=made.catalogue_version,
        defer_activation=asked.defer_activation,
        is_test=asked.is_test,
        treatment_probability=1.0,
        assignment_key=asked.assignment_key or asked.customer_id,
        message_fields=message_fields,
    )
    message.decision_time.FromMicroseconds(recorded.record_time_us)
    message.send_time.FromMicroseconds(asked.send_time_us)
    if made.traffic_split is not None:
        message.traffic_share = made.traffic_share
    if made.result is not Result.HELD_OUT:
        message.force_reason = made.force_reason
        message.ranking.extend(ranking_of(made)[:limit])
        message.rejections.extend(
            pb.Rejection(campaign_id=r.campaign_id, stage=int(r.stage), rule=r.rule, reason=r.reason)  # type: ignore[arg-type]
            for r in made.rejections
        )
    return message


def ranking_of(made: Decision) -> list[pb.RankedCampaign]:
    """Returns the ranking, the chosen campaign first, then by predicted reward, then by campaign_id."""
    nothing = (0.0,) * len(made.eligible)
    [predicted] = made.predicted_rewards or (nothing,)
    rows = zip(made.eligible, made.selection_probabilities or nothing, predicted, strict=True)
    return [
        pb.RankedCampaign(campaign_id=campaign_id, selection_probability=probability, predicted_reward=reward)
        for campaign_id, probability, reward in sorted(
            rows, key=lambda row: (row[0] != made.campaign_id, -row[2], row[0])
        )
    ]


def bits(message: Message) -> bytes:
    """Returns a message in the one form that protobuf gives equal messages."""
    return message.SerializeToString(deterministic=True)


@settings(derandomize=True)
@given(decisions(), TIMES_US, st.one_of(st.none(), st.integers(1, 4)), st.sampled_from([{}, {"url": "é"}]), st.data())
def test_a_reply_is_that_of_protobuf(
    made: Decision, time_us: int, limit: int | None, message_fields: dict[str, str], data: st.DataObject
) -> None:
    """The bytes of a reply are read as the very message that protobuf makes of the same fields."""
    is_replay, differs, paused = data.draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    recorded = Recorded(1, time_us, made)
    answer = RankAnswer(recorded, is_replay, differs, paused, message_fields)
    expected = ranking_pb2.RankResponse(
        decision=message_of(recorded, limit, message_fields),
        is_replay=is_replay,
        request_differs=is_replay and differs,
        campaign_paused=is_replay and paused,
    )
    assert bits(expected) == bits(ranking_pb2.RankResponse.FromString(rank_answer_bytes(answer, limit)))
    results = ranking_pb2.BatchRankResponse(results=[ranking_pb2.BatchRankResult(status={}, response=expected)])
    assert bits(results) == bits(ranking_pb2.BatchRankResponse.FromString(rank_result_bytes(answer, limit)))


def test_a_reply_to_what_failed() -> None:
    """A result of what could not be decided has its status and no response."""
    error = NotFound("portfolio", "shop")
    expected = ranking_pb2.BatchRankResponse(results=[ranking_pb2.BatchRankResult(status=status_of(error))])
    assert expected == ranking_pb2.BatchRankResponse.FromString(rank_result_bytes(error, None))


@settings(derandomize=True)
@given(st.one_of(st.integers(0, 2**15), st.integers(0, 2**63 - 1)))
def test_a_whole_number_is_that_of_protobuf(number: int) -> None:
    """The bytes of a whole number are those that protobuf gives it."""
    expected = ranking_pb2.ShadowDecision(policy_version=number).SerializeToString()
    assert expected == (b"\x08" + varint(number) if number else b"")
