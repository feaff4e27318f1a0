"""ExclusionService over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.v1 import exclusion_pb2, outcome_pb2, ranking_pb2
from tests.rpc.live import START_SECONDS, Live
from tests.rpc.messages import open_shop

NOW = datetime.fromtimestamp(START_SECONDS, UTC)
HOUR = timedelta(hours=1)
COUNT = 8


@pytest.fixture
def live() -> Iterator[Live]:
    """A service that learns from clicks within an hour."""
    with Live(learns=True) as service:
        open_shop(service)
        yield service


@pytest.fixture
def client(live: Live) -> Iterator[Client]:
    """A client of that service, after eight decisions of which the model has learned."""
    with Client(live.address) as connected:
        for number in range(COUNT):
            connected.rank(portfolio_id="shop", customer_id=f"c{number}", decision_id=f"d{number}", send_time=NOW)
        connected.set_time(NOW + 2 * HOUR)
        connected.catch_up("shop")
        yield connected


def exclusion(**changes: Any) -> dict[str, Any]:
    """Returns an exclusion of the first hour."""
    return {"portfolio_id": "shop", "start_time": NOW, "end_time": NOW + HOUR, "reason": "sent twice"} | changes


def refused(call: Any) -> BanditsvcError:
    """Returns what a call is refused with."""
    with pytest.raises(BanditsvcError) as caught:
        call()
    return caught.value


def test_a_dry_run_counts_and_stores_nothing(client: Client) -> None:
    """A dry run says by campaign how many decisions are covered and how many of them were learned from."""
    client.rank(portfolio_id="shop", customer_id="late", send_time=NOW + HOUR)
    found = client.create_exclusion(exclusion(), dry_run=True)

    assert (COUNT, COUNT, False) == (found.exclusion.decision_count, found.learned_count, found.is_repeat)
    assert COUNT == sum(one.decision_count for one in found.campaigns)
    counts = [one.decision_count for one in found.campaigns]
    assert sorted(counts, reverse=True) == counts
    assert (0, exclusion_pb2.EXCLUSION_STATE_UNSPECIFIED) == (found.exclusion.exclusion_id, found.exclusion.state)
    assert [] == client.list_exclusions("shop")
    everything = client.create_exclusion({"portfolio_id": "shop", "reason": "all"}, dry_run=True)
    assert (COUNT + 1, COUNT) == (everything.exclusion.decision_count, everything.learned_count)


def test_what_is_excluded_is_forgotten_and_what_is_revoked_comes_back(client: Client) -> None:
    """The model relearns by itself after each word; the list says who said what and when, for ever."""
    made = client.create_exclusion(exclusion(author="Ann")).exclusion
    assert (1, exclusion_pb2.EXCLUSION_STATE_ACTIVE, COUNT) == (made.exclusion_id, made.state, made.decision_count)
    assert 0 == client.catch_up("shop").learned_count
    seen = client.get_decision("d0")
    assert (1, ranking_pb2.SETTLE_STATE_NOT_LEARNED) == (seen.exclusion_id, seen.settle_state)

    ended = client.revoke_exclusion("shop", 1, "it was not", author="Bob")
    assert (exclusion_pb2.EXCLUSION_STATE_REVOKED, "it was not") == (ended.state, ended.revoke_reason)
    assert COUNT == client.catch_up("shop").learned_count
    seen = client.get_decision("d0")
    assert (0, ranking_pb2.SETTLE_STATE_SETTLED) == (seen.exclusion_id, seen.settle_state)
    [listed] = client.list_exclusions("shop")
    assert ended == listed
    assert ("Ann", "Bob", "sent twice") == (listed.author, listed.revoke_author, listed.reason)
    assert NOW <= listed.create_time.ToDatetime(UTC) < listed.revoke_time.ToDatetime(UTC)


def test_saying_it_again_is_harmless_and_replays_are_as_before(client: Client) -> None:
    """The same exclusion is stored once while it is in force; a decision is replayed and rewarded as if it were none."""
    first = client.create_exclusion(exclusion())
    again = client.create_exclusion(exclusion())
    assert [(1, False), (1, True)] == [(one.exclusion.exclusion_id, one.is_repeat) for one in (first, again)]
    replay = client.rank(portfolio_id="shop", customer_id="c0", decision_id="d0", send_time=NOW)
    assert replay.is_replay
    late = client.reward(portfolio_id="shop", type="CLICK", decision_id="d0", occur_time=NOW + timedelta(minutes=5))
    assert outcome_pb2.OUTCOME_STATUS_LATE == late.status
    client.revoke_exclusion("shop", 1, "no")
    assert 2 == client.create_exclusion(exclusion()).exclusion.exclusion_id
    assert [2, 1] == [one.exclusion_id for one in client.list_exclusions("shop")]


def test_new_decisions_count_in_the_list(client: Client) -> None:
    """An exclusion without end covers what is decided later; the count follows."""
    made = client.create_exclusion(exclusion(end_time=None, campaigns={"campaign_ids": ["news", "sale", "winback"]}))
    client.rank(portfolio_id="shop", customer_id="late", send_time=NOW + 3 * HOUR)
    assert COUNT == made.exclusion.decision_count
    assert [COUNT + 1] == [one.decision_count for one in client.list_exclusions("shop")]
    client.rank(portfolio_id="shop", customer_id="later", send_time=NOW + 3 * HOUR)
    assert [COUNT + 2] == [one.decision_count for one in client.list_exclusions("shop")]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"end_time": NOW}, "exclusion.end_time", "must be after start_time"),
        ({"reason": ""}, "exclusion.reason", "is required"),
        ({"reason": "  "}, "exclusion.reason", "is required"),
        ({"reason": "x" * 257}, "exclusion.reason", "at most 256 characters"),
        ({"portfolio_id": ""}, "exclusion.portfolio_id", "is required"),
        ({"campaigns": {"campaign_ids": ["news", "nwes"]}}, "exclusion.campaigns.campaign_ids[1]", "'nwes' is not"),
        ({"campaigns": {"families": ["x"]}}, "exclusion.campaigns.families[0]", "must be of the catalogue"),
    ],
)
def test_what_is_malformed_is_refused_by_its_field(
    client: Client, changes: dict[str, Any], field: str, words: str
) -> None:
    """An end before the start, a reason that is none, and names that nobody has are refused, in a dry run too."""
    for dry_run in (True, False):
        error = refused(lambda dry_run=dry_run: client.create_exclusion(exclusion(**changes), dry_run=dry_run))
        assert grpc.StatusCode.INVALID_ARGUMENT is error.code
        assert [(field, True)] == [(one.field, words in one.description) for one in error.violations]
    assert [] == client.list_exclusions("shop")


def test_what_does_not_exist_or_has_ended_cannot_be_ended(client: Client) -> None:
    """An unknown portfolio or exclusion is NOT_FOUND; an exclusion is revoked once, with a reason."""
    unknown = refused(lambda: client.create_exclusion(exclusion(portfolio_id="none")))
    assert grpc.StatusCode.NOT_FOUND is unknown.code
    assert grpc.StatusCode.NOT_FOUND is refused(lambda: client.list_exclusions("none")).code
    assert grpc.StatusCode.NOT_FOUND is refused(lambda: client.revoke_exclusion("shop", 7, "no")).code
    empty = refused(lambda: client.revoke_exclusion("shop", 0, ""))
    assert ["exclusion_id", "reason"] == [one.field for one in empty.violations]
    client.create_exclusion(exclusion())
    client.revoke_exclusion("shop", 1, "it was not")
    twice = refused(lambda: client.revoke_exclusion("shop", 1, "again"))
    assert (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_REVOKED") == (twice.code, twice.reason)
    assert "was revoked before: it was not" in twice.message


def test_there_are_at_most_so_many_in_force(client: Client) -> None:
    """The 201st exclusion in force is refused, and taken once another has ended."""
    for number in range(200):
        client.create_exclusion(exclusion(reason=f"reason {number}"))
    refusal = refused(lambda: client.create_exclusion(exclusion()))
    assert "TOO_MANY_EXCLUSIONS" == refusal.reason
    client.revoke_exclusion("shop", 3, "no")
    assert 201 == client.create_exclusion(exclusion()).exclusion.exclusion_id
