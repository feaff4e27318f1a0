"""Replies of Reward are written as bytes: they are those of the messages."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest, NotFound
from banditsvc.core.outcome import OutcomeStatus
from banditsvc.rpc.status import status_of
from banditsvc.rpc.wire_reward import reward_bytes, reward_results_bytes
from banditsvc.serving.reward_call import RewardAnswer
from banditsvc.v1 import ranking_pb2 as pb

_IDS = st.text(st.characters(codec="utf-8"), max_size=128)
_ANSWERS = st.builds(
    RewardAnswer, st.sampled_from(OutcomeStatus), _IDS, st.lists(_IDS, max_size=3).map(tuple) | st.tuples(_IDS)
)


def _message_of(answer: RewardAnswer) -> pb.RewardResponse:
    """Returns an answer as protobuf's own message, field by field."""
    return pb.RewardResponse(
        status=int(answer.status),  # type: ignore[arg-type]  # enum numbers
        outcome_id=answer.outcome_id,
        joined_decision_ids=answer.joined_decision_ids,
    )


@settings(derandomize=True, deadline=None)
@given(st.lists(_ANSWERS | st.just(NotFound("portfolio", "shop")), max_size=5))
def test_replies_are_those_of_protobuf(answers: list[RewardAnswer | BanditError]) -> None:
    """The bytes of a reply are read as the very message that protobuf makes of the same fields, in a batch and alone."""
    expected = pb.BatchRewardResponse(
        results=[
            pb.BatchRewardResult(status=status_of(answer))
            if isinstance(answer, BanditError)
            else pb.BatchRewardResult(status={}, response=_message_of(answer))
            for answer in answers
        ]
    )
    assert expected == pb.BatchRewardResponse.FromString(reward_results_bytes(answers))
    for answer in answers:
        if isinstance(answer, RewardAnswer):
            assert _message_of(answer) == pb.RewardResponse.FromString(reward_bytes(answer))


def test_what_is_wrong_with_an_outcome_of_a_batch_is_told_by_its_place() -> None:
    """The paths of a refused outcome's fields begin at the batch."""
    refused = InvalidRequest([FieldViolation("outcome.type", "is required")])
    reply = pb.BatchRewardResponse.FromString(reward_results_bytes([NotFound("portfolio", "shop"), refused]))
    path = FieldViolation("requests[1].outcome.type", "is required")
    assert status_of(InvalidRequest([path])) == reply.results[1].status
