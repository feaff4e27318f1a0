"""The services that keep settings, over a real connection."""

from __future__ import annotations

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.core.campaign import Campaign
from banditsvc.serving.resources import MOST_LIVE_CAMPAIGNS
from banditsvc.v1 import campaign_pb2, policy_pb2, portfolio_pb2, settings_pb2
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
    assert campaign_pb2.CAMPAIGN_STATE_PAUSED == client.pause_campaign("shop", "new").campaign.state
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
    """Unknown versions are NOT_FOUND, shares out of range are named, and no policy is on trial beside itself."""
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
    invalid, at_work = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
    assert [invalid, at_work, invalid] == codes


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


def test_an_organization_from_creation_to_update(client: Client) -> None:
    """An organization is stored with a version, found, listed, and replaced on the basis of that version."""
    assert (0, "UTC") == (client.get_organization().organization_version, client.get_organization().time_zone)
    cap = {"name": "weekly", "max_contacts": 2, "window": "7d", "campaigns": {"types": ["GTM"]}}
    created = client.create_organization({"organization_id": "acme", "contact_policy": {"caps": [cap]}})
    assert 1 == created.organization_version
    assert created == client.get_organization("acme")
    created.time_zone = "Europe/Berlin"
    assert 2 == client.update_organization(created).organization_version
    with pytest.raises(BanditsvcError) as raised:
        client.update_organization(created)
    assert grpc.StatusCode.ABORTED == code_of(raised)
    with pytest.raises(BanditsvcError) as raised:
        client.update_organization({"organization_id": "unknown"})
    assert grpc.StatusCode.NOT_FOUND == code_of(raised)
    with pytest.raises(BanditsvcError) as raised:
        client.create_organization({"organization_id": "", "time_zone": "Nowhere"})
    assert {"organization.organization_id", "organization.time_zone"} == {v.field for v in raised.value.violations}
    assert ["acme", "default"] == [stored.organization_id for stored in client.list_organizations()]


def test_stopping_a_campaign_lists_what_waits_to_be_sent(client: Client) -> None:
    """Pausing or ending a campaign tells the decisions for it that wait; a live one, or one without any, tells none."""
    ranked = client.rank(portfolio_id="shop", customer_id="c1", candidates=["sale"], defer_activation=True).decision
    paused = client.pause_campaign("shop", "sale")
    assert ([ranked.decision_id], 1) == (list(paused.unsent_decision_ids), paused.unsent_count)
    assert 0 == client.pause_campaign("shop", "news").unsent_count
    wanted = campaign_pb2.Campaign(campaign_id="sale")
    for state, count in ((campaign_pb2.CAMPAIGN_STATE_LIVE, 0), (campaign_pb2.CAMPAIGN_STATE_ENDED, 1)):
        wanted.state = state
        settings = {"portfolios": [{"portfolio_id": "shop", "campaigns": [wanted]}]}
        assert count == client.apply_settings(settings | {"validate_only": True}).unsent_count
        client.update_campaign("shop", wanted)


def test_settings_are_applied_whole(client: Client) -> None:
    """ApplySettings counts what it changes, names each field at fault by its path, and then changes nothing."""
    settings = settings_pb2.ApplySettingsRequest(
        portfolios=[
            {"portfolio_id": "shop", "campaigns": [{"campaign_id": "extra"}], "paused_campaign_ids": ["news"]},
            {"portfolio_id": "second", "portfolio": portfolio("second", sandbox=True), "policy": {"greedy": {}}},
        ]
    )
    bad = settings.portfolios[1].campaigns.add(campaign_id="bad", rules=[{"name": "r", "expression": "nope == 1"}])
    with pytest.raises(BanditsvcError) as raised:
        client.apply_settings(settings)
    assert ["portfolios[1].campaigns[0].rules[0].expression"] == [v.field for v in raised.value.violations]
    assert ["shop"] == [stored.portfolio_id for stored in client.list_portfolios()]
    assert campaign_pb2.CAMPAIGN_STATE_LIVE == client.get_campaign("shop", "news").state
    bad.rules[0].expression = "r == 5"
    assert (5, 0) == (client.apply_settings(settings).change_count, client.apply_settings(settings).change_count)
    assert "greedy" == client.get_policy("second").policy.WhichOneof("exploration")


def test_a_shadow_from_setting_to_end(client: Client) -> None:
    """A shadow names a policy or a model that exists, is told by GetPolicy, and ends by naming neither."""
    client.create_policy({"portfolio_id": "shop", "uniform": {}})
    assert (2, "") == (client.set_shadow("shop", 2).policy_version, client.get_policy("shop").shadow_model_version)
    assert 2 == client.get_policy("shop").shadow_policy_version
    for version, model in ((9, ""), (2, "7.1")):
        with pytest.raises(BanditsvcError) as raised:
            client.set_shadow("shop", version, model)
        assert grpc.StatusCode.NOT_FOUND == code_of(raised)
    with pytest.raises(BanditsvcError) as raised:
        client.set_shadow("", -1)
    assert ["portfolio_id", "policy_version"] == [violation.field for violation in raised.value.violations]
    assert 0 == client.set_shadow("shop").policy_version
