"""The clients against a running service."""

from __future__ import annotations

import asyncio
import inspect
from datetime import UTC, datetime, timedelta
from typing import get_type_hints

import grpc
import pytest

from banditsvc.client import AsyncClient, BanditsvcError, Client, ClientOptions, check_status
from banditsvc.client import rpcs as all_rpcs
from banditsvc.client.rpcs import Rpc
from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.errors import LogFull, LogUnavailable
from banditsvc.v1 import (
    audience_pb2,
    campaign_pb2,
    certificate_pb2,
    consent_pb2,
    customer_pb2,
    decision_pb2,
    exclusion_pb2,
    guardrail_pb2,
    history_pb2,
    model_pb2,
    operations_pb2,
    organization_pb2,
    outcome_pb2,
    phase_pb2,
    policy_pb2,
    portfolio_pb2,
    price_pb2,
    ranking_pb2,
    settings_pb2,
)
from tests.rpc.live import START_SECONDS, Live
from tests.rpc.messages import CAMPAIGN_IDS, open_shop, portfolio, rank
from tests.rpc.slow_log import FailingLog

NOW = datetime.fromtimestamp(START_SECONDS, UTC)


def public(kind: type) -> dict[str, inspect.Signature]:
    """Returns the public methods of a client."""
    found = inspect.getmembers(kind, inspect.isfunction)
    return {name: inspect.signature(method) for name, method in found if not name.startswith("_")}


def test_both_clients_are_alike() -> None:
    """The two clients have the same methods with the same arguments and results."""
    assert public(Client) == public(AsyncClient)
    for name in public(Client):
        assert get_type_hints(getattr(Client, name)) == get_type_hints(getattr(AsyncClient, name))


def test_every_rpc_is_known() -> None:
    """The client knows each RPC of each service by its path."""
    settings = (organization_pb2, portfolio_pb2, campaign_pb2, policy_pb2, settings_pb2)
    customers = (consent_pb2, customer_pb2, history_pb2)
    watched = (certificate_pb2, exclusion_pb2, guardrail_pb2, phase_pb2)
    audiences = (audience_pb2, price_pb2)
    files = (ranking_pb2, *settings, *customers, *watched, *audiences, model_pb2, operations_pb2)
    services = [service for file in files for service in file.DESCRIPTOR.services_by_name.values()]
    expected = {f"/{service.full_name}/{method.name}" for service in services for method in service.methods}
    assert expected == {value.path for value in vars(all_rpcs).values() if isinstance(value, Rpc)}


async def settings_story(client: AsyncClient) -> None:
    """Goes through all calls about settings."""
    organization = await client.create_organization({"organization_id": "acme"})
    assert organization == await client.get_organization("acme") == await client.update_organization(organization)
    assert 2 == len(await client.list_organizations())
    created = await client.create_portfolio(portfolio("second", organization_id="acme"))
    assert created == await client.get_portfolio("second")
    created.display_name = "Renamed"
    assert 2 == (await client.update_portfolio(created)).portfolio_version
    assert 2 == len(await client.list_portfolios())
    campaign = await client.create_campaign("second", {"campaign_id": "a"})
    assert campaign == await client.get_campaign("second", "a") == await client.update_campaign("second", campaign)
    assert campaign_pb2.CAMPAIGN_STATE_PAUSED == (await client.pause_campaign("second", "a")).campaign.state
    assert 1 == len(await client.list_campaigns("second"))
    policy = await client.create_policy({"portfolio_id": "second", "uniform": {}})
    assert 1 == (await client.deploy_policy("second", policy.policy_version)).previous_policy_version
    assert (await client.get_policy("second")).is_deployed
    assert 2 == len(await client.list_policies("second"))
    assert 1 == (await client.set_shadow("second", 1)).policy_version
    assert guardrail_pb2.GUARDRAIL_UNSPECIFIED == (await client.get_guardrails("second")).tripped
    with pytest.raises(BanditsvcError, match="its policy decides"):
        await client.resume_portfolio("second", "nothing to mend")
    wanted = {"portfolios": [{"portfolio_id": "second", "campaigns": [{"campaign_id": "b"}]}]}
    assert 1 == (await client.apply_settings(wanted)).change_count


async def ranking_story(client: AsyncClient) -> None:
    """Goes through all calls about decisions and outcomes."""
    decision = (await client.rank(portfolio_id="shop", customer_id="c1", defer_activation=True)).decision
    batch = await client.batch_rank([rank("c2"), rank("")])
    check_status(batch.results[0].status)
    with pytest.raises(BanditsvcError):
        check_status(batch.results[1].status)
    await client.activate(decision_id=decision.decision_id, state="SENT", activate_time=NOW)
    again = await client.batch_activate(
        [{"decision_id": decision.decision_id, "state": "SENT", "activate_time": NOW}],
    )
    assert ranking_pb2.ACTIVATION_STATUS_DUPLICATE == again.results[0].response.status
    time = NOW + timedelta(minutes=1)
    answer = await client.reward(portfolio_id="shop", type="CLICK", occur_time=time, decision_id=decision.decision_id)
    assert outcome_pb2.OUTCOME_STATUS_ACCEPTED == answer.status
    marked = await client.batch_reward([], "shop", [{"type": "CLICK", "complete_through": NOW}])
    assert marked.marks_stored
    assert 1.0 == (await client.get_decision(decision.decision_id)).reward


async def consent_story(client: AsyncClient) -> None:
    """Goes through all calls about consent."""
    word = {"customer_id": "c1", "purpose": "marketing", "state": "GRANTED", "consent_time": NOW}
    answer = await client.record_consents([word, word | {"customer_id": ""}])
    check_status(answer.statuses[0])
    with pytest.raises(BanditsvcError):
        check_status(answer.statuses[1])
    assert ["marketing"] == [consent.purpose for consent in await client.get_consents("c1")]


async def customer_story(client: AsyncClient) -> None:
    """Goes through all calls about customers."""
    [merged] = (await client.merge_customers([{"merged_customer_id": "old", "surviving_customer_id": "c9"}])).results
    check_status(merged.status)
    assert ("c9", False) == (merged.surviving_customer_id, merged.is_repeat)
    [enrolled] = (await client.enroll_customers("shop", [{"customer_id": "old", "context": {"segment": "x"}}])).results
    with pytest.raises(BanditsvcError, match="set assignments first"):
        check_status(enrolled.status)


async def audience_story(client: AsyncClient) -> None:
    """Goes through all calls about audiences."""
    begun = await client.begin_audience_run({"portfolio_id": "shop", "run_id": "night", "occasion": "monday"})
    assert not begun.is_repeat
    assert begun.run == await client.renew_audience_run("shop", "night")
    with pytest.raises(BanditsvcError, match=r"night/part-00000\.parquet is not in the service's data directory"):
        await client.commit_audience_part("shop", "night", 0, row_count=1, size_bytes=1)
    released = await client.release_audience_run("shop", "night")
    assert released == await client.release_audience_run("shop", "night")
    ended = await client.end_audience_run("shop", "night")
    assert [ended] == [await client.get_audience_run("shop", "night")] == await client.list_audience_runs("shop")


async def learning_story(client: AsyncClient) -> None:
    """Goes through all calls about models and the clock."""
    await client.set_time(NOW + timedelta(days=1))
    caught_up = await client.catch_up("shop")
    assert 2 == caught_up.learned_count
    model = await client.get_model("shop")
    assert [model] == await client.list_models("shop")
    assert model == await client.roll_back_model("shop", model.model_version)
    assert 0 < await client.relearn_model("shop")
    made = await client.create_exclusion({"portfolio_id": "shop", "reason": "an example", "end_time": NOW})
    ended = await client.revoke_exclusion("shop", made.exclusion.exclusion_id, "it was one")
    assert [ended] == await client.list_exclusions("shop")


def test_the_asyncio_client_makes_every_call(live: Live) -> None:
    """Every method of the asyncio client reaches its RPC."""

    async def story() -> None:
        async with AsyncClient(live.address) as client:
            await settings_story(client)
            await ranking_story(client)
            await consent_story(client)
            await customer_story(client)
            await audience_story(client)
            await learning_story(client)
            with pytest.raises(BanditsvcError) as raised:
                await client.rank(portfolio_id="", customer_id="")
            assert ["portfolio_id", "customer_id"] == [violation.field for violation in raised.value.violations]

    asyncio.run(story())


def test_the_plain_client_ranks(live: Live) -> None:
    """The plain client takes plain values; its other methods are used throughout the tests of the service."""
    with Client(live.address) as client:
        decision = client.rank(
            portfolio_id="shop",
            customer_id="c1",
            context={"recency_days": 3, "favourites": ["shoes"], "features": {"age": 41}},
            candidates=["sale", {"campaign_id": "new", "features": {"discount": 0.2}}],
            send_time=NOW,
        ).decision
    assert decision_pb2.RESULT_CAMPAIGN == decision.result
    assert {"sale", "new"} == {ranked.campaign_id for ranked in decision.ranking}


def test_lists_are_whole(live: Live) -> None:
    """A list that spans several pages comes back whole."""
    expected = sorted([*CAMPAIGN_IDS, *(f"c{place:04}" for place in range(1200))])
    for place in range(1200):
        paused = Campaign(campaign_id=f"c{place:04}", state=CampaignState.PAUSED)
        live.run(live.services.resources.create_campaign("shop", paused))
    with Client(live.address) as client:
        assert expected == [campaign.campaign_id for campaign in client.list_campaigns("shop")]


def test_a_service_that_is_away() -> None:
    """A service that cannot be reached is UNAVAILABLE, without a reason of ours."""
    with Client("127.0.0.1:1", ClientOptions(most_attempts=1)) as client, pytest.raises(BanditsvcError) as raised:
        client.list_portfolios()
    assert (grpc.StatusCode.UNAVAILABLE, "", ()) == (raised.value.code, raised.value.reason, raised.value.violations)


def test_a_call_is_tried_again_with_the_same_id() -> None:
    """A call that meets UNAVAILABLE is tried again, and makes one decision."""
    log = FailingLog()
    with Live(log=log) as live, Client(live.address) as client:
        open_shop(live)
        log.errors = [LogUnavailable("try again")]
        decision = client.rank(portfolio_id="shop", customer_id="c1").decision
        assert not client.rank(portfolio_id="shop", customer_id="c2").is_replay
        decided = [recorded.value.decision_id for recorded in log.read_decisions("shop", 0, 10)]
    assert (3, 2, decision.decision_id) == (log.tries, len(decided), decided[0])


def test_what_would_not_help_is_not_tried_again() -> None:
    """A full disk says no time to try again, so the call fails at once."""
    log = FailingLog()
    with Live(log=log) as live, Client(live.address) as client:
        open_shop(live)
        log.errors = [LogFull("the disk is full")] * 4
        with pytest.raises(BanditsvcError) as raised:
            client.rank(portfolio_id="shop", customer_id="c1")
    assert (grpc.StatusCode.RESOURCE_EXHAUSTED, "LOG_FULL", 1) == (raised.value.code, raised.value.reason, log.tries)


def test_a_request_that_is_too_large_is_not_sent(live: Live) -> None:
    """A request above the server's 16 MiB is RESOURCE_EXHAUSTED before it leaves the client."""
    with Client(live.address) as client, pytest.raises(BanditsvcError, match="Sent message larger") as raised:
        client.rank(portfolio_id="shop", customer_id="x" * (16 * 1024 * 1024))
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == raised.value.code
