"""RankingService: Rank, Activate, Reward, their batches, and GetDecision."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any, TypeVar

from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest
from banditsvc.core.outcome import FeedMark, OutcomeStatus
from banditsvc.gathering import Gatherer
from banditsvc.rpc.batch import (
    CHUNK_SIZE,
    CHUNK_WEIGHT,
    answer_chunk,
    answer_chunks,
    check_size,
    result_fields,
)
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.metrics import Metrics
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.services import Services
from banditsvc.rpc.wire_activate import activate_answer_fields, read_activate
from banditsvc.rpc.wire_decision import rank_answer_bytes, rank_result_bytes, write_decision_view
from banditsvc.rpc.wire_explanation import write_explanation
from banditsvc.rpc.wire_outcome import read_marks, read_rewards
from banditsvc.rpc.wire_rank import read_rank
from banditsvc.rpc.wire_reward import reward_bytes, reward_results_bytes
from banditsvc.serving.ranking import RankAnswer, RankCall
from banditsvc.serving.reward_call import RewardAnswer, RewardCall
from banditsvc.v1 import ranking_pb2 as pb

T = TypeVar("T")

MOST_BATCH_CANDIDATES = 50_000
_REWARDS_AT_A_STRETCH = 250
"""Outcomes of a batch that are read and stored in one commit: with more each costs less, and other calls wait longer."""


class RankingServicer:
    """Answers RankingService."""

    def __init__(self, services: Services, metrics: Metrics) -> None:
        self._services = services
        self._metrics = metrics
        # What comes while a round runs is read, answered and written in one go: each of these is much quicker for many
        # in a row than in turns with all else that a server does.
        linger_seconds = services.committer.linger_seconds
        self._ranks: Gatherer[pb.RankRequest, bytes | BanditError] = Gatherer(
            self._rank_round, linger_seconds=linger_seconds, most_weight=CHUNK_WEIGHT, weight_of=_weight
        )
        self._rewards: Gatherer[pb.RewardRequest, bytes | BanditError] = Gatherer(
            self._reward_round, linger_seconds=linger_seconds, most_weight=CHUNK_SIZE
        )

    async def Rank(self, request: pb.RankRequest) -> bytes:  # noqa: N802 - RPC name
        """Picks among a customer's eligible campaigns; returns a RankResponse."""
        if request.supersedes:
            # It may have to wait for others, which those that need not are spared.
            return _value((await self._rank_round([request]))[0])
        return _value(await self._ranks.submit(request))

    async def BatchRank(self, request: pb.BatchRankRequest) -> bytes:  # noqa: N802 - RPC name
        """Ranks many requests, each with its own status; returns a BatchRankResponse."""
        check_size(request.requests)
        requests = list(request.requests)
        counts = self._candidate_counts(requests)
        if sum(counts) > MOST_BATCH_CANDIDATES:
            remedy = f"must have at most {MOST_BATCH_CANDIDATES:,} candidates together"
            raise InvalidRequest([FieldViolation("requests", remedy)])
        results: list[bytes] = []
        read = partial(read_rank, now_us=self._now_us())
        async for chunk in answer_chunks(requests, read, self._rank, counts):
            # Encoded chunk by chunk as well: a batch may answer with 50,000 campaigns.
            results += [rank_result_bytes(answer, item.ranking_limit or None) for item, answer in chunk]
        return b"".join(results)

    async def Activate(self, request: pb.ActivateRequest) -> pb.ActivateResponse:  # noqa: N802 - RPC name
        """Stores what became of a decision."""
        [status] = await self._services.activator.activate([read_activate(request)])
        return pb.ActivateResponse(**activate_answer_fields(_value(status)))

    async def BatchActivate(self, request: pb.BatchActivateRequest) -> pb.BatchActivateResponse:  # noqa: N802 - RPC name
        """Stores what became of many decisions, each with its own status."""
        check_size(request.requests)
        results: list[dict[str, Any]] = []
        async for chunk in answer_chunks(request.requests, read_activate, self._services.activator.activate):
            results += [result_fields(answer, activate_answer_fields) for _, answer in chunk]
        return pb.BatchActivateResponse(results=results)

    async def Reward(self, request: pb.RewardRequest) -> bytes:  # noqa: N802 - RPC name
        """Stores one outcome; returns a RewardResponse."""
        return _value(await self._rewards.submit(request))

    async def BatchReward(self, request: pb.BatchRewardRequest) -> bytes:  # noqa: N802 - RPC name
        """Stores many outcomes, each with its own status, and then the marks if all of them are stored.

        Returns a BatchRewardResponse.
        """
        check_size(request.requests)
        marks = self._read_marks(request, self._now_us())
        answers: list[RewardAnswer | BanditError] = []
        for first in range(0, len(request.requests), _REWARDS_AT_A_STRETCH):
            chunk = request.requests[first : first + _REWARDS_AT_A_STRETCH]
            answers += await self._reward(chunk, request.portfolio_id)
        response = reward_results_bytes(answers)
        if marks and all(map(_is_stored, answers)):
            await self._services.rewarder.post_marks(marks)
            response += pb.BatchRewardResponse(marks_stored=True).SerializeToString()
        return response

    async def GetDecision(self, request: pb.GetDecisionRequest) -> pb.GetDecisionResponse:  # noqa: N802 - RPC name
        """Returns a stored decision, what became of it and, if asked for, why it was made so."""
        require_ids(decision_id=request.decision_id)
        view = self._services.inspector.get(request.decision_id)
        answer = write_decision_view(view)
        if request.explain:
            decision = view.decision.value
            explanation = await self._services.explainer.explain(decision)
            answer.explanation.CopyFrom(write_explanation(explanation, decision.eligible, decision.shadow))
        return answer

    def _now_us(self) -> int:
        return self._services.clock.now_us()

    def _candidate_counts(self, requests: Sequence[pb.RankRequest]) -> list[int]:
        """Returns the number of each request's candidates; naming none means the live campaigns of the catalogue."""
        live_count = cache(self._services.resources.live_campaign_count)
        return [len(request.candidates) or live_count(request.portfolio_id) for request in requests]

    def _read_marks(self, request: pb.BatchRewardRequest, now_us: int) -> Sequence[FeedMark]:
        faults = Faults()
        marks = read_marks(request.complete_through, request.portfolio_id, now_us, faults)
        faults.raise_if_any()
        if marks:
            # An unknown portfolio fails the call before anything is written.
            self._services.resources.portfolio(request.portfolio_id)
        return marks

    async def _rank_round(self, requests: Sequence[pb.RankRequest]) -> list[bytes | BanditError]:
        found = await answer_chunk(requests, partial(read_rank, now_us=self._now_us()), self._rank)
        return [
            answer if isinstance(answer, BanditError) else rank_answer_bytes(answer, request.ranking_limit or None)
            for request, answer in zip(requests, found, strict=True)
        ]

    async def _rank(self, calls: Sequence[RankCall]) -> Sequence[RankAnswer | BanditError]:
        answers = await self._services.ranker.rank(calls)
        made, replays = [], 0
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, BanditError) or call.dry_run:
                continue
            if answer.is_replay:
                replays += 1
            else:
                made.append(answer.decision.value)
        self._metrics.replays.inc(replays)
        self._metrics.note_decisions(made)
        return answers

    async def _reward_round(self, requests: Sequence[pb.RewardRequest]) -> list[bytes | BanditError]:
        return [
            answer if isinstance(answer, BanditError) else reward_bytes(answer)
            for answer in await self._reward(requests)
        ]

    async def _reward(
        self, requests: Sequence[pb.RewardRequest], portfolio_id: str = ""
    ) -> list[RewardAnswer | BanditError]:
        read = read_rewards(requests, self._now_us(), portfolio_id)
        answered = iter(await self._services.rewarder.reward([call for call in read if isinstance(call, RewardCall)]))
        answers = [next(answered) if isinstance(call, RewardCall) else call for call in read]
        self._metrics.note_outcomes([answer.status for answer in answers if isinstance(answer, RewardAnswer)])
        return answers


def _weight(request: pb.RankRequest) -> int:
    return 1 + len(request.candidates)


def _is_stored(answer: RewardAnswer | BanditError) -> bool:
    return not isinstance(answer, BanditError) and answer.status is not OutcomeStatus.CONFLICT


def _value(answer: T | BanditError) -> T:
    if isinstance(answer, BanditError):
        raise answer
    return answer
