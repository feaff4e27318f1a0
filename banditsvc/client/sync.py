"""The client for plain code."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, cast

import grpc
from google.protobuf.message import Message

from banditsvc.client import rpcs
from banditsvc.client.channel import ClientOptions, open_channel
from banditsvc.client.error import error_of_call
from banditsvc.client.plain import message_of, time_of
from banditsvc.client.requests import (
    ActivateArguments,
    ActivateLike,
    MarkLike,
    Plain,
    RankArguments,
    RankLike,
    RewardArguments,
    RewardLike,
    Time,
    activate_request,
    batch_activate_request,
    batch_rank_request,
    batch_reward_request,
    rank_request,
    reward_request,
)
from banditsvc.client.rpcs import Rpc
from banditsvc.v1 import campaign_pb2, model_pb2, operations_pb2, policy_pb2, portfolio_pb2, ranking_pb2

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_PAGE_SIZE = 1000


class Client:
    """Calls a banditsvc server; safe to share between threads.

    Every method raises BanditsvcError. Messages may be written as plain mappings, see banditsvc.client.plain.

    Example:
        with Client("127.0.0.1:50051") as client:
            answer = client.rank(portfolio_id="shop", customer_id="c1", context={"recency_days": 12, "segment": "vip"})
            print(answer.decision.campaign_id)
    """

    def __init__(self, address: str, options: ClientOptions | None = None) -> None:
        """Makes a client of the server at host:port; it connects at the first call."""
        self._options = options or ClientOptions()
        self._channel = open_channel(address, self._options)
        self._stubs: dict[str, grpc.UnaryUnaryMultiCallable[Any, Any]] = {}

    def __enter__(self) -> Self:
        """Returns the client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        self.close()

    def close(self) -> None:
        """Closes the connection. Calls in flight fail."""
        self._channel.close()

    def rank(self, **arguments: Unpack[RankArguments]) -> ranking_pb2.RankResponse:
        """Asks for a decision. Without decision_id and occasion a new id is made, so that a retry cannot decide twice."""
        return self._call(rpcs.RANK, rank_request(arguments))

    def batch_rank(self, requests: Iterable[RankLike]) -> ranking_pb2.BatchRankResponse:
        """Asks for up to 1,000 decisions; look at the status of each result, for example with check_status.

        Requests that name an occasion or a decision_id can be sent again where their status is UNAVAILABLE; the others
        get new ids at each call.
        """
        return self._call(rpcs.BATCH_RANK, batch_rank_request(requests))

    def activate(self, **arguments: Unpack[ActivateArguments]) -> ranking_pb2.ActivateResponse:
        """Says what became of a decision."""
        return self._call(rpcs.ACTIVATE, activate_request(arguments))

    def batch_activate(self, requests: Iterable[ActivateLike]) -> ranking_pb2.BatchActivateResponse:
        """Says what became of up to 1,000 decisions; look at the status of each result."""
        return self._call(rpcs.BATCH_ACTIVATE, batch_activate_request(requests))

    def reward(self, **arguments: Unpack[RewardArguments]) -> ranking_pb2.RewardResponse:
        """Posts one outcome. Posting it again is harmless."""
        return self._call(rpcs.REWARD, reward_request(arguments))

    def batch_reward(
        self, requests: Iterable[RewardLike], portfolio_id: str = "", complete_through: Iterable[MarkLike] = ()
    ) -> ranking_pb2.BatchRewardResponse:
        """Posts up to 1,000 outcomes, and marks of feeds that are complete with them; look at each result's status."""
        return self._call(rpcs.BATCH_REWARD, batch_reward_request(requests, portfolio_id, complete_through))

    def get_decision(self, decision_id: str) -> ranking_pb2.GetDecisionResponse:
        """Returns a stored decision and what became of it."""
        return self._call(rpcs.GET_DECISION, ranking_pb2.GetDecisionRequest(decision_id=decision_id))

    def create_portfolio(self, portfolio: portfolio_pb2.Portfolio | Plain) -> portfolio_pb2.Portfolio:
        """Creates a portfolio and returns it as stored."""
        request = portfolio_pb2.CreatePortfolioRequest(portfolio=message_of(portfolio_pb2.Portfolio, portfolio))
        return (self._call(rpcs.CREATE_PORTFOLIO, request)).portfolio

    def get_portfolio(self, portfolio_id: str) -> portfolio_pb2.Portfolio:
        """Returns one portfolio."""
        request = portfolio_pb2.GetPortfolioRequest(portfolio_id=portfolio_id)
        return (self._call(rpcs.GET_PORTFOLIO, request)).portfolio

    def list_portfolios(self) -> list[portfolio_pb2.Portfolio]:
        """Returns all portfolios by portfolio_id."""
        found: list[portfolio_pb2.Portfolio] = []
        request = portfolio_pb2.ListPortfoliosRequest(page_size=_PAGE_SIZE)
        while True:
            page = self._call(rpcs.LIST_PORTFOLIOS, request)
            found.extend(page.portfolios)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    def update_portfolio(self, portfolio: portfolio_pb2.Portfolio | Plain) -> portfolio_pb2.Portfolio:
        """Replaces a portfolio's settings, based on the portfolio_version that it names, and returns it as stored."""
        request = portfolio_pb2.UpdatePortfolioRequest(portfolio=message_of(portfolio_pb2.Portfolio, portfolio))
        return (self._call(rpcs.UPDATE_PORTFOLIO, request)).portfolio

    def create_campaign(self, portfolio_id: str, campaign: campaign_pb2.Campaign | Plain) -> campaign_pb2.Campaign:
        """Adds a campaign to a portfolio's catalogue and returns it as stored."""
        message = message_of(campaign_pb2.Campaign, campaign)
        request = campaign_pb2.CreateCampaignRequest(portfolio_id=portfolio_id, campaign=message)
        return (self._call(rpcs.CREATE_CAMPAIGN, request)).campaign

    def get_campaign(self, portfolio_id: str, campaign_id: str) -> campaign_pb2.Campaign:
        """Returns one campaign."""
        request = campaign_pb2.GetCampaignRequest(portfolio_id=portfolio_id, campaign_id=campaign_id)
        return (self._call(rpcs.GET_CAMPAIGN, request)).campaign

    def list_campaigns(self, portfolio_id: str) -> list[campaign_pb2.Campaign]:
        """Returns a portfolio's whole catalogue by campaign_id."""
        found: list[campaign_pb2.Campaign] = []
        request = campaign_pb2.ListCampaignsRequest(portfolio_id=portfolio_id, page_size=_PAGE_SIZE)
        while True:
            page = self._call(rpcs.LIST_CAMPAIGNS, request)
            found.extend(page.campaigns)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    def update_campaign(self, portfolio_id: str, campaign: campaign_pb2.Campaign | Plain) -> campaign_pb2.Campaign:
        """Replaces a campaign as a whole and returns it as stored."""
        message = message_of(campaign_pb2.Campaign, campaign)
        request = campaign_pb2.UpdateCampaignRequest(portfolio_id=portfolio_id, campaign=message)
        return (self._call(rpcs.UPDATE_CAMPAIGN, request)).campaign

    def pause_campaign(self, portfolio_id: str, campaign_id: str) -> campaign_pb2.Campaign:
        """Pauses a campaign and returns it as stored."""
        request = campaign_pb2.PauseCampaignRequest(portfolio_id=portfolio_id, campaign_id=campaign_id)
        return (self._call(rpcs.PAUSE_CAMPAIGN, request)).campaign

    def create_policy(self, policy: policy_pb2.Policy | Plain) -> policy_pb2.Policy:
        """Stores a new policy version and returns it."""
        request = policy_pb2.CreatePolicyRequest(policy=message_of(policy_pb2.Policy, policy))
        return (self._call(rpcs.CREATE_POLICY, request)).policy

    def get_policy(self, portfolio_id: str, policy_version: int = 0) -> policy_pb2.GetPolicyResponse:
        """Returns one policy version; 0 means the one at work."""
        request = policy_pb2.GetPolicyRequest(portfolio_id=portfolio_id, policy_version=policy_version)
        return self._call(rpcs.GET_POLICY, request)

    def list_policies(self, portfolio_id: str) -> list[policy_pb2.Policy]:
        """Returns all policy versions of a portfolio, oldest first."""
        found: list[policy_pb2.Policy] = []
        request = policy_pb2.ListPoliciesRequest(portfolio_id=portfolio_id, page_size=_PAGE_SIZE)
        while True:
            page = self._call(rpcs.LIST_POLICIES, request)
            found.extend(page.policies)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    def deploy_policy(self, portfolio_id: str, policy_version: int) -> policy_pb2.DeployPolicyResponse:
        """Puts a policy version to work."""
        request = policy_pb2.DeployPolicyRequest(portfolio_id=portfolio_id, policy_version=policy_version)
        return self._call(rpcs.DEPLOY_POLICY, request)

    def get_model(self, portfolio_id: str, model_version: str = "") -> model_pb2.Model:
        """Returns one model; an empty version means the one that Rank uses."""
        request = model_pb2.GetModelRequest(portfolio_id=portfolio_id, model_version=model_version)
        return (self._call(rpcs.GET_MODEL, request)).model

    def list_models(self, portfolio_id: str) -> list[model_pb2.Model]:
        """Returns all models of a portfolio, newest first."""
        found: list[model_pb2.Model] = []
        request = model_pb2.ListModelsRequest(portfolio_id=portfolio_id, page_size=_PAGE_SIZE)
        while True:
            page = self._call(rpcs.LIST_MODELS, request)
            found.extend(page.models)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    def roll_back_model(self, portfolio_id: str, model_version: str) -> model_pb2.Model:
        """Serves an older model until told otherwise; an empty version follows the newest again."""
        request = model_pb2.RollBackModelRequest(portfolio_id=portfolio_id, model_version=model_version)
        return (self._call(rpcs.ROLL_BACK_MODEL, request)).model

    def relearn_model(self, portfolio_id: str) -> int:
        """Asks for a relearn from the log; returns the position of the request in the log."""
        request = model_pb2.RelearnModelRequest(portfolio_id=portfolio_id)
        return (self._call(rpcs.RELEARN_MODEL, request)).log_position

    def set_time(self, time: Time) -> None:
        """Sets the simulated clock, never backwards."""
        self._call(rpcs.SET_TIME, operations_pb2.SetTimeRequest(time=time_of(time)))

    def catch_up(self, portfolio_id: str, timeout_seconds: float = 600.0) -> operations_pb2.CatchUpResponse:
        """Waits until every decision that is due is learned from and the model is served."""
        request = operations_pb2.CatchUpRequest(portfolio_id=portfolio_id)
        return self._call(rpcs.CATCH_UP, request, timeout_seconds)

    def _call(self, rpc: Rpc[Q, R], request: Q, timeout_seconds: float | None = None) -> R:
        stub = self._stubs.get(rpc.path)
        if stub is None:
            stub = self._stubs[rpc.path] = self._channel.unary_unary(
                rpc.path,
                request_serializer=rpc.request.SerializeToString,
                response_deserializer=rpc.response.FromString,
            )
        try:
            answer = stub(request, timeout=timeout_seconds or self._options.timeout_seconds)
        except grpc.RpcError as error:
            raise error_of_call(error) from error
        return cast(R, answer)
