"""Groups over a real connection: what a held-out customer's caller sees, and what of the settings is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.client.plain import message_of
from banditsvc.core.decision_id import DRY_RUN_PREFIX
from banditsvc.v1 import decision_pb2, ranking_pb2
from tests.rpc.live import START_SECONDS, Live
from tests.rpc.messages import portfolio, rank

SECRETS = ("secret-news", "secret-sale", "secret-winback", "secret-tone", "secret-template", "secret-pin")
"""Names of what a held-out customer might have got."""
SHARES = ("uniform_random", "business_as_usual", "holdout")
START = datetime.fromtimestamp(START_SECONDS, UTC)


@pytest.fixture
def held_out() -> Iterator[Client]:
    """A client of a service with a portfolio that holds out everyone."""
    with Live() as live, Client(live.address) as client:
        client.create_portfolio(portfolio(assignments=[{"holdout": 1.0}]))
        for place, campaign_id in enumerate(SECRETS[:3], start=1):
            campaign: dict[str, Any] = {"campaign_id": campaign_id, "fixed_priority": place, "family": campaign_id}
            campaign["treatments"] = [{"treatment_id": "secret-tone", "tone": "secret-tone"}]
            campaign["message_fields"] = {"template": "secret-template"}
            if place == 1:
                campaign["pins"] = [{"name": "secret-pin", "expression": "segment == 'vip'"}]
            if place == 2:
                campaign["rules"] = [{"name": "secret-pin", "expression": "segment != 'family'"}]
            client.create_campaign("shop", campaign)
        yield client


def test_a_held_out_answer_reveals_nothing(held_out: Client) -> None:
    """No answer about a held-out customer names a campaign, a treatment, a rule or a pin, whatever is asked and forced."""
    asked: tuple[dict[str, Any], ...] = (
        {},
        {"dry_run": True},
        {"context": {"segment": "vip"}},
        {"context": {"segment": "family"}},
        {"candidates": [{"campaign_id": "secret-sale"}], "occasion": "monday"},
        {"candidates": [{"campaign_id": "secret-sale"}], "occasion": "monday"},
        {"forced_campaign_id": "secret-winback", "force_reason": "because"},
        {"excluded_campaign_ids": list(SECRETS[:3])},
        {"defer_activation": True},
        {"is_test": True},
    )
    for number, one in enumerate(asked):
        one["portfolio_id"], one["customer_id"] = "shop", f"c{number // 2}"
    requests = [message_of(ranking_pb2.RankRequest, one) for one in asked]
    answers: list[Any] = [held_out.rank(**one) for one in asked]
    answers += [result.response for result in held_out.batch_rank(requests).results]
    for answer in list(answers):
        decision = answer.decision
        assert (decision_pb2.RESULT_HELD_OUT, decision_pb2.DECIDED_BY_HOLDOUT) == (decision.result, decision.decided_by)
        if not decision.decision_id.startswith(DRY_RUN_PREFIX):
            answers.append(held_out.get_decision(decision.decision_id, explain=True))
            assert answers[-1].HasField("explanation")
    assert 38 == len(answers)
    for answer in answers:
        told = answer.SerializeToString()
        assert not [secret for secret in SECRETS if secret.encode() in told]


def test_held_out_customers_wait_for_no_campaign(held_out: Client) -> None:
    """Pausing a campaign counts no ghost among the decisions that wait to be sent."""
    for number in range(20):
        held_out.rank(portfolio_id="shop", customer_id=f"c{number}", defer_activation=True)
    for campaign_id in SECRETS[:3]:
        assert 0 == held_out.pause_campaign("shop", campaign_id).unsent_count


def test_a_decision_says_its_group(client: Client) -> None:
    """An answer has the group and the key by which the customer is in it."""
    client.create_portfolio(portfolio("grouped", assignments=[{"business_as_usual": 1.0}]))
    client.create_campaign("grouped", {"campaign_id": "a"})
    answer = client.rank(portfolio_id="grouped", customer_id="c", assignment_key="household")
    decision = answer.decision
    assert ("household", 3, decision_pb2.DECIDED_BY_BUSINESS_AS_USUAL) == (
        decision.assignment_key,
        decision.group,
        decision.decided_by,
    )
    assert "c" == client.rank(portfolio_id="shop", customer_id="c").decision.assignment_key


@pytest.mark.parametrize("owner", ["portfolio", "organization"])
def test_shares_above_1_are_refused_by_name(client: Client, owner: str) -> None:
    """Shares that sum to more than 1 are refused, all of them named; so is each share that is none, and a horizon."""
    assignments: list[dict[str, Any]] = [
        {"uniform_random": 0.5, "business_as_usual": 0.4, "holdout": 0.2},
        {"channel": "email", "holdout": 1.5, "uniform_random": -0.1, "horizon": timedelta(hours=1), "generation": -1},
        {"channel": "email", "holdout": 0.1},
        {"holdout": 0.1},
    ]
    create: dict[str, Callable[[], object]] = {
        "portfolio": lambda: client.create_portfolio(portfolio("second", assignments=assignments)),
        "organization": lambda: client.update_organization({"organization_id": "default", "assignments": assignments}),
    }
    with pytest.raises(BanditsvcError) as raised:
        create[owner]()
    path = f"{owner}.assignments"
    faults = {violation.field: violation.description for violation in raised.value.violations}
    assert grpc.StatusCode.INVALID_ARGUMENT is raised.value.code
    assert {
        f"{path}[0]",
        f"{path}[1].uniform_random",
        f"{path}[1].holdout",
        f"{path}[1].horizon",
        f"{path}[1].generation",
        f"{path}[2].channel",
        f"{path}[3].channel",
    } == set(faults)
    assert "sum to 1.1" in faults[f"{path}[0]"]
    assert all(f"{path}[0].{name}" in faults[f"{path}[0]"] for name in SHARES)


def test_shares_of_exactly_1_are_taken(client: Client) -> None:
    """Shares may leave nobody to the policy, also where adding them up rounds."""
    for number, shares in enumerate(((0.1, 0.2, 0.7), (1 / 3, 1 / 3, 1 / 3), (0.0, 0.0, 1.0))):
        assignment = dict(zip(SHARES, shares, strict=True))
        stored = client.create_portfolio(portfolio(f"full-{number}", assignments=[assignment]))
        assert list(shares) == [getattr(stored.assignments[0], name) for name in SHARES]


def test_a_change_in_mid_horizon_is_refused_with_its_remedy(client: Client) -> None:
    """FAILED_PRECONDITION says until when, and that a higher generation breaks off; both remedies work."""
    wanted = portfolio("grouped", assignments=[{"holdout": 0.1, "horizon": timedelta(days=30)}])
    stored = client.create_portfolio(wanted)
    assert (1, START_SECONDS) == (stored.assignments[0].assignment_version, stored.assignments[0].start_time.seconds)
    # What was read may be written back, whatever else changes.
    stored.display_name = "Renamed"
    assert 2 == client.update_portfolio(stored).portfolio_version
    wanted.assignments[0].holdout = 0.2
    with pytest.raises(BanditsvcError) as raised:
        client.update_portfolio(wanted)
    assert (grpc.StatusCode.FAILED_PRECONDITION, "ASSIGNMENT_FIXED") == (raised.value.code, raised.value.reason)
    end = (START + timedelta(days=30)).strftime("%Y-%m-%d %H:%M UTC")
    assert f"stay as they are until {end}" in raised.value.message
    assert "raise assignments.generation above 1" in raised.value.message
    wanted.assignments[0].generation = 2
    assert 2 == client.update_portfolio(wanted).assignments[0].assignment_version
    later = START + timedelta(days=31)
    client.set_time(later)
    wanted.assignments[0].holdout = 0.3
    again = client.update_portfolio(wanted).assignments[0]
    assert (3, 2, later.timestamp()) == (again.assignment_version, again.generation, again.start_time.seconds)


def test_a_channel_is_required_where_groups_depend_on_it(client: Client) -> None:
    """Rank without a channel is INVALID_ARGUMENT by that field's name, also one of a batch, and writes nothing."""
    client.create_portfolio(portfolio("by-channel", assignments=[{"channel": "email", "holdout": 0.1}]))
    client.create_campaign("by-channel", {"campaign_id": "a"})
    with pytest.raises(BanditsvcError) as raised:
        client.rank(portfolio_id="by-channel", customer_id="c")
    assert (grpc.StatusCode.INVALID_ARGUMENT, ["channel"]) == (
        raised.value.code,
        [violation.field for violation in raised.value.violations],
    )
    requests = [rank("a", portfolio_id="by-channel", channel=channel) for channel in ("email", "", "sms")]
    assert [0, 3, 0] == [result.status.code for result in client.batch_rank(requests).results]
