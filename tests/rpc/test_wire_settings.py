"""Portfolios, campaigns and policies: what is right, what comes back, and what is named when it is not right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.campaign import Campaign, CampaignKind, CampaignState, CampaignType
from banditsvc.core.errors import InvalidRequest
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
from banditsvc.core.outcome import Feed, OutcomeType
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import (
    POSTERIOR_TRAIN,
    Attribution,
    EncoderSpec,
    LabelWeighting,
    LearnerSpec,
    Measure,
    Portfolio,
    RewardSpec,
    RewardWeight,
    SettleSpec,
    TrainSpec,
)
from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_campaign import read_campaign, write_campaign
from banditsvc.rpc.wire_policy import read_policy, write_policy
from banditsvc.rpc.wire_portfolio import read_portfolio, write_portfolio
from banditsvc.v1 import campaign_pb2, outcome_pb2, policy_pb2, portfolio_pb2
from tests.rpc.live import START_US
from tests.rpc.messages import portfolio

FULL_PORTFOLIO = Portfolio(
    portfolio_id="shop.eu_1-a",
    currency="EUR",
    display_name="Shop",
    allow_no_contact=True,
    portfolio_version=3,
    learner=LearnerSpec(
        reward=RewardSpec(
            weights=(
                RewardWeight(type=OutcomeType.REVENUE, weight=0.3, measure=Measure.AMOUNT),
                RewardWeight(type=OutcomeType.CUSTOM, custom_type="visit", weight=-1.0, measure=Measure.ANY),
            ),
            window_us=7 * DAY_US + 5,
            least=-5.0,
            greatest=50.0,
            cost=0.05,
            default=-0.1,
            attribution=Attribution.SPLIT,
            include_machine=True,
        ),
        settle=SettleSpec(
            required_feeds=(Feed(type=OutcomeType.REVENUE), Feed(type=OutcomeType.CUSTOM, custom_type="visit")),
            grace_us=0,
            activation_deadline_us=2 * DAY_US,
        ),
        encoder=EncoderSpec(
            recency_edges=(1.0, 2.0),
            frequency_edges=(3.0,),
            monetary_edges=(4.0, 5.0),
            number_edges={"age": (18.0, 65.0)},
            crosses=(("segment", "favourites"),),
            calendar_features=(CalendarFeature.DAY_OF_WEEK, CalendarFeature.SEASON),
        ),
        train=TrainSpec(learning_rate=0.1, power_t=0.0, bits=20, l2=1e-6, label_weighting=LabelWeighting.IMPORTANCE),
    ),
)


def fields_of(message: portfolio_pb2.Portfolio | policy_pb2.Policy) -> list[str]:
    """Returns the fields at fault."""
    read: Callable[[Any], object] = read_portfolio if isinstance(message, portfolio_pb2.Portfolio) else read_policy
    with pytest.raises(InvalidRequest) as raised:
        read(message)
    return [violation.field for violation in raised.value.violations]


def test_a_portfolio_there_and_back() -> None:
    """A portfolio that was written and read is the same, but for what the service sets."""
    assert FULL_PORTFOLIO == read_portfolio(write_portfolio(Recorded(1, START_US, FULL_PORTFOLIO)))


def test_the_salt_stays_inside() -> None:
    """No message shows a portfolio's salt."""
    salted = Portfolio(portfolio_id="p", currency="EUR", learner=FULL_PORTFOLIO.learner, salt="secret-salt")
    assert b"secret-salt" not in write_portfolio(Recorded(1, START_US, salted)).SerializeToString()


def test_defaults_of_a_portfolio() -> None:
    """What is not said of settling, encoder and learner has its default, also in a message that is there but empty."""
    reward = RewardSpec(weights=(RewardWeight(type=OutcomeType.CLICK, weight=1.0),), window_us=HOUR_US)
    learner = LearnerSpec(reward=reward)
    assert learner == read_portfolio(portfolio()).learner
    assert learner == read_portfolio(portfolio(settle_spec={}, encoder_spec={}, learner_spec={})).learner


WEIGHT = {"type": outcome_pb2.OUTCOME_TYPE_CLICK, "weight": 1.0}
REWARD: dict[str, Any] = {"weights": [WEIGHT], "greatest_reward": 1.0, "outcome_window": {"seconds": 60}}
SPEC = "portfolio.reward_spec"
AGES = "portfolio.settle_spec.checkpoints"


def with_checkpoints(*seconds: int) -> dict[str, Any]:
    """Returns the changes of a portfolio, whose window is a minute, that learns at these ages."""
    return {
        "settle_spec": {"checkpoints": [{"seconds": one} for one in seconds]},
        "reward_spec": REWARD,
        "learner_spec": {"learner": portfolio_pb2.LEARNER_KIND_POSTERIOR},
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"portfolio_id": ""}, "portfolio.portfolio_id"),
        ({"portfolio_id": "a b"}, "portfolio.portfolio_id"),
        ({"portfolio_id": "a\n"}, "portfolio.portfolio_id"),
        ({"portfolio_id": "x" * 129}, "portfolio.portfolio_id"),
        ({"display_name": "x" * 257}, "portfolio.display_name"),
        ({"currency": ""}, "portfolio.currency"),
        ({"currency": "EURO"}, "portfolio.currency"),
        ({"portfolio_version": -1}, "portfolio.portfolio_version"),
        ({"reward_spec": None}, SPEC),
        ({"reward_spec": REWARD | {"weights": []}}, f"{SPEC}.weights"),
        ({"reward_spec": REWARD | {"weights": [WEIGHT] * 101}}, f"{SPEC}.weights"),
        ({"reward_spec": REWARD | {"weights": [WEIGHT | {"type": 0}]}}, f"{SPEC}.weights[0].type"),
        ({"reward_spec": REWARD | {"weights": [WEIGHT | {"type": 6}]}}, f"{SPEC}.weights[0].type"),
        ({"reward_spec": REWARD | {"weights": [WEIGHT | {"type": 9}]}}, f"{SPEC}.weights[0].custom_type"),
        ({"reward_spec": REWARD | {"weights": [WEIGHT | {"weight": nan}]}}, f"{SPEC}.weights[0].weight"),
        ({"reward_spec": REWARD | {"weights": [WEIGHT | {"measure": 8}]}}, f"{SPEC}.weights[0].measure"),
        ({"reward_spec": REWARD | {"cost": -1.0}}, f"{SPEC}.cost"),
        ({"reward_spec": REWARD | {"least_reward": 1.0}}, f"{SPEC}.greatest_reward"),
        ({"reward_spec": REWARD | {"greatest_reward": inf}}, f"{SPEC}.greatest_reward"),
        ({"reward_spec": REWARD | {"least_reward": nan}}, f"{SPEC}.least_reward"),
        ({"reward_spec": REWARD | {"default_reward": nan}}, f"{SPEC}.default_reward"),
        ({"reward_spec": REWARD | {"default_reward": 1.5}}, f"{SPEC}.default_reward"),
        ({"reward_spec": REWARD | {"default_reward": -0.5}}, f"{SPEC}.default_reward"),
        ({"reward_spec": REWARD | {"outcome_window": None}}, f"{SPEC}.outcome_window"),
        ({"reward_spec": REWARD | {"outcome_window": {"nanos": 1}}}, f"{SPEC}.outcome_window"),
        ({"reward_spec": REWARD | {"outcome_window": {"seconds": 91 * 86_400}}}, f"{SPEC}.outcome_window"),
        ({"reward_spec": REWARD | {"attribution": 7}}, f"{SPEC}.attribution"),
        ({"settle_spec": {"required_feeds": [{}]}}, "portfolio.settle_spec.required_feeds[0].type"),
        ({"settle_spec": {"required_feeds": [{"type": 1}] * 2}}, "portfolio.settle_spec.required_feeds[1]"),
        ({"settle_spec": {"required_feeds": [{"type": 1}] * 101}}, "portfolio.settle_spec.required_feeds"),
        ({"settle_spec": {"grace": {"seconds": -1}}}, "portfolio.settle_spec.grace"),
        ({"settle_spec": {"activation_deadline": {}}}, "portfolio.settle_spec.activation_deadline"),
        (with_checkpoints(-1), f"{AGES}[0]"),
        (with_checkpoints(0), f"{AGES}[0]"),
        (with_checkpoints(5, 5), f"{AGES}[1]"),
        (with_checkpoints(5, 3), f"{AGES}[1]"),
        (with_checkpoints(5, 60), f"{AGES}[1]"),
        (with_checkpoints(*range(1, 10)), AGES),
        (with_checkpoints(5) | {"learner_spec": {"learner": 1}}, AGES),
        ({"encoder_spec": {"recency_edges": [2.0, 1.0]}}, "portfolio.encoder_spec.recency_edges"),
        ({"encoder_spec": {"frequency_edges": [inf]}}, "portfolio.encoder_spec.frequency_edges[0]"),
        ({"encoder_spec": {"monetary_edges": [float(i) for i in range(101)]}}, "portfolio.encoder_spec.monetary_edges"),
        ({"encoder_spec": {"number_edges": {"a": {}}}}, 'portfolio.encoder_spec.number_edges["a"].edges'),
        ({"encoder_spec": {"number_edges": {"": {"edges": [1.0]}}}}, 'portfolio.encoder_spec.number_edges[""]'),
        ({"encoder_spec": {"crosses": [{"first": "r"}]}}, "portfolio.encoder_spec.crosses[0].second"),
        ({"encoder_spec": {"calendar_features": [1, 1]}}, "portfolio.encoder_spec.calendar_features[1]"),
        ({"encoder_spec": {"calendar_features": [0]}}, "portfolio.encoder_spec.calendar_features[0]"),
        ({"encoder_spec": {"calendar_features": [99]}}, "portfolio.encoder_spec.calendar_features[0]"),
        ({"encoder_spec": {"crosses": [{"first": "r", "second": "r"}]}}, "portfolio.encoder_spec.crosses[0].second"),
        (
            {"encoder_spec": {"crosses": [{"first": "r", "second": "f"}, {"first": "f", "second": "r"}]}},
            "portfolio.encoder_spec.crosses[1]",
        ),
        ({"learner_spec": {"learning_rate": 0.0}}, "portfolio.learner_spec.learning_rate"),
        ({"learner_spec": {"power_t": 1.5}}, "portfolio.learner_spec.power_t"),
        ({"learner_spec": {"bits": 9}}, "portfolio.learner_spec.bits"),
        ({"learner_spec": {"bits": 25}}, "portfolio.learner_spec.bits"),
        ({"learner_spec": {"l2": -1.0}}, "portfolio.learner_spec.l2"),
        ({"learner_spec": {"label_weighting": 5}}, "portfolio.learner_spec.label_weighting"),
        ({"learner_spec": {"learner": 9}}, "portfolio.learner_spec.learner"),
        ({"learner_spec": {"half_life_decisions": 0}}, "portfolio.learner_spec.half_life_decisions"),
        ({"learner_spec": {"half_life_days": 0.0}}, "portfolio.learner_spec.half_life_days"),
        ({"learner_spec": {"half_life_days": nan}}, "portfolio.learner_spec.half_life_days"),
        ({"learner_spec": {"half_life_decisions": 9, "half_life_days": 1.0}}, "portfolio.learner_spec.half_life_days"),
        ({"learner_spec": {"half_life_days": 1.0, "never_forgets": True}}, "portfolio.learner_spec.never_forgets"),
        ({"learner_spec": {"learner": 1, "half_life_days": 1.0}}, "portfolio.learner_spec.half_life_days"),
        ({"learner_spec": {"last_days": 0}}, "portfolio.learner_spec.last_days"),
        ({"learner_spec": {"last_days": -28}}, "portfolio.learner_spec.last_days"),
        ({"learner_spec": {"learner": 1, "last_days": 3}}, "portfolio.learner_spec.last_days"),
        ({"learner_spec": {"last_days": 36_501}}, "portfolio.learner_spec.last_days"),
        ({"learner_spec": {"last_days": 28, "half_life_days": 9.0}}, "portfolio.learner_spec.last_days"),
        ({"learner_spec": {"last_days": 28, "half_life_decisions": 9}}, "portfolio.learner_spec.last_days"),
        ({"learner_spec": {"last_days": 28, "never_forgets": True}}, "portfolio.learner_spec.last_days"),
        (with_checkpoints(5) | {"learner_spec": {"learner": 2, "last_days": 28}}, AGES),
        (with_checkpoints(5) | {"learner_spec": {"learner": 1, "last_days": 28}}, AGES),
        ({"learner_spec": {"learner": 2, "l2": 0.1}}, "portfolio.learner_spec.l2"),
    ],
)
def test_one_fault_of_a_portfolio_names_its_field(changes: dict[str, Any], field: str) -> None:
    """A portfolio with one field at fault is refused by the path of that field alone."""
    assert [field] == fields_of(portfolio(**changes))


def test_checkpoints_there_and_back() -> None:
    """Checkpoints that were written and read are the same, and what is wrong with them says what to do about it."""
    message = portfolio(**with_checkpoints(1, 7, 28))
    spec = read_portfolio(message).learner.settle
    assert (SECOND_US, 7 * SECOND_US, 28 * SECOND_US) == spec.checkpoints_us
    assert spec == read_portfolio(write_portfolio(Recorded(1, START_US, read_portfolio(message)))).learner.settle
    with pytest.raises(InvalidRequest) as raised:
        read_portfolio(portfolio(**with_checkpoints(5) | {"learner_spec": {"learner": 1}}))
    assert "set learner_spec.learner to POSTERIOR" in raised.value.violations[0].description


def test_a_repeated_feed_is_told_beside_other_faults() -> None:
    """A feed that is named twice is told together with whatever else is wrong, and a malformed one is no repeat."""
    feeds = [{"type": 1}, {}, {"type": 1}, {}]
    path = "portfolio.settle_spec.required_feeds"
    expected = ["portfolio.currency", f"{path}[1].type", f"{path}[2]", f"{path}[3].type"]
    assert expected == fields_of(portfolio(currency="", settle_spec={"required_feeds": feeds}))


def test_all_faults_of_a_portfolio_at_once() -> None:
    """An empty portfolio names everything that it lacks."""
    expected = ["portfolio.portfolio_id", "portfolio.currency", "portfolio.reward_spec"]
    assert expected == fields_of(portfolio_pb2.Portfolio())


@pytest.mark.parametrize(
    ("wanted", "train"),
    [
        ({}, POSTERIOR_TRAIN),
        ({"bits": 12}, replace(POSTERIOR_TRAIN, bits=12)),
        ({"learner": 1, "bits": 12}, TrainSpec(bits=12)),
        ({"learner": 2}, POSTERIOR_TRAIN),
        ({"learner": 2, "bits": 12}, replace(POSTERIOR_TRAIN, bits=12)),
        ({"half_life_decisions": 5}, replace(POSTERIOR_TRAIN, half_life_decisions=5)),
        ({"half_life_days": 2.5}, replace(POSTERIOR_TRAIN, half_life_decisions=None, half_life_days=2.5)),
        ({"never_forgets": True}, replace(POSTERIOR_TRAIN, half_life_decisions=None)),
        ({"learner": 1}, TrainSpec()),
        ({"learning_rate": 0.5}, TrainSpec(learning_rate=0.5)),
        ({"learner": 1, "last_days": 28}, TrainSpec(last_days=28)),
        ({"learner": 2, "last_days": 4}, replace(POSTERIOR_TRAIN, half_life_decisions=None, last_days=4)),
    ],
)
def test_what_learns(wanted: dict[str, Any], train: TrainSpec) -> None:
    """What is said of a learner names it, a setting of Vowpal Wabbit's does too, and each is the same there and back."""
    read = read_portfolio(portfolio(learner_spec=wanted))
    assert train == read.learner.train
    assert train == read_portfolio(write_portfolio(Recorded(1, START_US, read))).learner.train


EXPLORATIONS: list[Exploration] = [
    Thompson(scale=0.7),
    Softmax(temperature=0.1),
    Greedy(),
    Uniform(),
    EpsilonGreedy(epsilon=0.05),
    SquareCB(gamma_scale=3.0, gamma_exponent=0.25),
    SquareCB(optimism=0.5),
    FixedPriority(),
]


@pytest.mark.parametrize("exploration", EXPLORATIONS, ids=lambda exploration: type(exploration).__name__)
def test_a_policy_there_and_back(exploration: Exploration) -> None:
    """A policy that was written and read is the same, but for its version."""
    policy = Policy(portfolio_id="shop", exploration=exploration, floor=0.1, description="why\nand how")
    assert policy == read_policy(write_policy(Recorded(1, START_US, policy)))


def test_defaults_of_a_policy() -> None:
    """A SquareCB without settings has the defaults, which are not zeros."""
    message = policy_pb2.Policy(portfolio_id="shop", square_cb={})
    assert Policy(portfolio_id="shop", exploration=SquareCB()) == read_policy(message)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"portfolio_id": ""}, "policy.portfolio_id"),
        ({"greedy": None}, "policy"),
        ({"epsilon_greedy": {"epsilon": 1.5}}, "policy.epsilon_greedy.epsilon"),
        ({"epsilon_greedy": {"epsilon": nan}}, "policy.epsilon_greedy.epsilon"),
        ({"square_cb": {"gamma_scale": 0.0}}, "policy.square_cb.gamma_scale"),
        ({"square_cb": {"gamma_scale": inf}}, "policy.square_cb.gamma_scale"),
        ({"square_cb": {"gamma_exponent": -0.1}}, "policy.square_cb.gamma_exponent"),
        ({"thompson": {"scale": 0.0}}, "policy.thompson.scale"),
        ({"thompson": {"scale": nan}}, "policy.thompson.scale"),
        ({"softmax": {"temperature": -1.0}}, "policy.softmax.temperature"),
        ({"floor": 1.1}, "policy.floor"),
        ({"description": "x" * 1025}, "policy.description"),
    ],
)
def test_one_fault_of_a_policy_names_its_field(changes: dict[str, Any], field: str) -> None:
    """A policy with one field at fault is refused by the path of that field alone."""
    members: dict[str, Any] = {"portfolio_id": "shop", "greedy": {}}
    if {"epsilon_greedy", "square_cb", "thompson", "softmax"} & set(changes):
        del members["greedy"]
    assert [field] == fields_of(policy_pb2.Policy(**(members | changes)))


def test_a_campaign_there_and_back() -> None:
    """A campaign that was written and read is the same."""
    campaign = Campaign(
        campaign_id="sale",
        display_name="Sale",
        type=CampaignType.GTM,
        kind=CampaignKind.PROMOTION,
        category="shoes",
        channel="email",
        offer_kind="percentage",
        family="weekly",
        features={"discount": 0.2, "is_new": False, "brand": "", "sizes": ("m", "s")},
        fixed_priority=2,
        start_time_us=START_US,
        end_time_us=START_US + SECOND_US,
        state=CampaignState.PAUSED,
    )
    for whole in (campaign, Campaign(campaign_id="least")):
        faults = Faults()
        assert whole == read_campaign(write_campaign(whole), "campaign", faults)
        assert [] == faults.violations


def test_faults_of_a_campaign() -> None:
    """A campaign that is not right names every field at fault."""
    members: dict[str, Any] = {
        "display_name": "x" * 257,
        "type": 9,
        "kind": 99,
        "category": "\n",
        "features": {f"f{i}": {"flag": True} for i in range(65)},
        "fixed_priority": 0,
        "start_time": {"seconds": 10},
        "end_time": {"seconds": 10},
        "state": 9,
    }
    message = campaign_pb2.Campaign(**members)
    faults = Faults()
    read_campaign(message, "campaign", faults)
    expected = {"campaign_id", "display_name", "type", "kind", "category", "features", "fixed_priority", "state"}
    assert {f"campaign.{name}" for name in expected | {"end_time"}} == {v.field for v in faults.violations}
