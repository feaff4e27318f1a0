"""Laws of settings that must fit together."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState, Pin
from banditsvc.core.errors import FailedPrecondition, InvalidRequest
from banditsvc.core.exploration import ExclusiveRules, TargetRule
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.ports import ShadowSetting
from banditsvc.serving.campaign_changes import former_first
from tests.serving.shop import PORTFOLIO, Shop, in_shop

SCHEMA = {"open_issue": FeatureType.FLAG}
WITH_SCHEMA = dataclasses.replace(PORTFOLIO, portfolio_version=0, context_schema=SCHEMA)


def rules(*expressions: str) -> tuple[Rule, ...]:
    """Returns rules with names of their own."""
    return tuple(Rule(name=f"rule {place}", expression=text) for place, text in enumerate(expressions))


def exclusive(**expressions: str) -> ExclusiveRules:
    """Returns a rule for each campaign."""
    return ExclusiveRules(
        rules=tuple(TargetRule(campaign_id=name, expression=text) for name, text in expressions.items())
    )


async def refusal(shop: Shop, campaign: Campaign) -> list[tuple[str, str]]:
    """Returns the fields at fault of a campaign, and what is said of them; nothing is stored."""
    before = shop.log.watermark()
    with pytest.raises(InvalidRequest) as raised:
        await shop.resources.create_campaign("shop", campaign)
    assert before == shop.log.watermark()
    return [(violation.field, violation.description) for violation in raised.value.violations]


@pytest.mark.parametrize(
    ("campaign", "fields"),
    [
        (Campaign(campaign_id="x", rules=rules("r == 5", "recency_days <")), ["campaign.rules[1].expression"]),
        (Campaign(campaign_id="x", rules=rules("loyalty_tier == 'gold'")), ["campaign.rules[0].expression"]),
        (Campaign(campaign_id="x", rules=rules("open_issue > 3")), ["campaign.rules[0].expression"]),
        (Campaign(campaign_id="x", rules=rules("r > 4 and r < 2")), ["campaign.rules[0].expression"]),
        (Campaign(campaign_id="x", rules=rules("recency_days < 30", "recency_days > 60")), ["campaign.rules"]),
        (Campaign(campaign_id="x", pins=(Pin(name="p", expression="nobody"),)), ["campaign.pins[0].expression"]),
        (
            Campaign(campaign_id="x", pins=(Pin(name="p", expression="campaign.value < 3"),)),
            ["campaign.pins[0].expression"],
        ),
    ],
)
def test_a_rule_that_does_not_fit_is_refused_by_its_path(campaign: Campaign, fields: list[str]) -> None:
    """What does not parse, names what is unknown, has a wrong type or can never match is refused, and nothing stored."""

    async def story() -> list[tuple[str, str]]:
        return await refusal(await Shop().open(WITH_SCHEMA), campaign)

    found = in_shop(story())

    assert fields == [field for field, _ in found]


def test_every_rule_at_fault_is_told_with_its_name() -> None:
    """All rules at fault of a campaign are told at once, each with the name that people gave it."""

    async def story() -> list[tuple[str, str]]:
        campaign = Campaign(campaign_id="x", rules=rules("a b", "r == 5", "nope == 1"), pins=(Pin(name="p q"),))
        return await refusal(await Shop().open(), campaign)

    found = in_shop(story())

    assert ["campaign.rules[0].expression", "campaign.rules[2].expression"] == [field for field, _ in found]
    assert ["rule 'rule 0': ", "rule 'rule 2': "] == [text[:15] for _, text in found]


def test_rules_that_fit_are_stored() -> None:
    """Rules on the context, the request and the campaign, and pins without a condition, are taken."""

    async def story() -> Campaign:
        shop = await Shop().open(WITH_SCHEMA)
        campaign = Campaign(
            campaign_id="x",
            rules=rules("not open_issue", "campaign.value <= 0.05 * monetary", '"shoes" in favourites'),
            pins=(Pin(name="all"), Pin(name="best", expression="r == 5 and f == 5")),
        )
        return (await shop.resources.create_campaign("shop", campaign)).campaign

    assert "x" == in_shop(story()).campaign_id


def changed(**changes: object) -> Portfolio:
    """Returns the portfolio with other settings."""
    return dataclasses.replace(WITH_SCHEMA, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("portfolio", "field"),
    [
        (changed(rules=rules("nope")), "portfolio.rules[0].expression"),
        (changed(rules=rules("r == 1", "r == 5")), "portfolio.rules"),
        (
            changed(business_as_usual=exclusive(sale="r ==")),
            "portfolio.business_as_usual.exclusive_rules.rules[0].expression",
        ),
        (changed(context_schema={}), "portfolio.context_schema"),
        (changed(context_schema={"open_issue": FeatureType.NUMBER}), "portfolio.context_schema"),
    ],
)
def test_a_portfolio_that_does_not_fit_is_refused_by_its_path(portfolio: Portfolio, field: str) -> None:
    """A portfolio whose own rules are at fault, or whose schema breaks a campaign's rule, is not stored."""

    async def story() -> list[tuple[str, str]]:
        shop = await Shop().open(WITH_SCHEMA)
        guarded = Campaign(campaign_id="guarded", rules=(Rule(name="no issue", expression="not open_issue"),))
        await shop.resources.create_campaign("shop", guarded)
        before = shop.resources.portfolio("shop")
        with pytest.raises(InvalidRequest) as raised:
            await shop.resources.update_portfolio(portfolio)
        assert before == shop.resources.portfolio("shop")
        return [(violation.field, violation.description) for violation in raised.value.violations]

    found = in_shop(story())

    assert [field] == [path for path, _ in found]
    if field == "portfolio.context_schema":
        assert "campaign 'guarded'" in found[0][1]
        assert "rule 'no issue'" in found[0][1]


def test_a_schema_may_not_break_the_policy_at_work() -> None:
    """A schema without a feature that the deployed policy's rules name is refused, naming the policy."""

    async def story() -> str:
        shop = await Shop().open(WITH_SCHEMA)
        stored = await shop.resources.create_policy(
            Policy(portfolio_id="shop", exploration=exclusive(sale="not open_issue"))
        )
        await shop.resources.deploy_policy("shop", stored.value.policy_version)
        with pytest.raises(InvalidRequest) as raised:
            await shop.resources.update_portfolio(changed(context_schema={}))
        (violation,) = raised.value.violations
        return violation.description

    assert in_shop(story()).startswith("breaks policy 2.exclusive_rules.rules[0].expression")


def test_a_policy_with_rules_at_fault_is_not_stored() -> None:
    """Exclusive rules that do not fit the schema are refused when the policy is stored."""

    async def story() -> tuple[list[str], int]:
        shop = await Shop().open()
        policy = Policy(portfolio_id="shop", exploration=exclusive(sale="r == 5", news="open_issue"))
        with pytest.raises(InvalidRequest) as raised:
            await shop.resources.create_policy(policy)
        return [violation.field for violation in raised.value.violations], len(shop.resources.policies("shop"))

    assert (["policy.exclusive_rules.rules[1].expression"], 1) == in_shop(story())


def test_a_policy_goes_to_work_once_its_campaigns_exist() -> None:
    """Exclusive rules may be stored before their campaigns, and go to work or into the shadow only with them."""

    async def story() -> tuple[str, str, int]:
        shop = await Shop().open()
        policy = Policy(portfolio_id="shop", exploration=exclusive(later="r == 5", **{NO_CONTACT: "r == 1"}))
        stored = (await shop.resources.create_policy(policy)).value.policy_version
        reasons = []
        shadow = ShadowSetting(portfolio_id="shop", policy_version=stored)
        for attempt in (shop.resources.deploy_policy("shop", stored), shop.resources.set_shadow(shadow)):
            with pytest.raises(FailedPrecondition) as raised:
                await attempt
            reasons.append(raised.value.reason)
        await shop.resources.create_campaign("shop", Campaign(campaign_id="later"))
        await shop.resources.deploy_policy("shop", stored)
        return reasons[0], reasons[1], shop.resources.deployed_policy("shop").value.policy_version

    assert ("UNKNOWN_CAMPAIGN", "UNKNOWN_CAMPAIGN", 2) == in_shop(story())


def test_business_as_usual_is_about_campaigns_that_exist() -> None:
    """Exclusive rules as business as usual may come before the catalogue; once there is one they must fit it."""

    async def story() -> str:
        usual = exclusive(sale="r == 5", later="r == 1")
        shop = await Shop().open(changed(business_as_usual=usual))
        with pytest.raises(FailedPrecondition) as raised:
            await shop.resources.update_portfolio(changed(business_as_usual=usual, display_name="Shop"))
        assert "later" in str(raised.value)
        assert "sale" not in str(raised.value)
        await shop.resources.create_campaign("shop", Campaign(campaign_id="later"))
        stored = await shop.resources.update_portfolio(changed(business_as_usual=usual, display_name="Shop"))
        return stored.value.display_name

    assert "Shop" == in_shop(story())


@pytest.mark.parametrize(
    ("former", "renamed"),
    [
        (CampaignState.PAUSED, CampaignState.LIVE),
        (CampaignState.ENDED, CampaignState.LIVE),
        (CampaignState.LIVE, CampaignState.PAUSED),
    ],
)
def test_of_a_campaign_and_its_former_self_one_is_live(former: CampaignState, renamed: CampaignState) -> None:
    """A renamed campaign learns as its first self, and none of the names may be live beside another."""

    async def story() -> tuple[list[str], list[str]]:
        shop = await Shop().open()
        resources = shop.resources
        await resources.update_campaign("shop", Campaign(campaign_id="sale", state=former))
        second = Campaign(campaign_id="sale-2", state=renamed, renamed_from="sale")
        await resources.create_campaign("shop", second)
        third = Campaign(campaign_id="sale-3", state=CampaignState.DRAFT, renamed_from="sale-2")
        learned_as = [
            resources.campaign("shop", "sale-2").campaign.learned_as,
            (await resources.create_campaign("shop", third)).campaign.learned_as,
        ]
        fields = []
        for change in (
            dataclasses.replace(third, state=CampaignState.LIVE),
            dataclasses.replace(second, state=CampaignState.LIVE)
            if former is CampaignState.LIVE
            else Campaign(campaign_id="sale"),
        ):
            with pytest.raises(InvalidRequest) as raised:
                await resources.update_campaign("shop", change)
            fields += [violation.field for violation in raised.value.violations]
        return learned_as, fields

    learned_as, fields = in_shop(story())

    assert ["sale", "sale"] == learned_as
    second_field = "campaign.renamed_from" if former is CampaignState.LIVE else "campaign.state"
    assert ["campaign.renamed_from", second_field] == fields


@pytest.mark.parametrize("name", ["unknown", "x-2"])
def test_renamed_from_names_a_former_campaign(name: str) -> None:
    """A campaign renamed from an unknown one, or from what is renamed from itself, is refused by that field."""

    async def story() -> list[tuple[str, str]]:
        shop = await Shop().open()
        await shop.resources.create_campaign("shop", Campaign(campaign_id="x", state=CampaignState.ENDED))
        await shop.resources.create_campaign("shop", Campaign(campaign_id="x-2", renamed_from="x"))
        with pytest.raises(InvalidRequest) as raised:
            await shop.resources.update_campaign("shop", Campaign(campaign_id="x", renamed_from=name))
        return [(violation.field, violation.description) for violation in raised.value.violations]

    assert ["campaign.renamed_from"] == [field for field, _ in in_shop(story())]


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdefgh"), min_size=1))
@settings(derandomize=True, max_examples=50)
def test_former_campaigns_come_first(former: dict[str, str]) -> None:
    """Every campaign is kept once, and comes after the one that it was renamed from, unless that is a circle."""
    campaigns = [Campaign(campaign_id=name, renamed_from=old) for name, old in former.items()]

    ordered = [campaign.campaign_id for campaign in former_first(campaigns)]

    assert sorted(former) == sorted(ordered)
    for name in former:
        chain = [name]
        while (old := former.get(chain[-1])) is not None and old not in chain:
            chain.append(old)
        known = [one for one in chain if one in former]
        if chain[-1] not in former:  # no circle
            assert known == sorted(known, key=ordered.index, reverse=True)


@pytest.mark.parametrize("order", ["campaign last", "portfolio last"])
def test_rules_of_portfolio_and_campaign_must_hold_together(order: str) -> None:
    """A portfolio's rule and a campaign's that can never hold together are refused, whichever comes last, both named."""
    lapsed = dataclasses.replace(WITH_SCHEMA, rules=(Rule(name="lapsed", expression="recency_days > 90"),))
    own = (Rule(name="any issue", expression="open_issue"), Rule(name="recent", expression="recency_days < 30"))
    campaign = Campaign(campaign_id="x", rules=own)

    async def story() -> list[tuple[str, str]]:
        shop = await Shop().open(WITH_SCHEMA)
        if order == "campaign last":
            await shop.resources.update_portfolio(lapsed)
            return await refusal(shop, campaign)
        await shop.resources.create_campaign("shop", campaign)
        with pytest.raises(InvalidRequest) as raised:
            await shop.resources.update_portfolio(lapsed)
        return [(violation.field, violation.description) for violation in raised.value.violations]

    [(field, text)] = in_shop(story())

    assert {"campaign last": "campaign.rules", "portfolio last": "portfolio.rules"}[order] == field
    assert text == (
        "rule 'lapsed' of the portfolio and rule 'recent' of campaign 'x': "
        "These rules never hold together: recency_days > 90 contradicts recency_days < 30."
    )


def test_campaigns_that_have_ended_do_not_keep_a_portfolio_from_new_rules() -> None:
    """Rules of a portfolio need not hold together with those of a campaign that has ended."""
    lapsed = dataclasses.replace(WITH_SCHEMA, rules=rules("recency_days > 90"))
    ended = Campaign(campaign_id="x", state=CampaignState.ENDED, rules=rules("recency_days < 30"))

    async def story() -> int:
        shop = await Shop().open(WITH_SCHEMA)
        await shop.resources.create_campaign("shop", ended)
        return len((await shop.resources.update_portfolio(lapsed)).value.rules)

    assert 1 == in_shop(story())
