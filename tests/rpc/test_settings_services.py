"""PortfolioService, CampaignService and PolicyService over a real connection."""

from __future__ import annotations

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.core.campaign import Campaign
from banditsvc.serving.resources import MOST_LIVE_CAMPAIGNS
from banditsvc.v1 import campaign_pb2, policy_pb2, portfolio_pb2
from tests.rpc.live import Live
from tests.rpc.messages import CAMPAIGN_IDS, portfolio


def code_of(error: pytest.ExceptionInfo[BanditsvcError]) -> grpc.StatusCode:
    """Returns the code of an expected error."""
    return error.value.code


def test_a_portfolio_from_creation_to_update(client: Client) -> None:
    """A portfolio is stored with versions, found, and replaced when the update names the stored version."""
    created = client.create_portfolio(portfolio("second", display_name="Second"))
    assert (1, 1, 1) == (created.portfolio_version, created.learner_version, created.encoder_version)
    assert created == client.get_portfolio("second")
    assert created == client.create_portfolio(portfolio("second", display_name="Second"))
    created.display_name = "Renamed"
    updated = client.update_portfolio(created)
    assert (2, 1, "Renamed") == (updated.portfolio_version, updated.learner_version, updated.display_name)
    with pytest.raises(BanditsvcError) as raised:
        client.update_portfolio(created)
    assert grpc.StatusCode.ABORTED == code_of(raised)
    assert ["second", "shop"] == [stored.portfolio_id for stored in client.list_portfolios()]


def test_a_portfolio_id_is_taken_once(client: Client) -> None:
    """Other settings under an id that exists are ALREADY_EXISTS, and an unknown id is NOT_FOUND."""
    with pytest.raises(BanditsvcError) as raised:
        client.create_portfolio(portfolio(display_name="other"))
    assert grpc.StatusCode.ALREADY_EXISTS == code_of(raised)
    with pytest.raises(BanditsvcError) as raised:
        client.update_portfolio(portfolio("unknown"))
    assert grpc.StatusCode.NOT_FOUND == code_of(raised)


def test_a_campaign_from_creation_to_pause(live: Live, client: Client) -> None:
    """Every change of a campaign makes a new catalogue version."""
    created = client.create_campaign("shop", {"campaign_id": "new", "type": "GTM", "features": {"discount": 0.2}})
    assert campaign_pb2.CAMPAIGN_STATE_LIVE == created.state
    assert created == client.get_campaign("shop", "new")
    created.category = "shoes"
    assert created == client.update_campaign("shop", created)
    assert campaign_pb2.CAMPAIGN_STATE_PAUSED == client.pause_campaign("shop", "new").state
    request = campaign_pb2.ListCampaignsRequest(portfolio_id="shop", page_size=3)
    page = live.call("CampaignService/ListCampaigns", request, campaign_pb2.ListCampaignsResponse)
    assert (["new", "news", "sale"], 6) == ([c.campaign_id for c in page.campaigns], page.catalogue_version)
    assert ["new", *CAMPAIGN_IDS] == [campaign.campaign_id for campaign in client.list_campaigns("shop")]


def test_faults_of_campaigns(client: Client) -> None:
    """A campaign call names every field at fault, and says what does not exist."""
    with pytest.raises(BanditsvcError) as raised:
        client.create_campaign("", {"campaign_id": "NO_CONTACT"})
    assert ["portfolio_id", "campaign.campaign_id"] == [violation.field for violation in raised.value.violations]
    with pytest.raises(BanditsvcError) as raised:
        client.pause_campaign("", "")
    assert ["portfolio_id", "campaign_id"] == [violation.field for violation in raised.value.violations]
    for call in (client.get_campaign, client.pause_campaign):
        with pytest.raises(BanditsvcError) as raised:
            call("shop", "unknown")
        assert grpc.StatusCode.NOT_FOUND == code_of(raised)


def test_a_policy_from_creation_to_work(client: Client) -> None:
    """A policy version decides once it is deployed, and not before."""
    created = client.create_policy({"portfolio_id": "shop", "fixed_priority": {}})
    assert (2, 1) == (created.policy_version, client.get_policy("shop").policy.policy_version)
    assert not client.get_policy("shop", 2).is_deployed
    deployed = client.deploy_policy("shop", 2)
    assert (2, 1) == (deployed.policy.policy_version, deployed.previous_policy_version)
    decision = client.rank(portfolio_id="shop", customer_id="c1").decision
    assert ("news", 1.0, 2) == (decision.campaign_id, decision.selection_probability, decision.policy_version)
    assert [1, 2] == [policy.policy_version for policy in client.list_policies("shop")]


def test_faults_of_policies(live: Live, client: Client) -> None:
    """Unknown versions are NOT_FOUND, shares out of range are named, and shares below one are UNIMPLEMENTED."""
    for call in (client.get_policy, client.deploy_policy):
        with pytest.raises(BanditsvcError) as raised:
            call("shop", 9)
        assert grpc.StatusCode.NOT_FOUND == code_of(raised)
    with pytest.raises(BanditsvcError) as raised:
        client.get_policy("", -1)
    assert ["portfolio_id", "policy_version"] == [violation.field for violation in raised.value.violations]
    codes = []
    for share in (0.0, 0.5, float("nan")):
        request = policy_pb2.DeployPolicyRequest(portfolio_id="shop", policy_version=1, traffic_share=share)
        with pytest.raises(grpc.RpcError) as failed:
            live.call("PolicyService/DeployPolicy", request, policy_pb2.DeployPolicyResponse)
        codes.append(failed.value.code())
    invalid, unimplemented = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNIMPLEMENTED
    assert [invalid, unimplemented, invalid] == codes


def test_live_campaigns_are_no_more_than_a_rank_takes(live: Live, client: Client) -> None:
    """A campaign beyond the 500th does not become live, by no way; one that is live may change."""

    async def fill() -> None:
        for place in range(MOST_LIVE_CAMPAIGNS - len(CAMPAIGN_IDS)):
            await live.services.resources.create_campaign("shop", Campaign(campaign_id=f"c{place}"))

    live.run(fill())
    client.create_campaign("shop", {"campaign_id": "more", "state": "PAUSED"})
    client.update_campaign("shop", {"campaign_id": "c1", "category": "shoes"})
    for make_live, campaign_id in ((client.update_campaign, "more"), (client.create_campaign, "another")):
        with pytest.raises(BanditsvcError) as raised:
            make_live("shop", {"campaign_id": campaign_id})
        assert grpc.StatusCode.FAILED_PRECONDITION == code_of(raised)
        assert "TOO_MANY_LIVE_CAMPAIGNS" == raised.value.reason
    client.pause_campaign("shop", "c1")
    client.update_campaign("shop", {"campaign_id": "more"})
    assert MOST_LIVE_CAMPAIGNS == live.services.resources.live_campaign_count("shop")


def test_lists_come_in_pages(live: Live, client: Client) -> None:
    """Following the tokens of any list gives all of it, and bad tokens are refused by name."""
    for place in range(4):
        client.create_portfolio(portfolio(f"p{place}"))
    found: list[str] = []
    request = portfolio_pb2.ListPortfoliosRequest(page_size=2)
    while True:
        page = live.call("PortfolioService/ListPortfolios", request, portfolio_pb2.ListPortfoliosResponse)
        found += [stored.portfolio_id for stored in page.portfolios]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert ["p0", "p1", "p2", "p3", "shop"] == found
    stolen = campaign_pb2.ListCampaignsRequest(portfolio_id="shop", page_token=request.page_token)
    with pytest.raises(grpc.RpcError) as failed:
        live.call("CampaignService/ListCampaigns", stolen, campaign_pb2.ListCampaignsResponse)
    assert grpc.StatusCode.INVALID_ARGUMENT == failed.value.code()
