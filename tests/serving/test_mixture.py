"""The laws of mixtures: whichever group drew a decision, the probability over all groups is known exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import chisquare

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.decision import Decision
from banditsvc.core.exploration import EpsilonGreedy
from banditsvc.core.policy import Policy
from banditsvc.settings_history import SettingsHistory
from tests.serving.shop import PORTFOLIO, Shop, in_shop, rank_call, ranked

SHARES = AssignmentSpec(uniform_random=0.2, business_as_usual=0.15, holdout=0.1)
DIVIDED = replace(PORTFOLIO, assignments=(SHARES,), allow_no_contact=True)


async def _decisions(count: int) -> tuple[Shop, list[Decision]]:
    shop = await Shop().open(DIVIDED)
    policy = await shop.resources.create_policy(Policy(portfolio_id="shop", exploration=EpsilonGreedy(epsilon=0.2)))
    await shop.resources.deploy_policy("shop", policy.value.policy_version)
    answers = await ranked(shop, *[rank_call(f"c{number}") for number in range(count)])
    return shop, [answer.decision.value for answer in answers]


def test_the_mixture_is_the_same_in_every_group() -> None:
    """For one context the mixture is one vector whichever group drew; those whom no group drew for have none."""
    shop, decisions = in_shop(_decisions(400))
    history = SettingsHistory(shop.log.read_resources(0), "shop")
    found = [(decision, history.mixture(decision)) for decision in decisions]
    vectors = [mixture for _, mixture in found if mixture is not None]

    assert {decision.group for decision in decisions} == set(AssignmentGroup)
    assert all((mixture is None) == (decision.group is AssignmentGroup.HOLDOUT) for decision, mixture in found)
    assert np.allclose(vectors, vectors[0], rtol=0.0, atol=1e-15)
    assert abs(sum(vectors[0]) - 1.0) < 1e-12


def test_choices_over_all_groups_follow_the_mixture() -> None:
    """Over customers of every group that sends, each campaign is chosen as often as the mixture says."""
    shop, decisions = in_shop(_decisions(20_000))
    history = SettingsHistory(shop.log.read_resources(0), "shop")
    sent = [decision for decision in decisions if decision.campaign_id]
    mixture = history.mixture(sent[0])
    assert mixture is not None
    counts = [sum(decision.campaign_id == name for decision in sent) for name in sent[0].eligible]

    assert NO_CONTACT in sent[0].eligible
    assert chisquare(counts, np.array(mixture) * len(sent)).pvalue > 0.001


def test_without_groups_the_mixture_is_the_decision_s_own() -> None:
    """Where nobody is divided, the mixture is what was logged."""

    async def story() -> None:
        shop = await Shop().open()
        [answer] = await ranked(shop, rank_call())
        decision = answer.decision.value
        history = SettingsHistory(shop.log.read_resources(0), "shop")

        assert history.mixture(decision) == decision.selection_probabilities

    in_shop(story())
