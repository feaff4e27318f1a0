"""Groups in the Rank path: who is in which, for how long, and what decides for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from banditsvc.core.assignment import mixture_shares
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.errors import FailedPrecondition, InvalidRequest
from banditsvc.core.exploration import ExclusiveRules, TargetRule
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.organization import DEFAULT_ORGANIZATION
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.times import DAY_US
from banditsvc.ports import GuardrailEvent
from banditsvc.store.memory import MemoryLog
from tests.serving.grouped_shop import (
    BUSINESS_AS_USUAL,
    HOLDOUT,
    OPTIMIZED,
    QUARTERS,
    SHOP,
    UNIFORM_RANDOM,
    of_group,
    serve_model,
    stored_shop,
)
from tests.serving.shop import Shop, in_shop, rank_call, refused
from tests.serving.stories import rank

LEVEL = 0.001
BATCH = 1_000


async def decided(shop: Shop, count: int, **asked: Any) -> list[Decision]:
    """Returns decisions for customers c0, c1 and so on."""
    found: list[Decision] = []
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        found += await rank(shop, *(rank_call(f"c{number}", **asked) for number in numbers))
    return found


def groups_of(decisions: Sequence[Decision]) -> list[AssignmentGroup]:
    """Returns the group of each decision."""
    return [decision.group for decision in decisions]


def counts_of(groups: Sequence[AssignmentGroup]) -> list[int]:
    """Returns how many there are of each group."""
    return [sum(one is group for one in groups) for group in AssignmentGroup]


def test_groups_come_as_often_as_they_are_logged() -> None:
    """Over nested specifications each group has the frequency that every decision logs as its share."""
    organization = replace(
        DEFAULT_ORGANIZATION, assignments=(AssignmentSpec(holdout=0.05, assignment_version=1, salt="universal"),)
    )
    portfolio = replace(
        SHOP, assignments=(QUARTERS, AssignmentSpec(channel="email", uniform_random=0.5, salt="e-mail"))
    )
    decisions = in_shop(decided(stored_shop(portfolio, organization=organization), 20_000, channel="email"))
    shares = mixture_shares(decisions[0].draws)
    assert (0.95 * 0.25 * 0.5, 0.05 + 0.95 * 0.25) == pytest.approx((shares[0], shares[3]))
    assert float(chisquare(counts_of(groups_of(decisions)), 20_000 * np.array(shares)).pvalue) > LEVEL
    for decision in decisions:
        assert (3, shares[decision.group - 1]) == (len(decision.draws), decision.group_share)


def test_a_customer_stays_in_its_group() -> None:
    """After a restart, with other models, policies, campaigns and settings, and on any occasion the groups are the same."""

    async def story() -> list[list[AssignmentGroup]]:
        shop = stored_shop()
        found = [groups_of(await decided(shop, 300))]
        await serve_model(shop)
        found.append(groups_of(await decided(shop, 300, occasion="monday")))
        campaign = shop.resources.campaign("shop", "sale").campaign
        await shop.resources.update_campaign("shop", replace(campaign, lever=2.0))
        newest = shop.resources.portfolio("shop").value
        await shop.resources.update_portfolio(replace(newest, display_name="renamed", allow_no_contact=True))
        await shop.resources.update_organization(replace(DEFAULT_ORGANIZATION, time_zone="Europe/Berlin"))
        found.append(groups_of(await decided(shop, 300, candidates=("sale", "news"))))
        fresh = Shop(shop.log)
        fresh.clock.set_us(shop.clock.now_us() + 400 * DAY_US)
        found.append(groups_of(await decided(fresh, 300, send_time_us=fresh.clock.now_us())))
        return found

    found = in_shop(story())
    assert [found[0]] * 4 == found
    assert set(AssignmentGroup) == set(found[0])


def test_a_household_shares_a_group() -> None:
    """Customers with one assignment_key are in one group, that of a customer who is called like the key."""

    async def story() -> list[list[AssignmentGroup]]:
        shop = stored_shop()
        calls = [rank_call(f"member-{k}", assignment_key=f"c{k // 4}") for k in range(400)]
        return [groups_of(await rank(shop, *calls)), groups_of(await decided(shop, 100))]

    members, heads = in_shop(story())
    assert [group for group in heads for _ in range(4)] == members


def _with(portfolio: Portfolio, **changes: Any) -> Portfolio:
    """Returns a portfolio with other shares."""
    return replace(portfolio, assignments=(replace(portfolio.assignments[0], **changes),))


@pytest.mark.parametrize("changes", [{"holdout": 0.3}, {"horizon_us": DAY_US}, {"holdout": 0.3, "generation": 1}])
def test_shares_stay_until_their_horizon_is_over(changes: dict[str, Any]) -> None:
    """A change in mid-horizon is refused and changes nothing; the message says when it can be made, and what else to do."""

    async def story() -> tuple[FailedPrecondition, bool, Portfolio]:
        shop = stored_shop()
        before = shop.resources.portfolio("shop").value
        shop.clock.set_us(QUARTERS.end_time_us - DAY_US)
        with pytest.raises(FailedPrecondition) as raised:
            await shop.resources.update_portfolio(_with(before, **changes))
        unchanged = before == shop.resources.portfolio("shop").value
        shop.clock.set_us(QUARTERS.end_time_us)
        return raised.value, unchanged, (await shop.resources.update_portfolio(_with(before, **changes))).value

    error, unchanged, later = in_shop(story())
    assert "ASSIGNMENT_FIXED" == error.reason
    for said in ("portfolio 'shop'", "2026-01-07 08:53 UTC", "assignments.generation above 1"):
        assert said in str(error)
    assert unchanged
    assert (2, QUARTERS.end_time_us) == (later.assignments[0].assignment_version, later.assignments[0].start_time_us)


def test_an_organizations_shares_stay_too() -> None:
    """The universal control is fixed in the same way, and so is a division that would only be left out."""

    async def story() -> list[str]:
        organization = replace(DEFAULT_ORGANIZATION, assignments=(replace(QUARTERS, channel="email"),))
        shop = stored_shop(organization=organization)
        said = []
        for wanted in ((), (replace(QUARTERS, channel="email", holdout=0.5),)):
            with pytest.raises(FailedPrecondition) as raised:
                await shop.resources.update_organization(replace(DEFAULT_ORGANIZATION, assignments=wanted))
            said.append(str(raised.value))
        return said

    for said in in_shop(story()):
        assert "organization 'default' on channel 'email'" in said


def test_a_higher_generation_draws_everyone_again() -> None:
    """With a higher generation shares may change at once; new groups have nothing to do with the former ones."""

    async def story() -> tuple[list[Decision], list[Decision]]:
        shop = stored_shop()
        before = await decided(shop, 8_000)
        newest = shop.resources.portfolio("shop").value
        await shop.resources.update_portfolio(_with(newest, generation=2, holdout=0.1))
        return before, await decided(shop, 8_000)

    before, after = in_shop(story())
    assert ({1}, {2}) == tuple({one.draws[0].assignment_version for one in decisions} for decisions in (before, after))
    table = np.zeros((4, 4))
    for one, other in zip(before, after, strict=True):
        table[one.group - 1, other.group - 1] += 1
    # The new salt is drawn by the service, so this fails once in a million runs.
    assert float(chi2_contingency(table).pvalue) > LEVEL**2
    assert float(chisquare(table.sum(axis=0), 8_000 * np.array([0.4, 0.25, 0.25, 0.1])).pvalue) > LEVEL**2


def test_breaking_off_is_no_way_back() -> None:
    """What divides nobody for a while is drawn anew when it comes back, under a further version."""

    async def story() -> list[tuple[int, int]]:
        shop = stored_shop()
        found = []
        for changes in ({"holdout": 0.0, "uniform_random": 0.0, "business_as_usual": 0.0}, {"holdout": 0.25}):
            newest = shop.resources.portfolio("shop").value
            stored = await shop.resources.update_portfolio(_with(newest, generation=2, **changes))
            spec = stored.value.assignments[0]
            found.append((spec.assignment_version, len((await decided(shop, 1))[0].draws)))
        return found

    assert [(2, 0), (3, 1)] == in_shop(story())


def test_a_request_without_channel_is_refused_alone() -> None:
    """Where groups depend on the channel a request must name one; the others of its batch are answered."""

    async def story() -> tuple[Any, list[Any], int]:
        shop = stored_shop(replace(SHOP, assignments=(replace(QUARTERS, channel="email"),)))
        error = await refused(shop, rank_call(decision_id="d0"))
        answers = await shop.ranker.rank([rank_call("a", channel="email"), rank_call("b"), rank_call("c", channel="x")])
        return error, [type(answer) for answer in answers], shop.log.count_decisions("shop", 0)

    error, kinds, count = in_shop(story())
    assert isinstance(error, InvalidRequest)
    assert ["channel"] == [found.field for found in error.violations]
    assert ["RankAnswer", "InvalidRequest", "RankAnswer"] == [kind.__name__ for kind in kinds]
    assert 2 == count


def test_uniform_random_is_an_equal_draw() -> None:
    """Each eligible campaign has the same probability and frequency, and within it each treatment, model or not."""

    async def story(*, is_trained: bool) -> list[Decision]:
        shop = stored_shop(replace(SHOP, assignments=(AssignmentSpec(uniform_random=1.0, salt="s"),)))
        if is_trained:
            await serve_model(shop)
        return await decided(shop, 6_000)

    for is_trained in (False, True):
        decisions = in_shop(story(is_trained=is_trained))
        assert {DecidedBy.UNIFORM_RANDOM} == {decision.decided_by for decision in decisions}
        assert {(1 / 12,) * 3 + (1 / 4,) * 3} == {decision.selection_probabilities for decision in decisions}
        assert not any(decision.explored for decision in decisions)
        chosen = Counter((decision.campaign_id, decision.treatment_id) for decision in decisions)
        expected = [6_000 * (1 / 12 if treatment_id else 1 / 4) for _, treatment_id in chosen]
        assert 6 == len(chosen)
        assert float(chisquare(list(chosen.values()), expected).pvalue) > LEVEL


def test_business_as_usual_is_what_it_was() -> None:
    """The fixed order, or the portfolio's exclusive rules, decide with probability 1, whatever the model predicts."""
    rules = ExclusiveRules(rules=(TargetRule(campaign_id="winback", expression="recency_days > 5"),))

    async def story(portfolio: Portfolio) -> list[Decision]:
        shop = stored_shop(replace(portfolio, assignments=(AssignmentSpec(business_as_usual=1.0, salt="s"),)))
        await serve_model(shop)
        return await decided(shop, 200)

    for portfolio, chosen in ((SHOP, "sale"), (replace(SHOP, business_as_usual=rules), "winback")):
        decisions = in_shop(story(portfolio))
        said = {(one.decided_by, one.campaign_id, one.selection_probability, one.explored) for one in decisions}
        assert {(DecidedBy.BUSINESS_AS_USUAL, chosen, 1.0, False)} == said
        assert all(decision.predicted_rewards for decision in decisions)


def test_a_tripped_guardrail_leaves_the_groups_as_they_are() -> None:
    """All who get something get business as usual then, and who is held out stays so, with that as ghost."""

    async def story() -> list[Decision]:
        shop = stored_shop()
        tripped = GuardrailEvent(portfolio_id="shop", guardrail=Guardrail.UNSUBSCRIBE_RATE, text="too many")
        await shop.resources.record_guardrail_event(tripped)
        return await decided(shop, 400)

    decisions = in_shop(story())
    for group in (OPTIMIZED, UNIFORM_RANDOM, BUSINESS_AS_USUAL):
        said = {(one.decided_by, one.campaign_id) for one in of_group(decisions, group)}
        assert {(DecidedBy.GUARDRAIL, "sale")} == said
    ghosts = [decision.would_have_sent for decision in of_group(decisions, HOLDOUT)]
    assert {Result.HELD_OUT} == {decision.result for decision in of_group(decisions, HOLDOUT)}
    assert {(DecidedBy.GUARDRAIL, "sale")} == {(one.decided_by, one.campaign_id) for one in ghosts if one is not None}
    assert None not in ghosts
    assert groups_of(decisions) == groups_of(in_shop(decided(stored_shop(log=MemoryLog()), 400)))
