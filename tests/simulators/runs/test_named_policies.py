"""Policies by name."""

from __future__ import annotations

import numpy as np
import pytest

from banditsvc.core.exploration import EpsilonGreedy, ExclusiveRules, FixedPriority, Greedy, SquareCB, Uniform
from banditsvc.core.policy import default_policy
from banditsvc.core.portfolio import LearnerKind
from banditsvc.usage_error import UsageError
from simulators.engine.world import World
from simulators.runs.named_policies import named_policy
from simulators.runs.plain_policies import MyopicOracle, NoContact
from simulators.runs.service_policy import ServicePolicy
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

WORLD = read_world("two-segments")
NO_CONTACT_WORLD = WORLD.model_copy(update={"no_contact": True})


def service(text: str, world: WorldSpec = WORLD, **settings: object) -> ServicePolicy:
    made = named_policy(text, world, settings)
    assert isinstance(made, ServicePolicy)
    return made


@pytest.mark.parametrize(
    ("text", "exploration"),
    [
        ("greedy", Greedy()),
        ("uniform", Uniform()),
        ("coin", Uniform()),
        ("fixed_priority", FixedPriority()),
        ("fixed_order", FixedPriority()),
        ("epsilon_greedy:0.1", EpsilonGreedy(epsilon=0.1)),
        ("square_cb:3:0.5:100", SquareCB(gamma_scale=3.0, gamma_exponent=0.5, count_cap=100)),
    ],
)
def test_each_name_is_its_exploration(text: str, exploration: object) -> None:
    """Names of the service's policies mean what they mean on its command line; some have a second name."""
    made = service(text)
    assert exploration == made.policy.exploration
    assert 0.0 == made.policy.floor
    assert WORLD.reward.learner_spec() == made.learner


def test_the_default_is_the_services() -> None:
    """The default policy is the one with which a new portfolio starts."""
    made = service("default").policy
    expected = default_policy(made.portfolio_id)
    assert expected == made


def test_settings_follow_the_name() -> None:
    """Settings after the name and in a mapping set the floor, the learner, the encoder and the window."""
    made = service(
        "default floor=0.05 learning_rate=0.1 power_t=0.5 bits=12 l2=1e-6 crosses=segment*r+segment*favourites",
        window_days=2,
        frozen=True,
    )
    assert 0.05 == made.policy.floor
    train = made.learner.train
    assert (0.1, 0.5, 12, 1e-6) == (train.learning_rate, train.power_t, train.bits, train.l2)
    assert (("segment", "r"), ("segment", "favourites")) == made.learner.encoder.crosses
    assert (2, True) == (made.window_days, made.frozen)
    assert (("r", "f"),) == service("default", crosses=[["r", "f"]]).learner.encoder.crosses


@pytest.mark.parametrize("kind", LearnerKind)
def test_the_last_days_are_in_place_of_a_half_life(kind: LearnerKind) -> None:
    """Either learner can learn from the last days alone, and then has no half-life."""
    train = service(f"default learner={kind.name.lower()} last_days=28").learner.train
    assert (kind, 28, None, None) == (train.learner, train.last_days, train.half_life_decisions, train.half_life_days)


def test_exclusive_rules_are_the_worlds() -> None:
    """Each campaign goes to whom its rule names, in the order of ids; one without a rule is for whoever is left."""
    made = service("exclusive_rules")
    exploration = made.policy.exploration
    assert isinstance(exploration, ExclusiveRules)
    assert ["news", "sale", "club"] == [rule.campaign_id for rule in exploration.rules]
    visit = World(WORLD, [1]).begin_day()
    segment = visit.contexts.columns.segment
    assert segment is not None
    chosen = made.pmf(visit.contexts, visit.eligible).argmax(axis=1)
    expected = np.where(segment.codes == segment.names.index("family"), "news", "sale")
    assert expected.tolist() == [visit.eligible.campaign_ids[column] for column in chosen.tolist()]


def test_the_oracle_chooses_the_best_that_is_eligible() -> None:
    """It gives 1 to the greatest true expected reward, and cannot be asked without the truth."""
    oracle = named_policy("oracle", WORLD)
    assert isinstance(oracle, MyopicOracle)
    visit = World(WORLD, [1]).begin_day()
    with pytest.raises(ValueError, match="must be told the truth"):
        oracle.pmf(visit.contexts, visit.eligible)
    oracle.see(visit.expected)
    found = oracle.pmf(visit.contexts, visit.eligible)
    assert (visit.expected.max(axis=1) == (found * visit.expected).sum(axis=1)).all()


def test_sending_nothing_is_for_worlds_that_allow_it() -> None:
    """NO_CONTACT gets everything where it may be chosen, and is refused where it may not."""
    visit = World(NO_CONTACT_WORLD, [1]).begin_day()
    made = named_policy("no_contact", NO_CONTACT_WORLD)
    assert isinstance(made, NoContact)
    found = made.pmf(visit.contexts, visit.eligible)
    assert (found[:, visit.eligible.campaign_ids.index("NO_CONTACT")] == 1.0).all()
    with pytest.raises(UsageError, match="set no_contact = true"):
        named_policy("no_contact", WORLD)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no policy: write default, greedy"),
        ("cover", "'cover' is no policy: write .*exclusive_rules, no_contact, oracle"),
        ("epsilon_greedy:3", "epsilon_greedy:3: policy.epsilon_greedy.epsilon: must be a number from 0 to 1"),
        ("default fast", "'fast' is no setting: write NAME=VALUE"),
        ("default flor=0.1", "flor: is unknown; did you mean floor"),
        ("default floor=2", "floor: '2' is not at most 1"),
        ("default window_days=0", "window_days: '0' is not at least 1"),
        ("default crosses=segment", "'segment' is no list of crosses"),
        ("default calendar_features=noon", "'noon' is no list of different calendar features"),
        ("default last_days=3", "last_days: '3' is not at least 4"),
        ("thompson last_days=28 half_life_decisions=9", "last_days: it must not be given beside half_life_decisions"),
        ("oracle floor=0.1", "oracle has no settings"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, message: str) -> None:
    """The message names the fault and what can be written."""
    with pytest.raises(UsageError, match=message):
        named_policy(text, WORLD)
