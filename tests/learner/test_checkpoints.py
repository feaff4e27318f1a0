"""Laws of learning at checkpoints: what is learned, and in which order, depends on the log alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from banditsvc.core.activation import ActivationState
from banditsvc.core.portfolio import Attribution, LearnerKind, LearnerSpec, TrainSpec
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import replay
from banditsvc.ports import EarlySums, RunningSums
from tests.learner.feeds import END_US, dirty_feed, facts
from tests.learner.worlds import (
    SHOP,
    START_US,
    WINDOW_US,
    Event,
    World,
    decision,
    learner_spec,
    mark,
    opening,
    outcome,
    relearn,
    sent,
)

POSTERIOR = TrainSpec(learner=LearnerKind.POSTERIOR, bits=10, half_life_days=5.0)
AGES = (6 * HOUR_US, 36 * HOUR_US)
SEEDS = st.integers(0, 10_000)
MIDDLE = st.integers(START_US + 4 * DAY_US, START_US + 14 * DAY_US)
LAWS = settings(max_examples=15, deadline=None, derandomize=True)


def spec(*, grace_us: int = 2 * DAY_US, feeds: bool = True, seed: int = 0) -> LearnerSpec:
    """Returns settings with two checkpoints in a window of three days, and an attribution rule by the seed."""
    made = learner_spec(tuple(Attribution)[seed % 4], train=POSTERIOR, grace_us=grace_us)
    required = made.settle.required_feeds if feeds else ()
    return replace(made, settle=replace(made.settle, checkpoints_us=AGES, required_feeds=required))


def state(world: World) -> tuple[bytes, RunningSums, tuple[int, ...]]:
    """Returns the learner's state as it stands, its sums, and where it stands at each age."""
    assert world.learner is not None
    course = world.learner._serving[SHOP].course
    return course._running.serialize(), course.sums, course.positions


def lived(seed: int, until_us: int, polls: Iterable[int] = (), batch: int = 500, more: Iterable[Event] = ()) -> World:
    """Returns the world of some facts, told by a dirty feed, as it stands at a moment."""
    truth, world = facts(seed, count=60, prompt=False), World(batch=batch)
    events = [opening(spec(seed=seed)), *truth.deeds, *dirty_feed(truth, seed), *more, (until_us, [])]
    world.play([event for event in events if event[0] <= until_us], [poll for poll in polls if poll < until_us])
    return world


@LAWS
@given(
    seed=SEEDS,
    until_us=MIDDLE,
    polls=st.lists(st.integers(START_US, END_US), max_size=12),
    batch=st.sampled_from([1, 7]),
)
def test_when_the_log_is_looked_at_does_not_matter(seed: int, until_us: int, polls: list[int], batch: int) -> None:
    """Looking once or often, in slices of any size, gives the same state at every age, bit for bit."""
    often, once = lived(seed, until_us, polls, batch), lived(seed, until_us)

    assert state(often) == state(once)


@LAWS
@given(seed=SEEDS, until_us=MIDDLE, relearn_us=MIDDLE, is_relearned=st.booleans())
def test_replaying_the_log_gives_the_live_model(seed: int, until_us: int, relearn_us: int, is_relearned: bool) -> None:
    """Replay as settled equals the live model bit for bit, in the middle of things, also after a relearn took over."""
    world = lived(seed, until_us, more=[(relearn_us, [relearn()])] if is_relearned else [])
    lineage = world.registry.serving_lineage(SHOP)
    assert lineage is not None
    _, sums, positions = state(world)
    assert world.learner is not None

    weights, replayed = replay(world.log, lineage, positions[-1], positions[:-1])

    assert replayed == sums
    assert weights.tobytes() == world.learner._serving[SHOP].course.weights().tobytes()


@LAWS
@given(seed=SEEDS, until_us=MIDDLE, crashes=st.lists(st.booleans(), min_size=1, max_size=30))
def test_crashes_change_nothing(seed: int, until_us: int, crashes: list[bool]) -> None:
    """A learner that loses everything between any two slices comes to the state of one that never stopped."""
    steady, shaken = lived(seed, until_us), World(batch=5)
    truth = facts(seed, count=60, prompt=False)
    events = [opening(spec(seed=seed)), *truth.deeds, *dirty_feed(truth, seed), (until_us, [])]
    for number, event in enumerate(sorted((one for one in events if one[0] <= until_us), key=lambda one: one[0])):
        shaken.append(event)
        shaken.step()
        if crashes[number % len(crashes)]:
            shaken.lose_learner()
    shaken.catch_up()

    assert state(shaken) == state(steady)


@LAWS
@given(seed=SEEDS)
def test_once_all_windows_are_over_nothing_provisional_is_left(seed: int) -> None:
    """In the end the sums of final rewards are those of learning without checkpoints, and nothing stands at any age."""
    truth = facts(seed, count=60, prompt=False)
    events = [*truth.deeds, *dirty_feed(truth, seed), (END_US + DAY_US, [])]
    with_ages, without = World(), World()
    ages = spec(seed=seed)
    without_ages = replace(ages, settle=replace(ages.settle, checkpoints_us=()))

    with_ages.play([opening(ages), *events])
    without.play([opening(without_ages), *events])

    sums = with_ages.learned().sums
    assert sums.early.standing == (0, 0)
    assert np.abs([constant_moments(with_ages, age) for age in range(2)]).max() < 1e-12
    assert replace(sums, early=EarlySums()) == without.learned().sums


def test_a_decision_comes_to_every_age() -> None:
    """Six hours, 36 hours and three days after its sending it stands at the first age, at the second, and is learned."""
    world = World()
    world.append(opening(spec(feeds=False)), (START_US, [decision(0, customer=0, send_us=START_US)]))
    seen = []
    for age_us in (AGES[0] - 1, AGES[0], AGES[1] - 1, AGES[1], WINDOW_US - 1, WINDOW_US):
        world.wait_until(START_US + age_us)
        sums = state(world)[1]
        seen.append((sums.early.standing, sums.learned_count))

    assert seen == [((0, 0), 0), ((1, 0), 0), ((1, 0), 0), ((0, 1), 0), ((0, 1), 0), ((0, 0), 1)]


def test_what_is_not_sent_after_all_is_taken_back() -> None:
    """A decision that is said not to have been sent after it was learned from provisionally counts no longer."""
    world = World()
    one = decision(0, customer=0, send_us=START_US)
    world.append(opening(spec(feeds=False)), (START_US, [one]))
    world.wait_until(START_US + AGES[0])
    before = state(world)[1].early.standing
    world.append((START_US + AGES[0] + HOUR_US, [sent("d0", START_US, ActivationState.NOT_SENT)]))
    world.wait_until(START_US + AGES[1])

    assert before == (1, 0)
    assert state(world)[1].early.standing == (0, 0)
    assert state(world)[1].skipped_count == 1


def test_a_feed_that_is_late_at_an_age_is_waited_for_at_the_next() -> None:
    """Where the feed is not complete within the grace at a checkpoint, a decision first counts at the next one."""
    world = World()
    one = decision(0, customer=0, send_us=START_US)
    world.append(opening(spec(grace_us=HOUR_US)), (START_US, [one]))
    world.wait_until(START_US + AGES[0] + HOUR_US)
    lapsed = state(world)[1].early
    world.append((START_US + AGES[1], [mark(START_US + AGES[1])]))
    world.catch_up()

    assert (lapsed.standing, lapsed.positions[0] > 0) == ((0, 0), True)
    assert state(world)[1].early.standing == (0, 1)


def constant_moments(world: World, age: int) -> NDArray[np.float64]:
    """Returns what each term of the reward has gained by an age, over all campaigns; the first is of no answer."""
    assert world.learner is not None
    trainer = world.learner._serving[SHOP].course._provisional()._early()
    trainer.serialize()
    assert trainer._provisional is not None
    sums: NDArray[np.float64] = trainer._provisional._ages[age].moments[:, :, 0].sum(axis=1)
    return sums


def test_an_outcome_counts_from_the_age_by_which_it_occurred() -> None:
    """What occurs by six hours counts at the first age, what occurs by 36 hours at the second, on the scale of learning."""
    world = World()
    one = decision(0, customer=0, send_us=START_US)
    clicked = outcome("click", START_US + HOUR_US, learner_spec().reward.weights[1].type, decision_id="d0")
    bought = outcome("order", START_US + 7 * HOUR_US, amount=30.0, decision_id="d0")
    world.append(opening(spec(feeds=False)), (START_US, [one]))
    world.append((clicked.occur_time_us, [clicked]), (bought.occur_time_us, [bought]))
    world.wait_until(START_US + AGES[0] + 2 * HOUR_US)
    young = constant_moments(world, 0)
    world.wait_until(START_US + AGES[1])

    assert young == pytest.approx((10 / 60, 0.0, 2 / 60, 0.0))
    assert constant_moments(world, 0) == pytest.approx((0.0, 0.0, 0.0, 0.0))
    assert constant_moments(world, 1) == pytest.approx((10 / 60, 30 / 60, 2 / 60, 0.0))
