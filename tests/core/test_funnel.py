"""Laws of the funnel: every drop has one reason, the first; NO_CONTACT is a choice and never a way out."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState, CampaignType
from banditsvc.core.consent import ConsentState, GivenConsent
from banditsvc.core.contact_policy import ContactCap, ContactPolicy, QuietTime
from banditsvc.core.context import CustomerContext
from banditsvc.core.funnel import EligibleSet
from banditsvc.core.organization import Organization
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.rule import Rule
from banditsvc.core.times import DAY_US
from tests.core.funnel_calls import NOON_US, asked, contact, drops, funnel, ids, rule, shop, used_up


def test_no_contact_stands_beside_what_is_eligible() -> None:
    """Where the portfolio allows it, NO_CONTACT is eligible with whatever else is, named or not, and is no rejection."""
    for candidates in ((), ("news", "sale"), ("news", NO_CONTACT, "sale")):
        left = funnel(asked(candidates=candidates), portfolio=shop(allow_no_contact=True))
        assert [NO_CONTACT, "news", "sale"] == ids(left)
        assert [] == drops(left)


@pytest.mark.parametrize("candidates", [(), ("news", "sale"), ("news", "sale", NO_CONTACT)])
def test_an_excluded_no_contact_is_a_rejection(candidates: tuple[str, ...]) -> None:
    """Excluding NO_CONTACT shows like any exclusion, once, whether or not it was named."""
    left = funnel(asked(candidates=candidates, excluded=(NO_CONTACT,)), portfolio=shop(allow_no_contact=True))
    assert ["news", "sale"] == ids(left)
    assert [(NO_CONTACT, FunnelStage.APPLICABILITY, "excluded")] == drops(left)


def test_no_contact_alone_is_explained() -> None:
    """NO_CONTACT is nothing to fall back on: with no other campaign left it is dropped, and says so."""
    allowed = shop(allow_no_contact=True)
    alone = (NO_CONTACT, FunnelStage.APPLICABILITY, "alone")
    named = funnel(asked(candidates=(NO_CONTACT,)), portfolio=allowed)
    assert ([], [alone]) == (ids(named), drops(named))
    nothing_left = funnel(asked(candidates=("old",)), portfolio=allowed)
    assert ([], [alone, ("old", FunnelStage.VALIDITY, "state")]) == (ids(nothing_left), drops(nothing_left))
    excluded = funnel(asked(candidates=("old",), excluded=(NO_CONTACT,)), portfolio=allowed)
    assert (NO_CONTACT, FunnelStage.APPLICABILITY, "excluded") in drops(excluded)


def test_no_contact_that_is_not_allowed_is_invalid() -> None:
    """Where the portfolio does not allow it, NO_CONTACT is a rejection when it is named, and else of no account."""
    named = funnel(asked(candidates=("news", NO_CONTACT), excluded=(NO_CONTACT,)))
    assert [(NO_CONTACT, FunnelStage.VALIDITY, "no_contact")] == drops(named)
    assert [] == drops(funnel(asked(candidates=("news",), excluded=(NO_CONTACT,))))


class _Case:
    """A campaign with everything against it, and what is mended one after another."""

    def __init__(self) -> None:
        stages = (FunnelStage.SUITABILITY, FunnelStage.APPLICABILITY, FunnelStage.ELIGIBILITY)
        day = QuietTime(name="day", start=time(8), end=time(20))
        policy = ContactPolicy(caps=(ContactCap(name="cap", max_contacts=1, window_us=DAY_US),), quiet_times=(day,))
        self.organization = Organization(organization_id="default", default_purpose="marketing", contact_policy=policy)
        self.common = {f"common {stage.name}": rule(f"common {stage.name}", stage) for stage in stages}
        self.own = {f"own {stage.name}": rule(f"own {stage.name}", stage) for stage in stages}
        self.campaign: dict[str, Any] = {
            "campaign_id": "a",
            "state": CampaignState.PAUSED,
            "start_time_us": NOON_US + 1,
            "end_time_us": NOON_US,
            "channel": "email",
            "placements": ("top",),
        }
        self.wishes: dict[str, Any] = {
            "candidates": ("a",),
            "excluded": ("a",),
            "channel": "sms",
            "placement": "side",
            "send_time_us": NOON_US,
        }
        self.known: dict[str, Any] = {"contacts": [contact("b", NOON_US - 1)], "ledgers": [used_up("budget")]}

    def left(self) -> EligibleSet:
        campaign = Campaign(**self.campaign, rules=tuple(self.own.values()))
        portfolio = shop(rules=tuple(self.common.values()))
        return funnel(
            asked(**self.wishes),
            campaigns=[campaign],
            portfolio=portfolio,
            organization=self.organization,
            **self.known,
        )

    def mend(self, name: str) -> None:
        grant = GivenConsent(purpose="marketing", state=ConsentState.GRANTED)
        remedies: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
            "consent": (self.wishes, {"consents": (grant,)}),
            "state": (self.campaign, {"state": CampaignState.LIVE}),
            "start_time": (self.campaign, {"start_time_us": None}),
            "end_time": (self.campaign, {"end_time_us": None}),
            "channel": (self.wishes, {"channel": ""}),
            "placement": (self.wishes, {"placement": "top"}),
            "day": (self.wishes, {"context": CustomerContext(time_zone="Asia/Tokyo")}),
            "excluded": (self.wishes, {"excluded": ()}),
            "cap": (self.known, {"contacts": []}),
            "budget": (self.known, {"ledgers": []}),
        }
        if name in remedies:
            where, remedy = remedies[name]
            where.update(remedy)
        self.common.pop(name, None)
        self.own.pop(name, None)


def test_the_first_stage_that_drops_a_campaign_is_the_one_that_is_told() -> None:
    """Of all that is against a campaign the first in the order of the funnel is told, and once mended the next."""
    order = [
        (FunnelStage.CONSENT, "consent"),
        (FunnelStage.VALIDITY, "state"),
        (FunnelStage.VALIDITY, "start_time"),
        (FunnelStage.VALIDITY, "end_time"),
        (FunnelStage.VALIDITY, "channel"),
        (FunnelStage.VALIDITY, "placement"),
        (FunnelStage.VALIDITY, "day"),
        (FunnelStage.ELIGIBILITY, "common ELIGIBILITY"),
        (FunnelStage.ELIGIBILITY, "own ELIGIBILITY"),
        (FunnelStage.APPLICABILITY, "excluded"),
        (FunnelStage.APPLICABILITY, "common APPLICABILITY"),
        (FunnelStage.APPLICABILITY, "own APPLICABILITY"),
        (FunnelStage.SUITABILITY, "common SUITABILITY"),
        (FunnelStage.SUITABILITY, "own SUITABILITY"),
        (FunnelStage.CONTACT_POLICY, "cap"),
        (FunnelStage.CAPACITY, "budget"),
    ]
    case, told = _Case(), []
    for _, name in order:
        left = case.left()
        told += [(rejection.stage, rejection.rule) for rejection in left.rejections]
        case.mend(name)
    assert order == told
    assert (["a"], []) == (ids(case.left()), drops(case.left()))


def test_a_rejection_by_a_rule_gives_its_reason_or_else_its_expression() -> None:
    """People read the rule's reason, and where it has none the condition itself."""
    with_reason = Rule(name="open issue", expression="recency_days < 30", reason="an issue is open")
    for one, expected in ((with_reason, "an issue is open"), (rule("r", FunnelStage.SUITABILITY), "recency_days < 30")):
        left = funnel(asked(), campaigns=[Campaign(campaign_id="a", rules=(one,))])
        assert [expected] == [rejection.reason for rejection in left.rejections]


def test_a_rule_that_cannot_be_read_drops_everybody_and_says_so() -> None:
    """What a changed schema has left unreadable fails closed: the campaign is dropped with the fault as the reason."""
    broken = Campaign(campaign_id="a", rules=(Rule(name="r", expression="points > 3"),))
    (rejection,) = funnel(asked(), campaigns=[broken]).rejections
    assert ("r", True) == (rejection.rule, rejection.reason.startswith("the rule cannot be read: "))


def test_a_rule_that_names_the_campaign_is_asked_for_each() -> None:
    """The same rule lets one campaign pass and drops another where it looks at the campaign."""
    bound = Rule(name="at most 5 %", expression="campaign.value <= 0.05 * monetary")
    campaigns = [Campaign(campaign_id=f"worth {value}", value=value) for value in (4.0, 6.0)]
    left = funnel(asked(context=CustomerContext(monetary=100.0)), campaigns=campaigns, portfolio=shop(rules=(bound,)))
    assert (["worth 4.0"], ["worth 6.0"]) == (ids(left), [drop[0] for drop in drops(left)])


def test_transactional_campaigns_need_no_consent_and_know_no_limits() -> None:
    """A receipt goes out by night, without consent and beyond the cap; capacity alone holds it back."""
    receipt = Campaign(campaign_id="receipt", type=CampaignType.TRANSACTIONAL)
    policy = ContactPolicy(caps=(ContactCap(name="cap", min_gap_us=DAY_US),), quiet_times=(QuietTime(name="always"),))
    strict = Organization(organization_id="default", default_purpose="marketing", contact_policy=policy)
    given: dict[str, Any] = {"campaigns": [receipt], "organization": strict, "contacts": [contact("a", 0)]}
    assert ["receipt"] == ids(funnel(asked(), **given))
    assert [("receipt", FunnelStage.CAPACITY, "all")] == drops(funnel(asked(), ledgers=[used_up("all")], **given))


def test_the_channel_of_a_request_is_that_of_a_campaign_without_one() -> None:
    """Consent, quiet times and labels go by the campaign's channel, and by that of the request where it has none."""
    denied = (GivenConsent(channel="sms", state=ConsentState.DENIED),)
    campaigns = [Campaign(campaign_id="any"), Campaign(campaign_id="mail", channel="email")]
    for channel, dropped, labelled in (
        ("sms", ["any", "mail"], []),
        ("email", [], ["email", "email"]),
        ("", ["any"], ["email"]),
    ):
        left = funnel(asked(channel=channel, consents=denied), campaigns=campaigns)
        assert dropped == [drop[0] for drop in drops(left)]
        assert labelled == [candidate.labels.channel for candidate in left.candidates]


def test_only_the_portfolios_own_contacts_count_for_its_own_policy() -> None:
    """A cap of the organization counts the contacts of all its portfolios, a portfolio's own cap only its own."""
    policy = ContactPolicy(caps=(ContactCap(name="gap", min_gap_us=DAY_US),))
    organization = Organization(organization_id="default", contact_policy=policy)
    elsewhere = [contact("x", 0, portfolio_id="other")]
    assert ["news", "sale"] == ids(funnel(asked(), portfolio=shop(contact_policy=policy), contacts=elsewhere))
    assert [] == ids(funnel(asked(), organization=organization, contacts=elsewhere))
    assert [] == ids(funnel(asked(), portfolio=shop(contact_policy=policy), contacts=[contact("x", 0)]))
