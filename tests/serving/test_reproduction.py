from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
import structlog
from msgspec import structs

from banditsvc.core.campaign import NO_CONTACT_CAMPAIGN, Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, Decision, LearnedState
from banditsvc.core.exploration import (
    EpsilonGreedy,
    Exploration,
    FixedPriority,
    Greedy,
    Softmax,
    SquareCB,
    Thompson,
    Uniform,
)
from banditsvc.core.model import Model
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.reproduce import is_reproduced, is_shadow_reproduced
from banditsvc.core.scoring import Scorer
from banditsvc.ports import CampaignVersion, DecisionLog, RunningSums
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.store.memory import MemoryLog
from banditsvc.store.memory_registry import MemoryRegistry
from tests.serving.checkpoints import save_model
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call
from tests.serving.treated_shop import (
    EXCLUSIVE,
    LIMITS,
    POLICY,
    PRICES,
    SHOP,
    activated,
    asked_by,
    campaigns_of,
    decided,
    random_requests,
    shadow_of,
)


def _catalogue_at(log: DecisionLog, version: int) -> dict[str, Campaign]:
    versions = [one.value for one in log.read_resources(0) if isinstance(one.value, CampaignVersion)]
    return {one.campaign.campaign_id: one.campaign for one in versions if one.catalogue_version <= version}


def _policy_of(log: DecisionLog, version: int) -> Policy:
    policies = [one.value for one in log.read_resources(0) if isinstance(one.value, Policy)]
    return next(policy for policy in policies if policy.policy_version == version)


def _campaigns(log: DecisionLog, decision: Decision) -> tuple[Campaign, ...]:
    inline = {one.campaign_id: one for one in decision.input.candidates if isinstance(one, Campaign)}
    catalogue = _catalogue_at(log, decision.catalogue_version) | inline
    return tuple(catalogue.get(campaign_id, NO_CONTACT_CAMPAIGN) for campaign_id in decision.eligible)


def _trained(seed: int) -> Model:
    weights = np.random.default_rng(seed).normal(0.0, 0.05, 1 << PORTFOLIO.learner.train.bits).astype(np.float32)
    # Not every learner says how sure it is.
    variances = None if seed % 2 else np.square(weights)
    return Model(
        portfolio_id="shop",
        model_version=f"1.{seed}",
        learner_version=1,
        learner=PORTFOLIO.learner,
        learned=LearnedState(5_000, 3.0, 10.0),
        weights=weights,
        variances=variances,
    )


async def _decide_under_changes() -> tuple[DecisionLog, list[Decision], dict[str, Model]]:
    """Decides while policies, campaigns and models change."""
    chance = random.Random(7)
    shop = await Shop().open(dataclasses.replace(PORTFOLIO, allow_no_contact=True))
    registry = MemoryRegistry()
    shop.active = ActivePortfolios(shop.resources, registry)
    shop.ranker._active = shop.active
    models = {model.model_version: model for model in map(_trained, range(4))}
    explorations: list[Exploration] = [Thompson(), EpsilonGreedy(epsilon=0.3), Softmax(), SquareCB(gamma_scale=40.0)]
    for number, (model, exploration) in enumerate(zip(models.values(), explorations, strict=True)):
        save_model(registry, model, RunningSums(learned_count=number + 1))
        await shop.active.poll()
        policy = await shop.resources.create_policy(
            Policy(portfolio_id="shop", exploration=exploration, floor=number / 100)
        )
        await shop.resources.deploy_policy("shop", policy.value.policy_version)
        await shop.resources.update_campaign("shop", Campaign(campaign_id="news", fixed_priority=number))
        inline = Campaign(campaign_id="flash", features={"score": chance.random()})
        calls = [
            rank_call(
                f"c{number}-{place}",
                context=CustomerContext(recency_days=chance.uniform(0, 400), favourites={"shoes": chance.random()}),
                candidates=chance.choice([(), ("sale", "news"), ("sale", inline)]),
            )
            for place in range(50)
        ]
        await shop.ranker.rank(calls)
    return shop.log, [one.value for one in shop.log.read_decisions("shop", 0, 1_000)], models


def test_a_decision_is_reproduced_from_the_log_bit_for_bit() -> None:
    """The logged predictions, learned state, versions and salt give the same probabilities and the same draw."""
    log, decisions, _ = in_shop(_decide_under_changes())
    portfolio = next(one.value for one in log.read_resources(0) if isinstance(one.value, Portfolio))

    for decision in decisions:
        policy = _policy_of(log, decision.policy_version)
        assert is_reproduced(decision, policy, portfolio, _campaigns(log, decision))
    assert 200 == len(decisions)
    assert 4 == len({decision.model_version for decision in decisions})
    assert {True, False} == {bool(decision.predicted_deviations) for decision in decisions}


EVERY: list[Exploration] = [
    SquareCB(),
    EpsilonGreedy(epsilon=0.3),
    Greedy(),
    Thompson(),
    Softmax(),
    Uniform(),
    FixedPriority(),
    EXCLUSIVE,
]


@pytest.mark.parametrize("exploration", EVERY, ids=lambda one: type(one).__name__)
def test_with_everything_on_a_decision_is_reproduced(exploration: Exploration) -> None:
    """Treatments, levers, prices, limits, floors, pins, forced campaigns, fallbacks, tests and shadows follow from the log."""
    policy = dataclasses.replace(POLICY, exploration=exploration)
    shadowing = dataclasses.replace(POLICY, policy_version=9, exploration=EXCLUSIVE, limits=LIMITS[:1])
    log = MemoryLog()
    with structlog.testing.capture_logs():
        made = decided(activated(policy, shadow=shadow_of(shadowing), prices=PRICES), random_requests(3, 300))
    log.append([SHOP, *made], START_US)
    decisions = [one.value for one in log.read_decisions("shop", 0, 1_000)]

    for decision in decisions:
        campaigns = campaigns_of(decision)
        decided_by = policy if decision.decided_by is DecidedBy.POLICY else None
        assert is_reproduced(decision, decided_by, SHOP, campaigns)
        assert is_shadow_reproduced(decision, shadowing, SHOP, campaigns)
    assert {DecidedBy.POLICY, DecidedBy.FORCED, DecidedBy.FALLBACK} == {one.decided_by for one in decisions}
    assert 100 < sum(decision.shadow is not None for decision in decisions)
    assert 200 < sum(len(decision.prices) == len(decision.eligible) for decision in decisions)


def test_what_was_changed_in_the_log_is_noticed() -> None:
    """A probability, a choice or a treatment that does not follow from the rest of the log is not equal."""
    [decision] = decided(activated(), [asked_by(forced_campaign_id="news", force_reason="a test")])
    campaigns = campaigns_of(decision)
    others = {"calm", "loud", "warm"} - {decision.treatment_id}
    assert is_reproduced(decision, None, SHOP, campaigns)
    for changed in (
        structs.replace(decision, selection_probabilities=(0.5, 0.25, 0.25)),
        structs.replace(decision, treatment_id=min(others)),
        structs.replace(decision, explored=True),
    ):
        assert not is_reproduced(changed, None, SHOP, campaigns)


def test_what_was_changed_of_a_shadow_is_noticed() -> None:
    """A probability or a choice of a shadow that does not follow from the rest of the log is not equal."""
    [decision] = decided(activated(shadow=shadow_of(POLICY)), [asked_by()])
    campaigns, shadow = campaigns_of(decision), decision.shadow
    assert shadow is not None
    assert is_shadow_reproduced(decision, POLICY, SHOP, campaigns)
    for changed in (
        dataclasses.replace(shadow, selection_probabilities=shadow.selection_probabilities[::-1]),
        dataclasses.replace(shadow, campaign_id="gone"),
        dataclasses.replace(shadow, treatment_id="gone"),
    ):
        assert not is_shadow_reproduced(structs.replace(decision, shadow=changed), POLICY, SHOP, campaigns)


def test_a_policys_decision_needs_the_policy() -> None:
    """Without the policy that decided nothing is computed again."""
    [decision] = decided(activated(), [asked_by()])
    with pytest.raises(ValueError, match="reproduced with that policy"):
        is_reproduced(decision, None, SHOP, campaigns_of(decision))


def test_nothing_eligible_is_reproduced_as_nothing() -> None:
    """Where nothing was eligible there is nothing to choose, and no shadow."""
    [decision] = decided(activated(), [asked_by(forced_campaign_id="gone", force_reason="because")])
    assert is_reproduced(decision, None, SHOP, [])
    assert not is_reproduced(structs.replace(decision, campaign_id="gone"), None, SHOP, [])
    assert is_shadow_reproduced(decision, POLICY, SHOP, [])


def test_scores_are_derived_again_from_the_weights_bit_for_bit() -> None:
    """While the weights of a model are kept, its logged predicted rewards follow from the logged context exactly."""
    log, decisions, models = in_shop(_decide_under_changes())

    for decision in decisions:
        scorer = Scorer(models[decision.model_version])
        context = scorer.encoder.context(
            decision.input.context, decision.input.channel, decision.input.placement, decision.input.send_time_us
        )
        campaigns = [scorer.encoder.campaign(campaign) for campaign in _campaigns(log, decision)]

        assert decision.predicted_rewards == (tuple(scorer.predict([context], campaigns).rewards[0].tolist()),)
