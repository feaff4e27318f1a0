"""The client for asyncio."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, cast

import grpc
from google.protobuf.message import Message

from banditsvc.client import rpcs
from banditsvc.client.aio_audience import AsyncAudienceCalls
from banditsvc.client.channel import ClientOptions, arguments_of, credentials_of
from banditsvc.client.error import error_of_call
from banditsvc.client.plain import time_of
from banditsvc.client.requests import (
    ActivateArguments,
    ActivateLike,
    ConsentLike,
    EnrollmentLike,
    MarkLike,
    MergeLike,
    PastDecisionLike,
    RankArguments,
    RankLike,
    RewardArguments,
    RewardLike,
    Time,
    activate_request,
    batch_activate_request,
    batch_rank_request,
    batch_reward_request,
    enroll_customers_request,
    import_decisions_request,
    merge_customers_request,
    rank_request,
    record_consents_request,
    reward_request,
)
from banditsvc.client.rpcs import Rpc
from banditsvc.v1 import consent_pb2, customer_pb2, history_pb2, model_pb2, operations_pb2, ranking_pb2

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)


class AsyncClient(AsyncAudienceCalls):
    """Calls a banditsvc server; safe to share between tasks of one event loop.

    Make it while the event loop runs. Every method raises BanditsvcError. Messages may be written as plain mappings, see banditsvc.client.plain.

    Example:
        async with AsyncClient("127.0.0.1:50051") as client:
            answer = await client.rank(portfolio_id="shop", customer_id="c1", context={"recency_days": 12})
            print(answer.decision.campaign_id)
    """

    def __init__(self, address: str, options: ClientOptions | None = None) -> None:
        """Makes a client of the server at host:port; it connects at the first call."""
        self._options = options or ClientOptions()
        credentials, arguments = credentials_of(self._options), arguments_of(self._options)
        self._channel = (
            grpc.aio.secure_channel(address, credentials, options=arguments)
            if credentials
            else grpc.aio.insecure_channel(address, options=arguments)
        )
        self._stubs: dict[str, grpc.aio.UnaryUnaryMultiCallable[Any, Any]] = {}

    async def __aenter__(self) -> Self:
        """Returns the client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        await self.close()

    async def close(self) -> None:
        """Closes the connection. Calls in flight fail."""
        await self._channel.close(None)

    async def rank(self, **arguments: Unpack[RankArguments]) -> ranking_pb2.RankResponse:
        """Asks for a decision. Without decision_id and occasion a new id is made, so that a retry cannot decide twice."""
        return await self._call(rpcs.RANK, rank_request(arguments))

    async def batch_rank(self, requests: Iterable[RankLike]) -> ranking_pb2.BatchRankResponse:
        """Asks for up to 1,000 decisions; look at the status of each result, for example with check_status.

        Requests that name an occasion or a decision_id can be sent again where their status is UNAVAILABLE; the others
        get new ids at each call.
        """
        return await self._call(rpcs.BATCH_RANK, batch_rank_request(requests))

    async def activate(self, **arguments: Unpack[ActivateArguments]) -> ranking_pb2.ActivateResponse:
        """Says what became of a decision."""
        return await self._call(rpcs.ACTIVATE, activate_request(arguments))

    async def batch_activate(self, requests: Iterable[ActivateLike]) -> ranking_pb2.BatchActivateResponse:
        """Says what became of up to 1,000 decisions; look at the status of each result."""
        return await self._call(rpcs.BATCH_ACTIVATE, batch_activate_request(requests))

    async def reward(self, **arguments: Unpack[RewardArguments]) -> ranking_pb2.RewardResponse:
        """Posts one outcome. Posting it again is harmless."""
        return await self._call(rpcs.REWARD, reward_request(arguments))

    async def batch_reward(
        self, requests: Iterable[RewardLike], portfolio_id: str = "", complete_through: Iterable[MarkLike] = ()
    ) -> ranking_pb2.BatchRewardResponse:
        """Posts up to 1,000 outcomes, and marks of feeds that are complete with them; look at each result's status."""
        return await self._call(rpcs.BATCH_REWARD, batch_reward_request(requests, portfolio_id, complete_through))

    async def get_decision(self, decision_id: str, *, explain: bool = False) -> ranking_pb2.GetDecisionResponse:
        """Returns a stored decision and what became of it, and on request why it was made so."""
        request = ranking_pb2.GetDecisionRequest(decision_id=decision_id, explain=explain)
        return await self._call(rpcs.GET_DECISION, request)

    async def record_consents(
        self, consents: Iterable[ConsentLike], organization_id: str = ""
    ) -> consent_pb2.BatchRecordConsentsResponse:
        """Records up to 1,000 consents and denials; look at the status of each. An empty organization_id means default."""
        return await self._call(rpcs.BATCH_RECORD_CONSENTS, record_consents_request(consents, organization_id))

    async def get_consents(self, customer_id: str, organization_id: str = "") -> list[consent_pb2.Consent]:
        """Returns the latest word of a customer on each purpose and channel."""
        request = consent_pb2.GetConsentsRequest(organization_id=organization_id, customer_id=customer_id)
        return list((await self._call(rpcs.GET_CONSENTS, request)).consents)

    async def enroll_customers(
        self, portfolio_id: str, enrollments: Iterable[EnrollmentLike]
    ) -> customer_pb2.EnrollCustomersResponse:
        """Enrolls up to 1,000 customers in the groups of a portfolio; look at the status of each result."""
        return await self._call(rpcs.ENROLL_CUSTOMERS, enroll_customers_request(portfolio_id, enrollments))

    async def import_decisions(
        self, portfolio_id: str, decisions: Iterable[PastDecisionLike]
    ) -> history_pb2.ImportDecisionsResponse:
        """Imports up to 1,000 past sends; look at the status of each result. Post their outcomes before."""
        return await self._call(rpcs.IMPORT_DECISIONS, import_decisions_request(portfolio_id, decisions))

    async def merge_customers(
        self, merges: Iterable[MergeLike], organization_id: str = ""
    ) -> customer_pb2.MergeCustomersResponse:
        """Merges up to 1,000 pairs of ids; look at the status of each result. An empty organization_id means default."""
        return await self._call(rpcs.MERGE_CUSTOMERS, merge_customers_request(merges, organization_id))

    async def get_model(self, portfolio_id: str, model_version: str = "") -> model_pb2.Model:
        """Returns one model; an empty version means the one that Rank uses."""
        request = model_pb2.GetModelRequest(portfolio_id=portfolio_id, model_version=model_version)
        return (await self._call(rpcs.GET_MODEL, request)).model

    async def list_models(self, portfolio_id: str) -> list[model_pb2.Model]:
        """Returns all models of a portfolio, newest first."""
        pages = self._pages(rpcs.LIST_MODELS, model_pb2.ListModelsRequest(portfolio_id=portfolio_id))
        return [found async for page in pages for found in page.models]

    async def roll_back_model(self, portfolio_id: str, model_version: str) -> model_pb2.Model:
        """Serves an older model until told otherwise; an empty version follows the newest again."""
        request = model_pb2.RollBackModelRequest(portfolio_id=portfolio_id, model_version=model_version)
        return (await self._call(rpcs.ROLL_BACK_MODEL, request)).model

    async def relearn_model(self, portfolio_id: str) -> int:
        """Asks for a relearn from the log; returns the position of the request in the log."""
        request = model_pb2.RelearnModelRequest(portfolio_id=portfolio_id)
        return (await self._call(rpcs.RELEARN_MODEL, request)).log_position

    async def set_time(self, time: Time) -> None:
        """Sets the simulated clock, never backwards."""
        await self._call(rpcs.SET_TIME, operations_pb2.SetTimeRequest(time=time_of(time)))

    async def catch_up(self, portfolio_id: str, timeout_seconds: float = 600.0) -> operations_pb2.CatchUpResponse:
        """Waits until every decision that is due is learned from and the model is served."""
        request = operations_pb2.CatchUpRequest(portfolio_id=portfolio_id)
        return await self._call(rpcs.CATCH_UP, request, timeout_seconds)

    async def _call(self, rpc: Rpc[Q, R], request: Q, timeout_seconds: float | None = None) -> R:
        stub = self._stubs.get(rpc.path)
        if stub is None:
            stub = self._stubs[rpc.path] = self._channel.unary_unary(
                rpc.path,
                request_serializer=rpc.request.SerializeToString,
                response_deserializer=rpc.response.FromString,
            )
        try:
            answer = await stub(request, timeout=timeout_seconds or self._options.timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise error_of_call(error) from error
        return cast(R, answer)
