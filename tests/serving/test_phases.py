"""The laws of phases: who decides for whom, with which exact probabilities, and what is asked to go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs
from scipy.stats import chisquare

from banditsvc.core.decision import DecidedBy, Decision, GhostDecision
from banditsvc.core.exploration import Uniform
from banditsvc.core.outcome import Feed, FeedMark, OutcomeType
from banditsvc.core.phase import Phase, PhaseSpec
from banditsvc.core.phase_conditions import LEAST_LEARNED, PhaseConditionKind
from banditsvc.core.portfolio import Portfolio, SettleSpec
from banditsvc.core.reproduce import is_reproduced
from banditsvc.core.settle import never_learned
from banditsvc.core.times import DAY_US
from banditsvc.ports import RunningSums
from banditsvc.serving.blamed_contacts import is_policy_contact
from banditsvc.serving.decision_campaigns import eligible_campaigns
from banditsvc.settings_history import SettingsHistory
from tests.serving.checkpoints import save_model
from tests.serving.grouped_shop import (
    HOLDOUT,
    OPTIMIZED,
    SHOP,
    UNIFORM_RANDOM,
    of_group,
    serve_model,
    stored_shop,
    trained,
)
from tests.serving.past_sends import imported, past_send
from tests.serving.shop import CAMPAIGNS, PORTFOLIO, START_US, Shop, in_shop, rank_call
from tests.serving.stories import rank

OBSERVE = PhaseSpec(phase=Phase.OBSERVE)
SHARE = 0.3
RANDOM_SHARE = PhaseSpec(phase=Phase.RANDOM_SHARE, random_share=SHARE)
ALONE = replace(PORTFOLIO, salt="salt of the shop")
LEVEL = 0.001


async def decisions_of(portfolio: Portfolio, count: int = 200) -> tuple[Shop, list[Decision]]:
    """Returns what a shop with a trained model decides."""
    shop = stored_shop(portfolio)
    await serve_model(shop)
    calls = [rank_call(f"c{number}", decision_id=f"d{number}") for number in range(count)]
    return shop, await rank(shop, *calls)


def test_business_as_usual_is_observed_and_learned_from() -> None:
    """In OBSERVE business as usual decides for everyone who is optimized, what the model predicts is logged beside it,
    and it is learned from without the switch for its group.
    """
    shop, decisions = in_shop(decisions_of(replace(SHOP, assignments=(), phase=OBSERVE), count=20))

    assert {(DecidedBy.BUSINESS_AS_USUAL, "sale", 1.0)} == {
        (one.decided_by, one.campaign_id, one.selection_probability) for one in decisions
    }
    assert all(one.predicted_rewards for one in decisions)
    assert {None} == {never_learned(one, SHOP.learner.settle) for one in decisions}
    assert not any(one.explored for one in decisions)
    assert shop.log.count_decisions("shop", 0) == len(decisions)


def test_groups_of_an_experiment_keep_what_they_are() -> None:
    """Whatever the phase, a coin's group is decided by equal draws, and a ghost is made as for who is optimized."""
    _, decisions = in_shop(decisions_of(replace(SHOP, phase=RANDOM_SHARE)))
    ghosts = [one.would_have_sent for one in of_group(decisions, HOLDOUT)]

    assert {DecidedBy.RANDOM_SHARE} == {one.decided_by for one in of_group(decisions, OPTIMIZED)}
    assert {DecidedBy.UNIFORM_RANDOM} == {one.decided_by for one in of_group(decisions, UNIFORM_RANDOM)}
    assert {DecidedBy.RANDOM_SHARE} == {ghost.decided_by for ghost in ghosts if isinstance(ghost, GhostDecision)}


def test_a_random_share_is_the_exact_mixture() -> None:
    """In RANDOM_SHARE each logged vector is share x equal draw + (1 - share) x business as usual, and over 20,000
    customers each campaign is chosen so often (chi-square, level .001).
    """
    portfolio = replace(SHOP, assignments=(), phase=RANDOM_SHARE)
    _, decisions = in_shop(decisions_of(portfolio, count=20_000))
    usual = "sale"
    campaigns = sorted(set(decisions[0].eligible))
    expected = {name: SHARE / len(campaigns) + (1.0 - SHARE) * (name == usual) for name in campaigns}
    logged = [(one.campaign_id, one.selection_probability) for one in decisions]
    counts = [sum(name == one for one, _ in logged) for name in campaigns]

    assert max(abs(p - expected[name]) for name, p in logged) < 1e-12
    assert max(abs(sum(one.selection_probabilities) - 1.0) for one in decisions) < 1e-12
    assert chisquare(counts, np.array(list(expected.values())) * len(logged)).pvalue > LEVEL


@pytest.mark.parametrize("phase", [OBSERVE, RANDOM_SHARE, PhaseSpec()])
def test_decisions_of_every_phase_are_reproduced(phase: PhaseSpec) -> None:
    """Probabilities and choice follow bit for bit from the log, for ghosts too, whatever the phase."""
    portfolio = replace(SHOP, phase=phase)
    shop, decisions = in_shop(decisions_of(portfolio))
    state = shop.resources.state("shop")
    policy = state.policies[0].value

    for decision in decisions:
        campaigns = eligible_campaigns(decision, state)
        assert campaigns is not None
        assert is_reproduced(decision, policy, portfolio, campaigns)


@pytest.mark.parametrize("phase", [OBSERVE, RANDOM_SHARE])
def test_the_mixture_over_groups_is_one_whoever_drew(phase: PhaseSpec) -> None:
    """With groups, the mixture over them has what the phase decides in the policy's place, and sums to 1."""
    portfolio = replace(SHOP, phase=phase)
    shop, decisions = in_shop(decisions_of(portfolio))
    history = SettingsHistory(shop.log.read_resources(0), "shop")
    found = [history.mixture(one) for one in decisions if one.group is not HOLDOUT]
    first = found[0]
    assert first is not None
    campaigns, sent = len(set(decisions[0].eligible)), 0.75
    chance = (0.25 + 0.25 * (SHARE if phase is RANDOM_SHARE else 0.0)) / sent

    assert all(one is not None and np.allclose(one, first, rtol=0.0, atol=1e-12) for one in found)
    assert abs(sum(first) - 1.0) < 1e-12
    assert abs(first[decisions[0].eligible.index("receipt")] - chance / campaigns) < 1e-12


def test_the_policy_decides_where_no_phase_is_set() -> None:
    """The default is the policy: a portfolio that says nothing of phases is as it was before there were any."""
    _, decisions = in_shop(decisions_of(replace(SHOP, assignments=()), count=20))

    assert {DecidedBy.POLICY} == {one.decided_by for one in decisions}
    assert PhaseSpec(phase=Phase.POLICY) == PORTFOLIO.phase


def test_a_random_business_as_usual_is_a_uniform_share() -> None:
    """Where business as usual is an equal draw, so is the mixture."""
    portfolio = replace(SHOP, assignments=(), business_as_usual=Uniform(), phase=RANDOM_SHARE)
    _, decisions = in_shop(decisions_of(portfolio, count=5))

    assert max(abs(one.selection_probability - 0.25) for one in decisions) < 1e-12


def test_a_phase_begins_with_the_settings_that_name_it() -> None:
    """Since when a portfolio is in its phase is told by the log, and other changes of its settings do not move it."""

    async def story() -> None:
        shop = await Shop().open(replace(ALONE, phase=OBSERVE))
        began = (await shop.phases.view("shop")).since_us
        shop.clock.set_us(START_US + DAY_US)
        await shop.resources.update_portfolio(replace(ALONE, phase=OBSERVE, display_name="Shop", portfolio_version=0))
        assert began == (await shop.phases.view("shop")).since_us
        await shop.resources.update_portfolio(replace(ALONE, phase=RANDOM_SHARE, portfolio_version=0))
        view = await shop.phases.view("shop")

        assert began + DAY_US <= view.since_us
        assert (RANDOM_SHARE, Phase.POLICY) == (view.spec, view.next_phase)

    in_shop(story())


def test_what_is_missing_is_told_in_numbers() -> None:
    """Each condition has what there is and what is asked, and is met from there on; a portfolio at work has none."""

    async def story() -> None:
        feed = Feed(type=OutcomeType.REVENUE)
        settle = SettleSpec(required_feeds=(feed,))
        strict = replace(ALONE, learner=replace(ALONE.learner, settle=settle))
        shop = await Shop().open(replace(strict, phase=RANDOM_SHARE))
        first = {one.kind: one for one in (await shop.phases.view("shop")).conditions}
        assert set(PhaseConditionKind) == set(first)
        assert {0.0} == {round(one.value, 6) for one in first.values()}
        assert not any(one.is_met for one in first.values())

        now_us = START_US + 8 * DAY_US
        shop.clock.set_us(now_us)
        await shop.rewarder.post_marks([FeedMark(portfolio_id="shop", feed=feed, complete_through_us=now_us - DAY_US)])
        save_model(shop.registry, trained(), RunningSums(learned_count=LEAST_LEARNED))
        await shop.active.poll()
        sent_lately = [
            past_send(f"c{number}", campaign.campaign_id, send_time_us=now_us - DAY_US)
            for campaign in CAMPAIGNS
            for number in range(100)
        ]
        await imported(shop, *sent_lately)
        met = (await shop.phases.view("shop")).conditions
        assert all(one.is_met for one in met)
        assert [1000.0, 8.0, 1.0, 1.0] == [round(one.value, 3) for one in met]

        await shop.resources.update_portfolio(replace(strict, portfolio_version=0))
        view = await shop.phases.view("shop")
        assert (None, ()) == (view.next_phase, view.conditions)

    in_shop(story())


def test_campaigns_are_asked_for_only_before_the_policy() -> None:
    """Business as usual may never send some campaigns, so OBSERVE does not ask for them; without feeds none is asked."""

    async def story() -> None:
        shop = await Shop().open(replace(ALONE, phase=OBSERVE))
        view = await shop.phases.view("shop")

        assert [PhaseConditionKind.LEARNED, PhaseConditionKind.DAYS] == [one.kind for one in view.conditions]
        assert Phase.RANDOM_SHARE is view.next_phase

    in_shop(story())


def test_guardrails_watch_the_contacts_that_chance_has_a_part_in() -> None:
    """Unsubscribes and silence are counted of contacts by the policy and by a random share, and of no others."""
    _, decisions = in_shop(decisions_of(replace(SHOP, assignments=()), count=1))
    watched = {who for who in DecidedBy if is_policy_contact(structs.replace(decisions[0], decided_by=who))}

    assert {DecidedBy.POLICY, DecidedBy.RANDOM_SHARE} == watched
