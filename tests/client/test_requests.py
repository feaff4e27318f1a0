"""Requests that are safe to send twice."""

from __future__ import annotations

from uuid import UUID

from banditsvc.client.requests import RankArguments, rank_request, reward_request
from banditsvc.v1 import ranking_pb2
from tests.rpc.messages import rank, reward


def test_a_request_without_a_name_gets_an_id() -> None:
    """Without decision_id and occasion a request gets a new UUIDv7, another one each time."""
    plain: RankArguments = {"portfolio_id": "shop", "customer_id": "c1"}
    ids = [rank_request(plain).decision_id, rank_request(plain).decision_id, rank_request(rank()).decision_id]
    assert [7, 7, 7] == [UUID(decision_id).version for decision_id in ids]
    assert 3 == len(set(ids))


def test_a_request_with_a_name_keeps_it() -> None:
    """A decision_id or an occasion makes a request safe as it is, and a dry run needs no id."""
    assert "d1" == rank_request(rank(decision_id="d1")).decision_id
    assert "" == rank_request(rank(occasion="o")).decision_id
    assert "" == rank_request(rank(dry_run=True)).decision_id


def test_a_message_is_not_changed() -> None:
    """The caller's own message stays as it was, so that it can be sent again as a new request."""
    message = rank()
    rank_request(message)
    assert "" == message.decision_id


def test_candidates_of_either_kind() -> None:
    """A text is an id of the catalogue, a mapping is a campaign given inline."""
    request = rank_request(
        {"portfolio_id": "shop", "customer_id": "c1", "candidates": ["sale", {"campaign_id": "new", "type": "GTM"}]}
    )
    expected = [
        ranking_pb2.Candidate(campaign_id="sale"),
        ranking_pb2.Candidate(inline={"campaign_id": "new", "type": 1}),
    ]
    assert expected == list(request.candidates)


def test_a_reward_is_as_it_is() -> None:
    """A reward gets no id of its own making: the service derives one, alike for each try."""
    assert reward() == reward_request(reward())
    assert "" == reward_request(reward()).outcome.outcome_id
