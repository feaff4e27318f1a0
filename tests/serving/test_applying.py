"""Laws of organizations, and of settings that are stored whole or not at all."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Sequence

import pytest

from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.contact_policy import ContactCap, ContactPolicy
from banditsvc.core.errors import (
    AlreadyExists,
    BanditError,
    FailedPrecondition,
    InvalidRequest,
    NotFound,
    VersionMismatch,
)
from banditsvc.core.exploration import ExclusiveRules, Greedy, TargetRule, Uniform
from banditsvc.core.organization import DEFAULT_ORGANIZATION, Organization
from banditsvc.core.policy import Policy
from banditsvc.core.rule import Rule
from banditsvc.ports import Commit, LogRecord, ShadowSetting
from banditsvc.serving.resources import Resources
from banditsvc.serving.wanted_settings import WantedPortfolio, WantedSettings
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import PORTFOLIO, Shop, in_shop

ACME = Organization(organization_id="acme", time_zone="Europe/Berlin")
SECOND = dataclasses.replace(PORTFOLIO, portfolio_id="second", portfolio_version=0, organization_id="acme")


def test_the_default_organization_always_exists() -> None:
    """The default organization is there before anybody sets it up, by creating or by updating it."""

    async def story() -> list[int]:
        versions = []
        for set_up in (Resources.create_organization, Resources.update_organization):
            shop = await Shop().open()
            assert DEFAULT_ORGANIZATION == shop.resources.organization_of("shop")
            wanted = dataclasses.replace(DEFAULT_ORGANIZATION, default_purpose="marketing")
            stored = await set_up(shop.resources, wanted)
            versions.append(stored.value.organization_version)
            assert "marketing" == shop.resources.organization_of("shop").default_purpose
            versions.append((await shop.resources.update_organization(wanted)).value.organization_version)
        return versions

    assert [1, 1, 1, 1] == in_shop(story())


def test_an_organization_from_creation_to_update() -> None:
    """An organization is created once, replaced by those who know its version, and restored from the log alone."""

    async def story() -> None:
        shop = await Shop().open()
        resources = shop.resources
        assert 1 == (await resources.create_organization(ACME)).value.organization_version
        assert 1 == (await resources.create_organization(ACME)).value.organization_version
        with pytest.raises(AlreadyExists):
            await resources.create_organization(dataclasses.replace(ACME, display_name="Acme"))
        renamed = dataclasses.replace(ACME, display_name="Acme", organization_version=1)
        assert 2 == (await resources.update_organization(renamed)).value.organization_version
        with pytest.raises(VersionMismatch):
            await resources.update_organization(renamed)
        with pytest.raises(NotFound):
            await resources.update_organization(Organization(organization_id="unknown"))
        again = Resources(shop.log, shop.committer)
        assert resources.organizations() == again.organizations()
        assert ["acme", "default"] == [recorded.value.organization_id for recorded in again.organizations()]

    in_shop(story())


def test_a_portfolio_has_one_organization_for_good() -> None:
    """A portfolio belongs to an organization that exists, and never moves to another."""

    async def story() -> str:
        shop = await Shop().open()
        with pytest.raises(NotFound):
            await shop.resources.create_portfolio(SECOND)
        await shop.resources.create_organization(ACME)
        await shop.resources.create_portfolio(SECOND)
        with pytest.raises(FailedPrecondition) as raised:
            await shop.resources.update_portfolio(dataclasses.replace(SECOND, organization_id="default"))
        assert "acme" == shop.resources.organization_of("second").organization_id
        return raised.value.reason

    assert "ORGANIZATION_FIXED" == in_shop(story())


def test_watchers_hear_of_every_portfolio_of_an_organization() -> None:
    """A change of an organization is told for each of its portfolios, and for no other."""

    async def story() -> list[str]:
        shop = await Shop().open()
        await shop.resources.create_organization(ACME)
        for portfolio_id in ("one", "two"):
            await shop.resources.create_portfolio(dataclasses.replace(SECOND, portfolio_id=portfolio_id))
        heard: list[str] = []
        shop.resources.watch(heard.append)
        heard.clear()
        caps = (ContactCap(name="gap", min_gap_us=1_000_000),)
        await shop.resources.update_organization(dataclasses.replace(ACME, contact_policy=ContactPolicy(caps=caps)))
        return heard

    assert ["one", "two"] == in_shop(story())


def test_a_campaign_as_it_stood_at_any_version() -> None:
    """For each catalogue version the campaign is known as it stood then, also after a restart."""

    async def story() -> list[str | None]:
        shop = await Shop().open()
        for category in ("a", "b"):
            await shop.resources.update_campaign("shop", Campaign(campaign_id="news", category=category))
            await shop.resources.update_campaign("shop", Campaign(campaign_id="sale", category=category))
        again = Resources(shop.log, shop.committer)
        found = [again.campaign_at("shop", "news", version) for version in range(8)]
        assert found == [shop.resources.campaign_at("shop", "news", version) for version in range(8)]
        assert shop.resources.campaign_at("shop", "unknown", 3) is None
        return [None if campaign is None else campaign.category for campaign in found]

    assert [None, None, "coats", "coats", "a", "a", "b", "b"] == in_shop(story())


def test_a_shadow_stands_until_it_is_ended() -> None:
    """A shadow names a policy that exists, a model or both; neither ends it, and setting it again changes nothing."""

    async def story() -> None:
        shop = await Shop().open()
        await shop.resources.create_policy(Policy(portfolio_id="shop", exploration=Uniform()))
        shadow = ShadowSetting(portfolio_id="shop", policy_version=2)
        with pytest.raises(NotFound):
            await shop.resources.set_shadow(dataclasses.replace(shadow, policy_version=3))
        assert shadow == await shop.resources.set_shadow(shadow)
        before = shop.log.watermark()
        assert shadow == await shop.resources.set_shadow(shadow)
        assert before == shop.log.watermark()
        assert shadow == Resources(shop.log, shop.committer).state("shop").shadow
        assert await shop.resources.set_shadow(ShadowSetting(portfolio_id="shop")) is None

    in_shop(story())


def wanted_of_two(**changes: object) -> WantedSettings:
    """Returns an organization, changes of one portfolio, and another that is new."""
    first = WantedPortfolio(
        portfolio_id="shop",
        campaigns=(Campaign(campaign_id="extra"), Campaign(campaign_id="news", state=CampaignState.ENDED)),
        paused_campaign_ids=("sale",),
        policy=Policy(portfolio_id="shop", exploration=Greedy()),
    )
    rules = ExclusiveRules(rules=(TargetRule(campaign_id="b", expression="r == 5"),))
    second: dict[str, object] = {
        "portfolio_id": "second",
        "portfolio": SECOND,
        # renamed before the one that it was renamed from
        "campaigns": (
            Campaign(campaign_id="b", renamed_from="a"),
            Campaign(campaign_id="a", state=CampaignState.ENDED),
        ),
        "policy": Policy(portfolio_id="second", exploration=rules),
    }
    return WantedSettings(organizations=(ACME,), portfolios=(first, WantedPortfolio(**(second | changes))))  # type: ignore[arg-type]


def test_settings_are_stored_in_one_commit() -> None:
    """All that is wanted is stored by one commit, counted, and wanted again changes nothing."""

    async def story() -> tuple[int, int, int]:
        shop = await Shop().open()
        first = await shop.resources.apply(wanted_of_two())
        times = {recorded.record_time_us for recorded in shop.log.read_resources(6)}
        assert (("shop", "sale"), ("shop", "news")) == first.stopped_campaigns
        assert "a" == shop.resources.campaign("second", "b").campaign.learned_as
        assert isinstance(shop.resources.deployed_policy("second").value.exploration, ExclusiveRules)
        again = await shop.resources.apply(wanted_of_two())
        return first.change_count, len(times), again.change_count

    assert (1 + 3 + 1 + 1 + 2 + 1, 1, 0) == in_shop(story())


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"campaigns": (Campaign(campaign_id="b", rules=(Rule(name="r", expression="nope"),)),)}, InvalidRequest),
        ({"campaigns": (Campaign(campaign_id="a"), Campaign(campaign_id="b", renamed_from="a"))}, InvalidRequest),
        ({"campaigns": (Campaign(campaign_id="b", renamed_from="unknown"),)}, InvalidRequest),
        ({"portfolio": dataclasses.replace(SECOND, organization_id="unknown")}, NotFound),
        ({"portfolio": dataclasses.replace(SECOND, portfolio_version=3)}, NotFound),
        ({"portfolio": None}, NotFound),
        ({"paused_campaign_ids": ("unknown",)}, NotFound),
        ({"campaigns": (Campaign(campaign_id="a"),)}, FailedPrecondition),
        ({"campaigns": tuple(Campaign(campaign_id=f"c{i}") for i in range(501))}, FailedPrecondition),
    ],
)
def test_what_is_wrong_anywhere_leaves_everything(changes: dict[str, object], error: type[BanditError]) -> None:
    """One thing that is refused in the last portfolio leaves the log, and everything else, as it was."""

    async def story() -> None:
        shop = await Shop().open()
        before, state = shop.log.watermark(), shop.resources.state("shop").copy()
        for validate_only in (True, False):
            with pytest.raises(error):
                await shop.resources.apply(wanted_of_two(**changes), validate_only=validate_only)
        assert before == shop.log.watermark()
        assert state == shop.resources.state("shop")
        assert ["default"] == [recorded.value.organization_id for recorded in shop.resources.organizations()]

    in_shop(story())


def test_a_fault_of_settings_is_told_by_its_place() -> None:
    """What does not fit together is told by its path in the request, as in ApplySettingsRequest."""

    async def story() -> list[str]:
        shop = await Shop().open()
        rule = Rule(name="r", expression="nope")
        bad = (Campaign(campaign_id="fine"), Campaign(campaign_id="b", rules=(rule,)))
        target = ExclusiveRules(rules=(TargetRule(campaign_id="b", expression="r > 9"),))
        wanted = wanted_of_two(
            portfolio=dataclasses.replace(SECOND, rules=(rule,)),
            campaigns=bad,
            policy=Policy(portfolio_id="second", exploration=target),
        )
        with pytest.raises(InvalidRequest) as raised:
            await shop.resources.apply(wanted)
        return [violation.field for violation in raised.value.violations]

    assert [
        "portfolios[1].portfolio.rules[0].expression",
        "portfolios[1].campaigns[1].rules[0].expression",
        "portfolios[1].policy.exclusive_rules.rules[0].expression",
    ] == in_shop(story())


def test_a_check_alone_stores_nothing() -> None:
    """validate_only counts what would change and which campaigns would stop, and changes nothing."""

    async def story() -> tuple[int, int]:
        shop = await Shop().open()
        before = shop.log.watermark()
        checked = await shop.resources.apply(wanted_of_two(), validate_only=True)
        assert before == shop.log.watermark()
        assert CampaignState.LIVE is shop.resources.campaign("shop", "sale").campaign.state
        return checked.change_count, len(checked.stopped_campaigns)

    assert (9, 2) == in_shop(story())


class HeldLog(MemoryLog):
    """A log whose commits wait for a word."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        self.reached.set()
        self.go.wait()
        return super().append(records, now_us)


def test_who_is_gone_before_the_commit_leaves_it_folded() -> None:
    """A caller that is cancelled while its change is being stored leaves a service that knows what the log knows."""

    async def story() -> tuple[bool, bool]:
        log = HeldLog()
        shop = await Shop(log=log).open()
        log.go.clear()
        log.reached.clear()
        change = asyncio.ensure_future(shop.resources.create_campaign("shop", Campaign(campaign_id="late")))
        await asyncio.to_thread(log.reached.wait)
        change.cancel()
        await asyncio.sleep(0)
        log.go.set()
        await asyncio.wait([change])
        await shop.resources.create_campaign("shop", Campaign(campaign_id="later"))
        same = Resources(log, shop.committer).state("shop") == shop.resources.state("shop")
        return change.cancelled(), same

    assert (True, True) == in_shop(story())
