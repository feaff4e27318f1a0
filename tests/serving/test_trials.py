"""Laws of a trial: two policies divide the customers, each decision says whose it is, and harm ends the trial."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs
from structlog.testing import capture_logs

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.decision import DecidedBy, Decision, LearnedState
from banditsvc.core.errors import FailedPrecondition, InvalidRequest
from banditsvc.core.exploration import EpsilonGreedy, FixedPriority
from banditsvc.core.guardrail_spec import GuardrailSpec
from banditsvc.core.model import Model
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.phase import Phase, PhaseSpec
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.reproduce import is_reproduced, policy_probabilities
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.ports import RunningSums
from banditsvc.serving.guardrail_watch import GuardrailWatch
from banditsvc.serving.resources import Resources
from banditsvc.settings_history import SettingsHistory
from banditsvc.store import SqliteLog
from tests.serving.checkpoints import save_model
from tests.serving.shop import CAMPAIGNS, PORTFOLIO, Shop, in_shop, rank_call
from tests.serving.stories import rank
from tests.serving.test_guardrail_watch import answers

SHARE = 0.25
SPLIT = TrafficSplit(2, 3, SHARE)
DIVIDED = replace(PORTFOLIO, assignments=(AssignmentSpec(uniform_random=0.2, business_as_usual=0.1, holdout=0.2),))
INCUMBENT = Policy(portfolio_id="shop", policy_version=2, exploration=EpsilonGreedy(epsilon=0.2))
CHALLENGER = Policy(portfolio_id="shop", policy_version=3, exploration=EpsilonGreedy(epsilon=0.8), floor=0.1)
MODEL = Model(
    portfolio_id="shop",
    model_version="1.1",
    learner_version=1,
    learner=PORTFOLIO.learner,
    learned=LearnedState(5_000, 3.0, 10.0),
    weights=np.random.default_rng(1).normal(0.0, 0.05, 1 << PORTFOLIO.learner.train.bits).astype(np.float32),
)
OFFERED = tuple(sorted(CAMPAIGNS, key=lambda campaign: campaign.campaign_id))
"""Campaigns in the order of eligible."""


async def on_trial(portfolio: Portfolio = PORTFOLIO, share: float = SHARE, shop: Shop | None = None) -> Shop:
    """Returns a shop with an incumbent and a challenger."""
    opened = await (shop or Shop()).open(portfolio)
    for policy in (INCUMBENT, CHALLENGER):
        await opened.resources.create_policy(policy)
    await opened.resources.deploy_policy("shop", 2)
    await opened.resources.deploy_policy("shop", 3, share)
    save_model(opened.registry, MODEL, RunningSums(learned_count=1))
    await opened.active.poll()
    return opened


async def ranked_all(shop: Shop, count: int = 300, prefix: str = "c") -> list[Decision]:
    """Returns the decisions for many customers."""
    return await rank(shop, *[rank_call(f"{prefix}{number}") for number in range(count)])


def test_each_customer_has_one_policy_and_exact_probabilities() -> None:
    """The split says whose a customer is; what is logged is that policy's, and comes out again bit for bit."""

    async def story() -> None:
        shop = await on_trial()
        stored = shop.resources.portfolio("shop").value
        decisions = await ranked_all(shop)
        for decision in decisions:
            version = SPLIT.version_for(stored.salt, decision.input.customer_id)
            policy = {2: INCUMBENT, 3: CHALLENGER}[version]
            assert (version, SPLIT, SPLIT.share_of(version)) == (
                decision.policy_version,
                decision.traffic_split,
                decision.traffic_share,
            )
            own = policy_probabilities(decision, policy, stored, OFFERED)[0]
            assert decision.selection_probabilities == tuple(own.tolist())
            assert is_reproduced(decision, policy, stored, OFFERED)
        other = structs.replace(decisions[0], policy_version=5 - decisions[0].policy_version)
        assert not is_reproduced(other, CHALLENGER, stored, OFFERED)
        assert {2, 3} == {decision.policy_version for decision in decisions}

    in_shop(story())


def test_one_by_one_and_together_are_the_same() -> None:
    """A batch decides as single calls do, customers of both policies and of all groups among each other."""

    async def story() -> None:
        shop = await on_trial(DIVIDED)
        calls = [rank_call(f"c{number}", decision_id=f"d{number}", dry_run=True) for number in range(60)]
        single = [decision for call in calls for decision in await rank(shop, call)]
        together = await rank(shop, *calls)
        assert [structs.replace(one, decision_id="") for one in single] == [
            structs.replace(one, decision_id="") for one in together
        ]

    in_shop(story())


def test_the_mixture_takes_the_split_into_account() -> None:
    """Over all groups and both policies the mixture is one vector, whoever drew: shares times each one's probabilities."""

    async def story() -> None:
        shop = await on_trial(DIVIDED)
        stored = shop.resources.portfolio("shop").value
        decisions = await ranked_all(shop, 400)
        history = SettingsHistory(shop.log.read_resources(0), "shop")
        found = [(one, history.mixture(one)) for one in decisions]
        pooled = [mixture for one, mixture in found if one.group is not AssignmentGroup.HOLDOUT]
        parts = [policy_probabilities(decisions[0], policy, stored, OFFERED)[0] for policy in (INCUMBENT, CHALLENGER)]
        by_policy = (1.0 - SHARE) * parts[0] + SHARE * parts[1]
        usual = np.array([campaign.campaign_id == "sale" for campaign in OFFERED])
        expected = (0.5 * by_policy + 0.2 / len(OFFERED) + 0.1 * usual) / 0.8
        assert np.allclose(np.array(pooled), expected, rtol=0.0, atol=1e-12)

    in_shop(story())


def test_without_groups_the_mixture_is_that_of_both_policies() -> None:
    """Where nobody is divided into groups, the split alone makes the mixture."""

    async def story() -> None:
        shop = await on_trial()
        decisions = await ranked_all(shop, 40)
        history = SettingsHistory(shop.log.read_resources(0), "shop")
        mixtures = [history.mixture(one) for one in decisions]
        assert np.allclose(np.array(mixtures), np.array(mixtures[0]), rtol=0.0, atol=1e-15)
        assert any(one.selection_probabilities != mixtures[0] for one in decisions)

    in_shop(story())


def test_a_repeated_call_keeps_its_decision_over_a_new_share() -> None:
    """Rank is repeated after the share grew and after the trial: the answer is the stored one, with its policy."""

    async def story() -> None:
        shop = await on_trial()
        calls = [rank_call(f"c{number}", occasion="monday") for number in range(40)]
        first = await rank(shop, *calls)
        await shop.resources.deploy_policy("shop", 3, 0.9)
        assert first == await rank(shop, *calls)
        await shop.resources.deploy_policy("shop", 3)
        assert first == await rank(shop, *calls)
        [later] = await rank(shop, rank_call("new"))
        assert (3, None, 1.0) == (later.policy_version, later.traffic_split, later.traffic_share)

    in_shop(story())


def test_a_trial_begins_grows_and_ends_by_deployments(tmp_path: object) -> None:
    """A share below 1 keeps the incumbent at work; 1 makes the challenger the one; deploying the incumbent ends it."""

    async def story() -> None:
        shop = await on_trial(shop=Shop(log=SqliteLog(f"{tmp_path}/log.db")))
        state = shop.resources.state("shop")
        assert (2, SPLIT) == (state.deployed_policy_version, state.split)
        assert state == Resources(shop.log, shop.committer).state("shop")
        begun = state.challenge
        await shop.resources.deploy_policy("shop", 3, 0.5)
        grown = shop.resources.state("shop").challenge
        assert begun is not None
        assert grown is not None
        assert (0.5, begun.position) == (grown.value.traffic_share, grown.position)
        await shop.resources.deploy_policy("shop", 2)
        assert (2, None) == (state.deployed_policy_version, state.split)
        with pytest.raises(FailedPrecondition, match="a trial needs another one beside it"):
            await shop.resources.deploy_policy("shop", 2, 0.5)
        with pytest.raises(InvalidRequest):
            await shop.resources.deploy_policy("shop", 3, 0.0)
        shop.log.close()

    in_shop(story())


def test_where_no_policy_decides_there_is_no_split() -> None:
    """In the phases before the policy a trial rests: decisions are those of the phase and name no split."""

    async def story() -> None:
        shop = await on_trial(replace(PORTFOLIO, phase=PhaseSpec(phase=Phase.OBSERVE)))
        decisions = await ranked_all(shop, 20)
        assert {(DecidedBy.BUSINESS_AS_USUAL, None)} == {(one.decided_by, one.traffic_split) for one in decisions}

    in_shop(story())


def test_a_challenger_passes_the_gate() -> None:
    """A policy on trial is live: outside of a sandbox it needs a certificate or a reason, a baseline needs none."""

    async def story() -> None:
        shop = await Shop().open(replace(PORTFOLIO, sandbox=False))
        await shop.resources.create_policy(CHALLENGER)
        await shop.resources.create_policy(Policy(portfolio_id="shop", exploration=FixedPriority()))
        with pytest.raises(FailedPrecondition, match="policy 2 of portfolio 'shop' may not go live"):
            await shop.resources.deploy_policy("shop", 2, 0.05)
        assert shop.resources.state("shop").challenge is None
        await shop.resources.deploy_policy("shop", 3, 0.05)
        await shop.resources.deploy_policy("shop", 2, 0.05, "agreed")
        assert TrafficSplit(1, 2, 0.05) == shop.resources.state("shop").split

    in_shop(story())


async def _harmed(shop: Shop, version: int) -> list[dict[str, object]]:
    """Has the customers of one policy unsubscribe; returns what the watch logs."""
    watch = GuardrailWatch(shop.resources, shop.log)
    made = [one for one in await ranked_all(shop, 600) if one.policy_version == version]
    await answers(shop, made[:40], OutcomeType.UNSUBSCRIBE)
    with capture_logs() as logs:
        await watch.poll()
    return [dict(one) for one in logs]


def test_harm_by_the_challenger_ends_its_trial_alone() -> None:
    """Where customers of the challenger unsubscribe beyond the limit, the incumbent decides for all, and it is said why."""

    async def story() -> None:
        limits = GuardrailSpec(max_unsubscribe_rate=0.1)
        shop = await on_trial(replace(PORTFOLIO, guardrails=limits))
        logged = await _harmed(shop, 3)
        state = shop.resources.state("shop")
        assert (2, None, None) == (state.deployed_policy_version, state.split, state.tripped)
        assert "guardrail UNSUBSCRIBE_RATE of policy 3: 40 of " in state.deploy_reason
        assert "trial_ended" in [one["event"] for one in logged]
        [decision] = await rank(shop, rank_call("new"))
        assert (DecidedBy.POLICY, 2) == (decision.decided_by, decision.policy_version)
        await shop.resources.deploy_policy("shop", 3, 0.05)
        assert not shop.resources.state("shop").deploy_reason

    in_shop(story())


def test_harm_by_the_incumbent_is_not_the_challenger_s() -> None:
    """Customers of the incumbent who unsubscribe do not count against the challenger; a trip of all ends the trial too."""

    async def story(limit: float) -> tuple[bool, bool]:
        shop = await on_trial(replace(PORTFOLIO, guardrails=GuardrailSpec(max_unsubscribe_rate=limit)))
        await _harmed(shop, 2)
        state = shop.resources.state("shop")
        return state.split is not None, state.tripped is not None

    assert ((True, False), (False, True)) == (in_shop(story(0.09)), in_shop(story(0.01)))
