"""Laws of learning from history: at once, with its weight, in log order, live as in relearn, bit for bit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from msgspec import structs

from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.historical_weight import LEAST_WEIGHT, learning_weight
from banditsvc.core.portfolio import LabelWeighting, LearnerSpec, SettleSpec, TrainSpec
from banditsvc.core.settle import SettleState
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import replay
from banditsvc.settling import settlement_now
from tests.learner.worlds import (
    SHOP,
    SMALL,
    START_US,
    WINDOW_US,
    Event,
    Learned,
    World,
    decision,
    learner_spec,
    mark,
    opening,
    outcome,
    relearn,
)

COUNT = 30
HALF_LIFE_US = 20 * DAY_US
EQUAL = TrainSpec(bits=10, label_weighting=LabelWeighting.EQUAL)


def past(number: int, *, days_ago: float = 10.0, known: bool = True) -> Decision:
    """Returns a past send."""
    made = decision(number, customer=number % 5, send_us=START_US - int(days_ago * DAY_US), chosen=number)
    probabilities = made.selection_probabilities if known else ()
    return structs.replace(
        made,
        decision_id=f"h{number}",
        decided_by=DecidedBy.HISTORICAL,
        selection_probabilities=probabilities,
    )


def history(*, known: bool = True) -> list[Event]:
    """Returns an import: outcomes, their mark, and then sends of different ages."""
    sends = [past(number, days_ago=4.0 + number, known=known) for number in range(COUNT)]
    bought = [
        outcome(f"o{number}", send.input.send_time_us + HOUR_US, amount=20.0, decision_id=send.decision_id)
        for number, send in enumerate(sends)
        if number % 3 == 0
    ]
    return [(START_US, bought), (START_US + 1, [mark(START_US)]), (START_US + 2, sends)]


def later() -> list[Event]:
    """Returns decisions of the policy after the import."""
    made = [decision(number, customer=number % 5, send_us=START_US + 1, chosen=number) for number in range(10)]
    over_us = START_US + WINDOW_US
    return [
        (START_US + 9, made),
        (START_US + HOUR_US, [outcome("later", START_US + HOUR_US, amount=9.0, decision_id="d3")]),
        (over_us + HOUR_US, [mark(over_us + 2)]),
    ]


def spec_of(weight: float, train: TrainSpec = SMALL) -> LearnerSpec:
    """Returns settings that give history a weight."""
    plain = learner_spec(train=train)
    settle = dataclasses.replace(plain.settle, historical_weight=weight, historical_half_life_us=HALF_LIFE_US)
    return dataclasses.replace(plain, settle=settle)


def played(spec: LearnerSpec, *events: Event, batch: int = 500) -> World:
    """Returns a world in which this happened."""
    world = World(batch=batch)
    world.play([opening(spec), *events])
    return world


def replayed(world: World) -> tuple[bytes, Learned]:
    """Returns the weights computed again from the log alone, and the live model."""
    lineage, live = world.registry.serving_lineage(SHOP), world.learned()
    progress = world.registry.progress(SHOP)
    assert lineage is not None
    assert progress is not None
    weights, sums = replay(world.log, lineage, progress.position)
    assert sums == live.sums
    return weights.tobytes(), live


@pytest.mark.parametrize("train", [SMALL, EQUAL])
@pytest.mark.parametrize("known", [True, False])
def test_live_replay_and_relearn_are_bit_equal(train: TrainSpec, *, known: bool) -> None:
    """A model with history is the same in slices of any size, computed again from the log, and relearned."""
    spec = spec_of(0.5, train)
    events = (*history(known=known), *later())
    world, sliced = played(spec, *events), played(spec, *events, batch=3)
    weights, live = replayed(world)
    assert live.same_model_as(sliced.learned())
    assert weights == live.weights.tobytes()

    world.play([(START_US + 40 * DAY_US, [relearn()])])
    assert world.learned().same_model_as(live)
    assert (COUNT + 10, COUNT) == (live.sums.learned_count, live.sums.historical_count)


def test_weights_are_stated_and_decay() -> None:
    """The sum of the weights is 1 for each decision made here and weight x .5^(age / half-life) for each past send."""
    sums = played(spec_of(0.5), *history(), *later()).learned().sums
    ages = (4.0 + np.arange(COUNT)) * DAY_US + 2
    expected = 10.0 + float((0.5 * 0.5 ** (ages / HALF_LIFE_US)).sum())

    assert abs(sums.weight_sum - expected) < 1e-9


@pytest.mark.parametrize(("days_ago", "expected"), [(0.0, 0.5), (20.0, 0.25), (40.0, 0.125), (4_000.0, LEAST_WEIGHT)])
def test_a_weight_halves_with_each_half_life(days_ago: float, expected: float) -> None:
    """At import a send of today has the whole weight, one of a half-life ago half of it, and none less than a thousandth."""
    settle = SettleSpec(historical_weight=0.5, historical_half_life_us=HALF_LIFE_US)
    weights = [
        learning_weight(one, START_US, settle)
        for one in (past(1, days_ago=days_ago), decision(1, customer=1, send_us=0))
    ]

    assert [expected, 1.0] == weights


def test_without_weight_history_teaches_nothing() -> None:
    """At weight 0 the model is bit for bit that of a log without the sends, and they are told to be not learned."""
    outcomes_alone = [event for event in history() if not isinstance(event[1][0], Decision)]
    world = played(spec_of(0.0), *history(), *later())
    without = played(spec_of(0.0), *outcomes_alone, *later())

    assert world.learned().same_model_as(without.learned())
    assert 10 == world.learned().sums.learned_count


def test_whole_weight_is_that_of_a_decision_made_here() -> None:
    """History of this very moment at weight 1 teaches what the same decisions of the policy do, bit for bit."""
    spec = spec_of(1.0)
    sends = [
        structs.replace(past(number), input=decision(number, customer=1, send_us=START_US).input)
        for number in range(COUNT)
    ]
    policys = [structs.replace(one, decided_by=DecidedBy.POLICY) for one in sends]
    end: Event = (START_US + WINDOW_US + 1, [mark(START_US + WINDOW_US)])
    models = [played(spec, (START_US, made), end).learned() for made in (sends, policys)]

    assert models[0].same_model_as(models[1])


def test_history_weighs_more_the_higher_its_weight() -> None:
    """The further the weights of a model are from 0, the more weight the same history has."""
    norms = [float(np.abs(played(spec_of(weight), *history()).learned().weights).sum()) for weight in (0.1, 0.4, 1.0)]

    assert norms == sorted(norms)
    assert 0.0 < norms[0] < norms[1] < norms[2]


def test_history_settles_when_it_is_imported() -> None:
    """A past send whose outcomes are there is settled in the commit that brings it; what comes later counts at the next
    relearn.
    """
    world = played(spec_of(0.5), *history())
    recorded = world.log.get_decision("h0")
    assert recorded is not None
    found = settlement_now(world.log, spec_of(0.5), recorded)
    assert (SettleState.SETTLED, recorded.record_time_us) == (found.settlement.state, found.settlement.due_us)
    assert 20.0 == (found.reward and found.reward.raw)

    before = world.learned()
    late = outcome("late", past(1, days_ago=5.0).input.send_time_us + HOUR_US, amount=30.0, decision_id="h1")
    world.play([(START_US + DAY_US, [late])])
    assert world.learned().same_model_as(before)
    world.play([(START_US + 2 * DAY_US, [relearn()])])
    assert world.learned().sums.reward_sum > before.sums.reward_sum
