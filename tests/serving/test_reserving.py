from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from msgspec import structs

from banditsvc.core.activation import ActivationState, ActivationStatus
from banditsvc.core.campaign import Campaign, CampaignType
from banditsvc.core.contact_policy import CampaignSelector, ContactCap, ContactExclusion, ContactPolicy
from banditsvc.core.decision import Result
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID, Organization
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.serving.activating import ActivateCall
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call
from tests.serving.stories import NONE, ONE_A_WEEK, SOME, limited, rank, results

SENT, NOT_SENT, REPLACED_BY = ActivationState.SENT, ActivationState.NOT_SENT, ActivationState.REPLACED_BY


async def _say(shop: Shop, decision_id: str, state: ActivationState, **said: Any) -> ActivationStatus:
    answer = (await shop.activator.activate([ActivateCall(decision_id=decision_id, state=state, **said)]))[0]
    assert isinstance(answer, ActivationStatus)
    return answer


def test_a_decision_takes_the_contact_from_those_behind_it() -> None:
    """Of calls for one customer under a cap of one, in a batch, racing or in a row, one alone gets a campaign."""

    async def story(how: str) -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        calls = [rank_call(decision_id=f"d{number}") for number in range(8)]
        if how == "batch":
            return await results(shop, *calls)
        if how == "racing":
            return [result for (result,) in await asyncio.gather(*(results(shop, call) for call in calls))]
        return [(await results(shop, call))[0] for call in calls]

    assert [[SOME, *[NONE] * 7]] * 3 == [in_shop(story(how)) for how in ("batch", "racing", "in a row")]


def test_a_refusal_names_the_cap() -> None:
    """Each campaign is rejected at the stage of contact policy by the name of the cap."""

    async def story() -> set[tuple[FunnelStage, str]]:
        shop = await limited(ONE_A_WEEK)
        decision = (await rank(shop, rank_call(), rank_call()))[1]
        return {(rejection.stage, rejection.rule) for rejection in decision.rejections}

    assert {(FunnelStage.CONTACT_POLICY, "one a week")} == in_shop(story())


def test_customers_are_the_organizations() -> None:
    """A contact of one portfolio counts in all portfolios of its organization, in a batch and across calls."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        other = dataclasses.replace(PORTFOLIO, portfolio_id="other")
        await shop.resources.create_portfolio(other)
        await shop.resources.create_campaign("other", Campaign(campaign_id="hello"))
        first = await results(shop, rank_call("c1"), rank_call("c1", portfolio_id="other"), rank_call("c2"))
        return first + await results(shop, rank_call("c2", portfolio_id="other"))

    assert [SOME, NONE, SOME, NONE] == in_shop(story())


def test_a_portfolios_own_cap_counts_its_own_contacts() -> None:
    """A cap of a portfolio knows nothing of contacts of other portfolios."""

    async def story() -> list[Result]:
        shop = await Shop().open(dataclasses.replace(PORTFOLIO, contact_policy=ContactPolicy(caps=(ONE_A_WEEK,))))
        await shop.resources.create_portfolio(dataclasses.replace(PORTFOLIO, portfolio_id="other"))
        await shop.resources.create_campaign("other", Campaign(campaign_id="hello"))
        calls = [rank_call(), rank_call(portfolio_id="other"), rank_call(), rank_call(portfolio_id="other")]
        return await results(shop, *calls)

    assert [SOME, SOME, NONE, SOME] == in_shop(story())


def test_the_window_slides() -> None:
    """A contact less than the window before or after stands in the way, and one exactly that far does not."""

    async def story(apart_us: int) -> Result:
        shop = await limited(ContactCap(name="two days", max_contacts=1, window_us=2 * DAY_US))
        first, second = sorted([START_US + DAY_US, START_US + DAY_US + abs(apart_us)], reverse=apart_us < 0)
        await results(shop, rank_call(send_time_us=first))
        return (await results(shop, rank_call(send_time_us=second)))[0]

    assert [NONE, SOME] * 2 == [
        in_shop(story(apart_us)) for apart_us in (2 * DAY_US - 1, 2 * DAY_US, 1 - 2 * DAY_US, -2 * DAY_US)
    ]


def test_gaps_and_exclusions_look_at_what_was_reserved() -> None:
    """A least gap and a mutual exclusion hold against reservations of the same batch."""
    gap = ContactCap(name="gap", min_gap_us=HOUR_US)
    never_both = ContactExclusion(
        name="never both",
        first=CampaignSelector(campaign_ids=("sale",)),
        second=CampaignSelector(campaign_ids=("news",)),
    )
    policy = ContactPolicy(caps=(gap,), exclusions=(never_both,))

    async def story() -> list[tuple[str, ...]]:
        shop = await Shop().open()
        await shop.resources.update_organization(
            Organization(organization_id=DEFAULT_ORGANIZATION_ID, contact_policy=policy)
        )
        calls = [
            rank_call(candidates=("sale",)),
            rank_call(send_time_us=START_US + HOUR_US - 1),
            rank_call(send_time_us=START_US + HOUR_US),
        ]
        return [decision.eligible for decision in await rank(shop, *calls)]

    assert [("sale",), (), ("sale", "winback")] == in_shop(story())


@pytest.mark.parametrize(
    ("said", "left"),
    [(SENT, NONE), (NOT_SENT, SOME), (REPLACED_BY, NONE)],
)
def test_a_word_on_a_decision_settles_its_contact(said: ActivationState, left: Result) -> None:
    """SENT keeps the contact, NOT_SENT releases it, and REPLACED_BY puts another in its place."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        before = await results(shop, rank_call(decision_id="d1", defer_activation=True), rank_call())
        await _say(shop, "d1", said, replaced_by="news" if said is REPLACED_BY else "")
        shop.clock.set_us(START_US + 4 * DAY_US)  # past the deadline, within the window
        return [*before, *await results(shop, rank_call(send_time_us=START_US + 4 * DAY_US))]

    assert [SOME, NONE, left] == in_shop(story())


def test_what_replaced_a_campaign_is_counted_as_what_it_is() -> None:
    """After REPLACED_BY the cap of the campaign that went out is used up, and that of the one decided on is not."""
    per_campaign = ContactCap(
        name="once", campaigns=CampaignSelector(families=("loud",)), max_contacts=1, window_us=DAY_US
    )

    async def story() -> tuple[str, ...]:
        shop = await limited(per_campaign)
        for campaign_id in ("a", "b"):
            await shop.resources.create_campaign("shop", Campaign(campaign_id=campaign_id, family="loud"))
        await rank(shop, rank_call(decision_id="d1", defer_activation=True, candidates=("a",)))
        await _say(shop, "d1", REPLACED_BY, replaced_by="news")
        freed = (await rank(shop, rank_call(decision_id="d2", candidates=("a", "b"), defer_activation=True)))[0]
        await _say(shop, "d2", REPLACED_BY, replaced_by="b")
        assert ("a", "b") == freed.eligible
        return (await rank(shop, rank_call(candidates=("a", "b", "sale"))))[0].eligible

    assert ("sale",) == in_shop(story())


def test_a_reservation_ends_with_its_deadline() -> None:
    """A deferred decision that nobody activates counts up to the deadline, and SENT after it counts again."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        found = await results(shop, rank_call(decision_id="d1", defer_activation=True))
        deadline_us = START_US + 3 * DAY_US
        for now_us in (deadline_us, deadline_us + 1):
            shop.clock.set_us(now_us)
            found += await results(shop, rank_call(send_time_us=now_us, is_test=True))
        assert ActivationStatus.EXPIRED == await _say(shop, "d1", SENT)
        return found + await results(shop, rank_call(send_time_us=deadline_us + 1))

    assert [SOME, NONE, SOME, NONE] == in_shop(story())


def test_a_superseded_decision_makes_room_for_its_successor() -> None:
    """The successor is decided as if the old decision were gone, keeps its contact, and a repeat changes nothing."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        old = rank_call(decision_id="old", defer_activation=True)
        new = rank_call(decision_id="new", supersedes="old", defer_activation=True)
        dry = structs.replace(new, decision_id="dry", dry_run=True)
        return await results(shop, old, dry, rank_call(), new, new, rank_call())

    assert [SOME, SOME, NONE, SOME, SOME, NONE] == in_shop(story())


def test_a_replacement_that_went_out_is_not_superseded_away() -> None:
    """Superseding a decision in whose place another campaign went out leaves that contact."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        await results(shop, rank_call(decision_id="old", defer_activation=True))
        await _say(shop, "old", REPLACED_BY, replaced_by="news")
        return await results(shop, rank_call(decision_id="new", supersedes="old"), rank_call())

    assert [NONE, NONE] == in_shop(story())


def test_dry_runs_and_tests_reserve_nothing() -> None:
    """They see the limits, and take nothing from anybody."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        calls = [rank_call(dry_run=True), rank_call(is_test=True), rank_call(), rank_call(dry_run=True)]
        return await results(shop, *calls, rank_call(is_test=True))

    assert [SOME, SOME, SOME, NONE, NONE] == in_shop(story())


def test_transactional_campaigns_are_exempt() -> None:
    """A transactional campaign goes out whatever the cap says, and is not counted."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        await shop.resources.create_campaign("shop", Campaign(campaign_id="receipt", type=CampaignType.TRANSACTIONAL))
        receipt = rank_call(candidates=("receipt",))
        return await results(shop, receipt, rank_call(candidates=("sale",)), receipt, rank_call(candidates=("sale",)))

    assert [SOME, SOME, SOME, NONE] == in_shop(story())
