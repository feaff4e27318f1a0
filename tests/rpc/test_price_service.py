"""PriceService over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.v1 import price_pb2 as pb
from tests.rpc.live import Live
from tests.rpc.messages import open_shop

LIMITS = {
    "capacities": [{"name": "budget", "max_cost": 10.0, "max_contacts": 100}],
    "minimums": [{"name": "vendor", "campaigns": {"campaign_ids": ["news"]}, "min_contacts": 5}],
}
CONTACTS = {"owner": "PORTFOLIO", "name": "budget", "kind": "MOST_CONTACTS", "price": 0.25, "bound": 100.0}
VENDOR = {"owner": "PORTFOLIO", "name": "vendor", "kind": "LEAST_CONTACTS", "price": 0.5, "bound": 5.0, "is_met": True}


@pytest.fixture
def live() -> Iterator[Live]:
    """A service with a shop whose volumes are limited."""
    with Live() as service:
        open_shop(service, **LIMITS)
        yield service


@pytest.fixture
def client(live: Live) -> Iterator[Client]:
    """A client of that service."""
    with Client(live.address) as connected:
        yield connected


def put(client: Client, *limits: dict[str, Any], **changes: Any) -> None:
    """Puts prices of a run to work, found for the settings as they are."""
    prices = {"portfolio_id": "shop", "run_id": "monday", "limits": list(limits), "customers": 1_000, **changes}
    client.set_prices(prices, portfolio_version=client.get_portfolio("shop").portfolio_version, organization_version=0)


def faults(refused: pytest.ExceptionInfo[BanditsvcError]) -> list[str]:
    """Returns the fields that a refusal names."""
    return [violation.field for violation in refused.value.violations]


def test_prices_are_part_of_the_score(client: Client) -> None:
    """From the next Rank on they are taken from the weighted rewards, and Explain shows what each took."""
    assert not client.get_prices("shop").HasField("prices")
    put(client, CONTACTS, VENDOR)
    found = client.get_prices("shop")
    decision_id = client.rank(portfolio_id="shop", customer_id="c1").decision.decision_id
    explanation = client.get_decision(decision_id, explain=True).explanation

    assert ("monday", True, 1_000) == (found.prices.run_id, found.in_force, found.prices.customers)
    assert [0.25, 0.5] == [one.price for one in found.prices.limits]
    assert {"news": -0.25, "sale": 0.25, "winback": 0.25} == {one.campaign_id: one.price for one in found.campaigns}
    assert {"news": -0.25, "sale": 0.25, "winback": 0.25} == {
        one.campaign_id: one.price for one in explanation.campaigns
    }
    assert explanation.probabilities_reproduced


def test_other_limits_end_the_prices(client: Client) -> None:
    """Once a limit has changed they are not in force, which is told; the same limits again bring them back."""
    put(client, CONTACTS)
    stored = client.get_portfolio("shop")
    stored.capacities[0].max_contacts = 50
    client.update_portfolio(stored)
    assert not client.get_prices("shop").in_force
    decision_id = client.rank(portfolio_id="shop", customer_id="c1").decision.decision_id
    assert {0.0} == {one.price for one in client.get_decision(decision_id, explain=True).explanation.campaigns}

    stored.capacities[0].max_contacts, stored.portfolio_version, stored.display_name = 100, 0, "The shop"
    client.update_portfolio(stored)
    assert client.get_prices("shop").in_force


def test_prices_end_where_none_are_given(client: Client) -> None:
    """Prices without limits end those in force."""
    put(client, CONTACTS)
    put(client)
    assert not client.get_prices("shop").HasField("prices")


def test_prices_for_other_settings_are_refused(client: Client) -> None:
    """Prices found for another version of the portfolio or the organization change nothing."""
    for versions in ((7, 0), (1, 7)):
        with pytest.raises(BanditsvcError) as refused:
            client.set_prices(
                {"portfolio_id": "shop", "run_id": "monday", "limits": [CONTACTS]},
                portfolio_version=versions[0],
                organization_version=versions[1],
            )
        assert grpc.StatusCode.ABORTED == refused.value.code
    assert not client.get_prices("shop").HasField("prices")


def test_what_is_at_fault_is_named(client: Client) -> None:
    """Limits that the settings do not have, and numbers out of range, are named by their fields."""
    with pytest.raises(BanditsvcError) as refused:
        put(
            client,
            CONTACTS,
            {**CONTACTS, "name": "gone"},
            {**VENDOR, "kind": "LEAST_SHARE"},
            {**CONTACTS, "value": "x"},
        )
    assert [f"prices.limits[{place}].name" for place in (1, 2, 3)] == faults(refused)
    with pytest.raises(BanditsvcError) as refused:
        put(client, {**CONTACTS, "price": -1.0}, {"name": "budget"}, run_id="No run", customers=-1)
    assert [
        "prices.run_id",
        "prices.customers",
        "prices.limits[0].price",
        "prices.limits[1].owner",
        "prices.limits[1].kind",
    ] == faults(refused)
    with pytest.raises(BanditsvcError) as refused:
        client.get_prices("")
    assert ["portfolio_id"] == faults(refused)


def test_a_limit_is_written_as_it_was_read(client: Client) -> None:
    """Every field of a price comes back."""
    put(client, VENDOR | {"expected": 5.5}, reward=4.0, reward_without=5.0, most_reward=4.5)
    found = client.get_prices("shop").prices
    (limit,) = found.limits
    assert (pb.LIMIT_OWNER_PORTFOLIO, pb.LIMIT_KIND_LEAST_CONTACTS) == (limit.owner, limit.kind)
    assert ("vendor", "", 0.5, 5.0, 5.5, True) == (
        limit.name,
        limit.value,
        limit.price,
        limit.bound,
        limit.expected,
        limit.is_met,
    )
    assert (4.0, 5.0, 4.5) == (found.reward, found.reward_without, found.most_reward)
