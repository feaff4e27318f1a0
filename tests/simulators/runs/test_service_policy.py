"""The service's policy in simulations: the same probabilities as the service's own Rank path, bit for bit."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.campaign import NO_CONTACT_CAMPAIGN, Campaign
from banditsvc.core.context import LifecycleStage
from banditsvc.core.decision import Decision
from banditsvc.core.exploration import (
    EpsilonGreedy,
    ExclusiveRules,
    FixedPriority,
    Greedy,
    SquareCB,
    TargetRule,
    Uniform,
)
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.portfolio import EncoderSpec, Portfolio
from banditsvc.core.rule import FeatureType
from banditsvc.core.sampling import choose
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import Learner
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned, LearningPolicy, Replicable
from simulators.runs.service_policy import ServicePolicy
from tests.core.context_columns_cases import random_columns
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call
from tests.serving.stories import rank

SCHEMA = {"plan": FeatureType.TEXT, "app": FeatureType.FLAG, "age": FeatureType.NUMBER, "segment": FeatureType.TEXT}
LEARNER = replace(
    PORTFOLIO.learner,
    encoder=EncoderSpec(
        crosses=(("segment", "favourites"), ("segment", "part_of_day")),
        number_edges={"age": (30.0, 50.0)},
        calendar_features=tuple(CalendarFeature),
        calendar_time_zone="Asia/Kolkata",
    ),
)
SHOP = replace(PORTFOLIO, time_zone="Asia/Kolkata", learner=LEARNER, allow_no_contact=True, context_schema=SCHEMA)
CAMPAIGNS = (
    NO_CONTACT_CAMPAIGN,
    Campaign(campaign_id="coats", category="coats", lever=2.0),
    Campaign(campaign_id="news", category="hats", fixed_priority=2, family="mail"),
    Campaign(campaign_id="sale", category="shoes", fixed_priority=1, lever=0.8),
    Campaign(campaign_id="winback", family="mail", fixed_priority=3),
)
RULES = ExclusiveRules(
    rules=(
        TargetRule(campaign_id="winback", expression="recency_days > 100 or 'bags' in favourites"),
        TargetRule(campaign_id="sale", expression="segment == 'gold' and r >= 3 and features['segment'] != '7'"),
        TargetRule(campaign_id="coats", expression="lifecycle_stage in ['ACTIVE', 'NEW'] or favourites['shoes'] > 1"),
        TargetRule(campaign_id="sale", expression="app and age < 50 or plan == 'a'"),
    )
)
LIMITS = (
    ExplorationLimit(segments=("gold",), max_share=0.05),
    ExplorationLimit(lifecycle_stages=(LifecycleStage.ACTIVE,), campaign_ids=("news", "sale"), max_share=0.02),
)
POLICIES = {
    "square_cb": Policy(portfolio_id="shop", exploration=SquareCB(gamma_scale=5.0), floor=0.02),
    "limits": Policy(portfolio_id="shop", exploration=SquareCB(), floor=0.1, limits=LIMITS),
    "epsilon_greedy": Policy(portfolio_id="shop", exploration=EpsilonGreedy(epsilon=0.2), limits=LIMITS),
    "greedy": Policy(portfolio_id="shop", exploration=Greedy()),
    "exclusive_rules": Policy(portfolio_id="shop", exploration=RULES, floor=0.1),
    "fixed_priority": Policy(portfolio_id="shop", exploration=FixedPriority(), floor=0.01),
    "uniform": Policy(portfolio_id="shop", exploration=Uniform(), floor=0.3),
}
ROWS = 120


def _day(seed: int, send_time_us: int = START_US) -> tuple[Contexts, Eligible]:
    """Returns customers of whom much may be unknown, with what each may get."""
    rng = np.random.default_rng(seed)
    mask = rng.random((ROWS, len(CAMPAIGNS))) < 0.7
    # The service offers NO_CONTACT to everybody for whom something else is eligible.
    mask[np.arange(ROWS), rng.integers(1, len(CAMPAIGNS), ROWS)] = True
    mask[:, 0] = True
    return Contexts(random_columns(rng, ROWS, (0.0, 0.0, 1.0, 0.25, 2.5)), seed, send_time_us), Eligible(
        CAMPAIGNS, mask
    )


async def _ranked(shop: Shop, day: int, contexts: Contexts, eligible: Eligible) -> list[Decision]:
    calls = []
    for row, mask in enumerate(eligible.mask.tolist()):
        ids = [one for one, is_one in zip(eligible.campaign_ids[1:], mask[1:], strict=True) if is_one]
        context = contexts.columns.context(row)
        asked: dict[str, Any] = {"context": context, "candidates": tuple(ids), "send_time_us": shop.clock.now_us()}
        calls.append(rank_call(f"c{day}-{row}", decision_id=f"d{day}-{row}", **asked))
    return await rank(shop, *calls)


def _probabilities(decisions: list[Decision]) -> NDArray[np.float64]:
    """Returns what the service logged, as a policy gives it."""
    ids = [campaign.campaign_id for campaign in CAMPAIGNS]
    found = np.zeros((len(decisions), len(ids)))
    for row, decision in enumerate(decisions):
        found[row, [ids.index(one) for one in decision.eligible]] = decision.selection_probabilities
    return found


def _learned(contexts: Contexts, eligible: Eligible, decisions: list[Decision], reward: NDArray[np.float64]) -> Learned:
    ids = eligible.campaign_ids
    return Learned(
        contexts,
        eligible,
        np.array([ids.index(decision.campaign_id) for decision in decisions]),
        np.array([decision.selection_probability for decision in decisions]),
        reward,
    )


async def _open(portfolio: Portfolio, policy: Policy) -> Shop:
    shop = Shop()
    await shop.resources.create_portfolio(portfolio)
    for campaign in CAMPAIGNS[1:]:
        await shop.resources.create_campaign("shop", campaign)
    await shop.resources.deploy_policy("shop", (await shop.resources.create_policy(policy)).value.policy_version)
    return shop


@pytest.mark.parametrize("name", POLICIES)
def test_it_decides_and_learns_as_the_service_does(name: str) -> None:
    """Over three rounds of ranking, outcomes and learning, the probabilities are those of the server, bit for bit."""
    policy = POLICIES[name]
    simulated = ServicePolicy(policy=policy, learner=LEARNER, context_schema=SCHEMA)

    async def story() -> list[bool]:
        shop = await _open(SHOP, policy)
        learner, agrees = Learner(shop.log, shop.registry, shop.clock), []
        for day in range(3):
            contexts, eligible = _day(day, shop.clock.now_us())
            decisions = await _ranked(shop, day, contexts, eligible)
            assert all(decision.predicted_rewards for decision in decisions)
            agrees.append(_probabilities(decisions).tobytes() == simulated.pmf(contexts, eligible).tobytes())
            amounts = np.random.default_rng(day + 50).choice([0.0, 0.0, 30.0, 250.0], ROWS)
            shop.log.append(
                [
                    Outcome(
                        portfolio_id="shop",
                        outcome_id=f"o{day}-{row}",
                        type=OutcomeType.REVENUE,
                        occur_time_us=shop.clock.now_us() + HOUR_US,
                        amount=amount,
                        customer_id=f"c{day}-{row}",
                    )
                    for row, amount in enumerate(amounts.tolist())
                    if amount
                ],
                shop.clock.now_us() + 2 * HOUR_US,
            )
            shop.clock.set_us(shop.clock.now_us() + 8 * DAY_US)
            shop.log.append([], shop.clock.now_us())
            while learner.step("shop"):
                pass
            await shop.active.poll()
            simulated.learn(_learned(contexts, eligible, decisions, np.minimum(amounts, 100.0)))
        return agrees

    assert [True] * 3 == in_shop(story())


def _teach(policy: ServicePolicy, days: int, seed: int = 0) -> None:
    """Lets a policy decide some days and learn from what its choices earn."""
    for day in range(days):
        contexts, eligible = _day(seed + day)
        policy.learn(_drawn(policy.pmf(contexts, eligible), contexts, eligible, seed + day))


def _drawn(pmf: NDArray[np.float64], contexts: Contexts, eligible: Eligible, seed: int) -> Learned:
    rng = np.random.default_rng(seed)
    chosen = choose(pmf, rng.random(len(pmf)))
    return Learned(contexts, eligible, chosen, pmf[np.arange(len(pmf)), chosen], rng.choice([0.0, 5.0, 80.0], len(pmf)))


def _policy(name: str = "limits", **changes: Any) -> ServicePolicy:
    settings: dict[str, Any] = {"policy": POLICIES[name], "learner": LEARNER, "context_schema": SCHEMA}
    return ServicePolicy(**(settings | changes))


@pytest.mark.parametrize("name", POLICIES)
def test_a_row_does_not_depend_on_the_others(name: str) -> None:
    """Each row alone, after the same learning, has the probabilities that it has among all, bit for bit."""
    policy = _policy(name)
    _teach(policy, 2)
    contexts, eligible = _day(9)
    whole = policy.pmf(contexts, eligible)
    for row in range(0, ROWS, 7):
        one = np.array([row])
        assert whole[one].tobytes() == policy.pmf(contexts.take(one), eligible.take(one)).tobytes()
    assert np.allclose(whole.sum(axis=1), 1.0, atol=1e-9)
    assert not whole[~eligible.mask].any()


@pytest.mark.parametrize("name", ["limits", "exclusive_rules"])
def test_seeds_side_by_side_are_as_if_alone(name: str) -> None:
    """A bank gives each seed's rows what a policy of that seed alone gives, through several rounds of learning."""
    template, seeds = _policy(name), 4
    bank, alone = template.bank(range(seeds)), [_policy(name) for _ in range(seeds)]
    rng = np.random.default_rng(1)
    for day in range(4):
        # One seed has most of the rows, some have few, some have none.
        places = np.sort(rng.choice(seeds, ROWS, p=[0.9, 0.05, 0.05, 0.0] if day % 2 else [0.1, 0.1, 0.1, 0.7]))
        contexts, eligible = _day(day)
        expected, parts = np.zeros(eligible.mask.shape), [np.flatnonzero(places == seed) for seed in range(seeds)]
        for policy, rows in zip(alone, parts, strict=True):
            if rows.size:
                expected[rows] = policy.pmf(contexts.take(rows), eligible.take(rows))
        found = bank.pmf(contexts, eligible, places)
        assert expected.tobytes() == found.tobytes()
        batch = _drawn(found, contexts, eligible, day)
        bank.learn(batch, places)
        for policy, rows in zip(alone, parts, strict=True):
            policy.learn(batch.take(rows))


def test_a_copy_goes_on_as_the_original() -> None:
    """A deep copy, and what was pickled, has the same probabilities after the same further learning, bit for bit."""
    policy = _policy()
    _teach(policy, 2)
    copies = [copy.deepcopy(policy), pickle.loads(pickle.dumps(policy))]
    contexts, eligible = _day(30)
    before = policy.pmf(contexts, eligible)
    for one in [policy, *copies]:
        assert before.tobytes() == one.pmf(contexts, eligible).tobytes()
        _teach(one, 1, seed=20)
    after = policy.pmf(contexts, eligible)
    assert (before != after).any()
    assert [after.tobytes()] * 2 == [one.pmf(contexts, eligible).tobytes() for one in copies]


def test_a_frozen_policy_learns_nothing() -> None:
    """It keeps to the model that it starts from, for every seed."""
    trained = _policy("square_cb")
    _teach(trained, 3)
    frozen = _policy("square_cb", frozen=True, start=trained.model())
    contexts, eligible = _day(40)
    expected = trained.pmf(contexts, eligible)
    _teach(frozen, 2)
    assert expected.tobytes() == frozen.pmf(contexts, eligible).tobytes()
    bank = frozen.bank([1, 2])
    assert expected.tobytes() == bank.pmf(contexts, eligible, np.repeat([0, 1], ROWS // 2)).tobytes()
    assert trained.model().learned == frozen.model().learned


def test_whoever_starts_from_a_snapshot_cannot_learn() -> None:
    """A model without the learner's state is refused, unless it is frozen."""
    with pytest.raises(ValueError, match="must be frozen"):
        _policy(start=_policy().model())


def test_checkpoints_are_not_simulated_in_process() -> None:
    """Who learns at checkpoints is told to run through a server."""
    learner = replace(LEARNER, settle=replace(LEARNER.settle, checkpoints_us=(HOUR_US,)))
    with pytest.raises(ValueError, match="through a server"):
        _policy(learner=learner)


def test_it_is_what_the_runner_asks_for() -> None:
    """It learns, it can be run for several seeds at once, and it says after which window it learns."""
    policy = _policy(window_days=1)
    assert isinstance(policy, LearningPolicy)
    assert isinstance(policy, Replicable)
    assert 1 == policy.window_days
