"""Replies of Reward: what became of outcomes, to the bytes of protobuf."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from banditsvc.core.errors import BanditError
from banditsvc.core.outcome import OutcomeStatus
from banditsvc.rpc.batch import within_batch
from banditsvc.rpc.status import status_of
from banditsvc.rpc.wire_bytes import field_tag, text_field, varint
from banditsvc.rpc.wire_number import enum_number
from banditsvc.serving.reward_call import RewardAnswer
from banditsvc.v1 import ranking_pb2 as pb

_RESULTS = field_tag(pb.BatchRewardResponse, "results")
_RESPONSE = pb.BatchRewardResult(status={}).SerializeToString() + field_tag(pb.BatchRewardResult, "response")
"""What stands before the response of a result: its status, which is success."""
_OUTCOME_ID = field_tag(pb.RewardResponse, "outcome_id")
_JOINED_ID = field_tag(pb.RewardResponse, "joined_decision_ids")
_STATUSES = {status: pb.RewardResponse(status=enum_number(status)).SerializeToString() for status in OutcomeStatus}
_KINDS_OF_RESULTS = 1_024


def reward_bytes(answer: RewardAnswer) -> bytes:
    """Returns a RewardResponse."""
    status, outcome_id, joined_ids = answer
    joined = [text_field(_JOINED_ID, decision_id) for decision_id in joined_ids]
    return b"".join([_STATUSES[status], text_field(_OUTCOME_ID, outcome_id), *joined])


def reward_results_bytes(answers: Sequence[RewardAnswer | BanditError]) -> bytes:
    """Returns a BatchRewardResponse: of each answer or error, in order, its status and its response if that is success."""
    parts: list[bytes] = []
    for place, answer in enumerate(answers):
        if isinstance(answer, BanditError):
            status = status_of(within_batch(answer, f"requests[{place}]"))
            parts.append(pb.BatchRewardResponse(results=[{"status": status}]).SerializeToString())
            continue
        status_number, outcome_id, joined_ids = answer
        named = outcome_id.encode()
        if len(joined_ids) == 1:
            # Nearly all: what stands between the ids is the same for many.
            joined = joined_ids[0].encode()
            head, middle = _frame(status_number, len(named), len(joined))
            parts += (head, named, middle, joined)
        else:
            response = reward_bytes(answer)
            response = _RESPONSE + varint(len(response)) + response
            parts += (_RESULTS, varint(len(response)), response)
    return b"".join(parts)


@lru_cache(maxsize=_KINDS_OF_RESULTS)
def _frame(status: OutcomeStatus, id_length: int, joined_length: int) -> tuple[bytes, bytes]:
    """Returns what stands before the outcome_id of a result, and between it and the decision_id that it joins."""
    before_id = _STATUSES[status] + _OUTCOME_ID + varint(id_length)
    middle = _JOINED_ID + varint(joined_length)
    before_response = _RESPONSE + varint(len(before_id) + id_length + len(middle) + joined_length)
    length = len(before_response) + len(before_id) + id_length + len(middle) + joined_length
    return _RESULTS + varint(length) + before_response + before_id, middle
