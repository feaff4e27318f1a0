"""The peer of the service's benchmark: the same framework and messages, and nothing in between.

It parses the request and builds a fresh reply of the size that the service would send, in one process on one core. Its
threads are as patient as the service's.
"""

from __future__ import annotations

import asyncio
import sys

import grpc
import uvloop

from banditsvc.rpc.patient_threads import patient_threads
from banditsvc.v1 import decision_pb2, outcome_pb2, ranking_pb2, ranking_pb2_grpc

_PROBABILITY = 1.0 / 3.0


def _answer(request: ranking_pb2.RankRequest) -> ranking_pb2.RankResponse:
    ids = [candidate.campaign_id for candidate in request.candidates]
    ranking = [
        decision_pb2.RankedCampaign(
            campaign_id=campaign_id, selection_probability=_PROBABILITY, predicted_reward=_PROBABILITY
        )
        for campaign_id in ids
    ]
    decision = decision_pb2.Decision(
        decision_id="0198f3c2-7c1e-7a90-b1a5-2f5f0a7d9c11",
        portfolio_id=request.portfolio_id,
        customer_id=request.customer_id,
        result=decision_pb2.RESULT_CAMPAIGN,
        decided_by=decision_pb2.DECIDED_BY_POLICY,
        campaign_id=ids[0],
        selection_probability=_PROBABILITY,
        ranking=ranking,
        explored=True,
        portfolio_version=1,
        policy_version=1,
        model_version="untrained",
        encoder_version=1,
        catalogue_version=20,
    )
    decision.decision_time.FromMicroseconds(1_700_000_000_000_001)
    decision.send_time.FromMicroseconds(1_700_000_000_000_001)
    return ranking_pb2.RankResponse(decision=decision)


def _taken_in(request: ranking_pb2.RewardRequest) -> ranking_pb2.RewardResponse:
    outcome = request.outcome
    return ranking_pb2.RewardResponse(
        status=outcome_pb2.OUTCOME_STATUS_ACCEPTED,
        outcome_id=outcome.outcome_id,
        joined_decision_ids=[outcome.decision_id],
    )


class EmptyRankingService(ranking_pb2_grpc.RankingServiceServicer):
    """Answers without deciding or writing anything."""

    async def Rank(  # noqa: N802 - the generated base names it
        self, request: ranking_pb2.RankRequest, context: object
    ) -> ranking_pb2.RankResponse:
        del context
        return _answer(request)

    async def BatchRank(  # noqa: N802 - the generated base names it
        self, request: ranking_pb2.BatchRankRequest, context: object
    ) -> ranking_pb2.BatchRankResponse:
        del context
        results = [ranking_pb2.BatchRankResult(response=_answer(one)) for one in request.requests]
        return ranking_pb2.BatchRankResponse(results=results)

    async def Reward(  # noqa: N802 - the generated base names it
        self, request: ranking_pb2.RewardRequest, context: object
    ) -> ranking_pb2.RewardResponse:
        del context
        return _taken_in(request)

    async def BatchReward(  # noqa: N802 - the generated base names it
        self, request: ranking_pb2.BatchRewardRequest, context: object
    ) -> ranking_pb2.BatchRewardResponse:
        del context
        results = [ranking_pb2.BatchRewardResult(response=_taken_in(one)) for one in request.requests]
        return ranking_pb2.BatchRewardResponse(results=results)


async def _serve(port: int) -> None:
    with patient_threads():
        server = grpc.aio.server(options=[("grpc.max_receive_message_length", 16 << 20)])
    ranking_pb2_grpc.add_RankingServiceServicer_to_server(EmptyRankingService(), server)  # type: ignore[no-untyped-call]  # generated
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(_serve(int(sys.argv[1])))
