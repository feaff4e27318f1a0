"""Laws of the learner: what it learns depends on the log alone, and late or missing feeds teach nothing false."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.clock import SimulatedClock
from banditsvc.core.model import UNTRAINED
from banditsvc.core.portfolio import Attribution, LabelWeighting, Portfolio, TrainSpec
from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US
from banditsvc.learner import Learner, replay
from banditsvc.ports import Segment
from tests.learner.feeds import END_US, Facts, dirty_feed, facts, prompt_feed, weekly_feed
from tests.learner.worlds import (
    SHOP,
    SMALL,
    START_US,
    WINDOW_US,
    Event,
    World,
    decision,
    decisions,
    learner_spec,
    mark,
    opening,
    outcome,
    relearn,
)

SEEDS = st.integers(0, 10_000)
RULES = st.sampled_from(Attribution)
POLLS = st.lists(st.integers(START_US, END_US), max_size=12)
LAWS = settings(max_examples=25, deadline=None, derandomize=True)


def lived(
    truth: Facts,
    feed: list[Event],
    rule: Attribution,
    polls: list[int] | None = None,
    batch: int = 500,
    last_days: int | None = None,
) -> World:
    """Returns the world after everything is over and learned live."""
    world = World(batch=batch)
    spec = learner_spec(rule, train=dataclasses.replace(SMALL, last_days=last_days))
    world.play([opening(spec), *truth.deeds, *feed, (END_US + DAY_US, [])], polls or [])
    return world


@LAWS
@given(seed=SEEDS, rule=RULES, polls=POLLS, batch=st.sampled_from([1, 7, 500]))
def test_when_the_log_is_looked_at_does_not_matter(seed: int, rule: Attribution, polls: list[int], batch: int) -> None:
    """Polling often, seldom or only at the end, in slices of any size, gives the same model and sums bit for bit."""
    truth = facts(seed)
    feed = dirty_feed(truth, seed)

    often = lived(truth, feed, rule, polls, batch)
    once = lived(truth, feed, rule)

    assert once.learned().weights.tobytes() == often.learned().weights.tobytes()
    assert once.learned().sums == often.learned().sums


@LAWS
@given(seed=SEEDS, dirt=SEEDS, rule=RULES, polls=POLLS)
def test_a_relearn_makes_good_what_a_bad_feed_has_done(
    seed: int, dirt: int, rule: Attribution, polls: list[int]
) -> None:
    """Late, restated, doubled and unordered outcomes and missing marks: after a relearn the model is that of a
    clean prompt feed, bit for bit.
    """
    truth = facts(seed)
    clean = lived(truth, prompt_feed(truth), rule)
    dirty = lived(truth, dirty_feed(truth, dirt), rule, polls)

    dirty.append((END_US + 2 * DAY_US, [relearn()]))
    dirty.catch_up()

    assert clean.learned().sums.learned_count >= 10
    assert dirty.learned().same_model_as(clean.learned())
    assert dirty.learned().model_version.startswith("2.")


@LAWS
@given(seed=SEEDS, rule=RULES)
def test_a_weekly_file_teaches_what_a_prompt_feed_does(seed: int, rule: Attribution) -> None:
    """Outcomes that come in weekly files with their mark give the model of a prompt feed at once, bit for bit."""
    truth = facts(seed)
    spec = learner_spec(rule, grace_us=8 * DAY_US)
    prompt, weekly = World(), World()

    prompt.play([opening(spec), *truth.deeds, *prompt_feed(truth), (END_US, [])])
    weekly.play([opening(spec), *truth.deeds, *weekly_feed(truth), (END_US, [])], range(START_US, END_US, DAY_US))

    assert prompt.learned().sums.learned_count >= 10
    assert weekly.learned().same_model_as(prompt.learned())
    assert weekly.learned().sums.lapsed_count == 0


@LAWS
@given(
    seed=SEEDS,
    rule=RULES,
    polls=POLLS,
    relearn_us=st.integers(START_US, END_US),
    last_days=st.sampled_from([None, 4]),
)
def test_replaying_the_log_gives_the_live_model(
    seed: int, rule: Attribution, polls: list[int], relearn_us: int, last_days: int | None
) -> None:
    """Replay as settled equals the live model bit for bit, lateness included, also after a relearn took over."""
    truth = facts(seed)
    feed = [*dirty_feed(truth, seed), (relearn_us, [relearn()])]
    world = lived(truth, feed, rule, polls, last_days=last_days)
    lineage, progress = world.registry.serving_lineage(SHOP), world.registry.progress(SHOP)
    assert lineage is not None
    assert progress is not None

    weights, sums = replay(world.log, lineage, progress.position)

    assert world.learned().weights.tobytes() == weights.tobytes()
    assert world.learned().sums == sums


@LAWS
@given(
    seed=SEEDS,
    polls=POLLS,
    crashes=st.lists(st.booleans(), min_size=1, max_size=30),
    steps=st.integers(1, 4),
    batch=st.sampled_from([3, 10]),
    last_days=st.sampled_from([None, 4]),
)
def test_crashes_change_nothing(
    seed: int, polls: list[int], crashes: list[bool], steps: int, batch: int, last_days: int | None
) -> None:
    """A learner that loses everything between any two slices comes to the model of one that never stopped.

    Time goes on between slices, so a relearn is cut short and begun again as of the moment of its first start.
    """
    truth = facts(seed)
    middle = START_US + 6 * DAY_US
    spec = learner_spec(train=dataclasses.replace(SMALL, last_days=last_days))
    events = [opening(spec), *truth.deeds, *dirty_feed(truth, seed), (middle, [relearn()])]
    steady, shaken = World(batch=batch), World(batch=batch)
    slices = 0

    for time_us in sorted([*polls, *range(middle, middle + 12 * DAY_US, DAY_US), END_US]):
        due = [*[event for event in events if event[0] <= time_us], (time_us, [])]
        events = [event for event in events if event[0] > time_us]
        steady.append(*due)
        shaken.append(*due)
        for _ in range(steps):
            steady.step()
            shaken.step()
            slices += 1
            if crashes[slices % len(crashes)]:
                shaken.lose_learner()
    steady.catch_up()
    shaken.lose_learner()
    shaken.catch_up()

    assert shaken.learned().weights.tobytes() == steady.learned().weights.tobytes()
    assert shaken.learned().sums == steady.learned().sums
    assert shaken.registry.serving_lineage(SHOP) == steady.registry.serving_lineage(SHOP)


def test_a_dead_feed_teaches_nothing() -> None:
    """Decisions whose feed is never marked complete lapse after the grace, counted and unlearned."""
    world = World()

    world.play([opening(learner_spec()), *[(time_us, [made]) for time_us, made in decisions(12)], (END_US, [])])

    assert world.learned().sums.lapsed_count == 12
    assert world.learned().sums.learned_count == 0
    assert world.learned().model_version == UNTRAINED


def test_no_decision_is_learned_before_its_window_is_over() -> None:
    """An early outcome teaches nothing before the window is over, so quick campaigns have no lead."""
    world = World()
    quick, slow = (
        decision(0, customer=0, send_us=START_US, chosen=0),
        decision(1, customer=1, send_us=START_US, chosen=1),
    )
    world.append(opening(learner_spec(required_feeds=())), (START_US, [quick, slow]))
    world.append((START_US + HOUR_US, [outcome("o", START_US + HOUR_US, amount=40.0, decision_id="d0")]))

    world.wait_until(START_US + WINDOW_US - 1)
    before = world.learned()
    world.wait_until(START_US + WINDOW_US)

    assert before.sums.learned_count == 0
    assert world.learned().sums.learned_count == 2


def test_new_settings_relearn_in_the_background_and_then_take_over() -> None:
    """While new settings relearn, the old lineage goes on learning; then the new one serves, and nothing is forgotten."""
    truth = facts(5)
    world = lived(truth, prompt_feed(truth), Attribution.ALL_IN_WINDOW)
    old = world.learned()
    train = TrainSpec(bits=11, learning_rate=0.1, label_weighting=LabelWeighting.EQUAL)
    changed = Portfolio(portfolio_id=SHOP, currency="EUR", learner=learner_spec(train=train), learner_version=2)
    world.append((END_US + 2 * DAY_US, [changed]))
    world.batch, world.learner = 5, None

    assert world.step()
    assert world.learned().model_version == old.model_version
    world.catch_up()

    assert world.learned().sums.learned_count == old.sums.learned_count
    assert world.learned().model_version == f"2.{old.sums.learned_count}"
    assert len(world.learned().weights) == 1 << 11


def test_settings_that_do_not_touch_learning_change_no_model() -> None:
    """A portfolio version with the same learner_version starts no lineage."""
    truth = facts(5)
    world = lived(truth, prompt_feed(truth), Attribution.ALL_IN_WINDOW)
    before = world.learned()

    renamed = Portfolio(portfolio_id=SHOP, currency="EUR", learner=learner_spec(), display_name="Shop")
    world.append((END_US + 2 * DAY_US, [renamed]))
    world.catch_up()

    assert world.learned().model_version == before.model_version


def test_live_learning_goes_on_while_a_relearn_is_under_way() -> None:
    """Decisions that come due during a relearn are learned by both lineages."""
    world = World(batch=2)
    made = decisions(16)
    world.append(opening(learner_spec(required_feeds=())), *[(time_us, [one]) for time_us, one in made])
    world.wait_until(made[7][0] + HOUR_US + WINDOW_US)
    world.append((world.log.watermark().time_us + 1, [relearn()]))
    assert world.step()

    world.log.append([], END_US)
    world.step()
    during = world.registry.progress(SHOP)
    world.catch_up()

    assert during is not None
    assert during.relearning
    assert world.learned().sums.learned_count == 16
    lineage = world.registry.serving_lineage(SHOP)
    assert lineage is not None
    assert lineage.segments[0].through_position > 0


def test_a_relearn_settles_only_what_is_due_as_of_its_start() -> None:
    """The relearned stretch ends at the first decision that is not due when the relearn starts."""
    world = World()
    made = decisions(8)
    world.append(opening(learner_spec(required_feeds=())), *[(time_us, [one]) for time_us, one in made])
    due_us = made[3][0] + HOUR_US + WINDOW_US

    world.append((due_us, [relearn()]))
    world.catch_up()

    lineage = world.registry.serving_lineage(SHOP)
    fourth = world.log.get_decision("d3")
    assert lineage is not None
    assert fourth is not None
    assert lineage.segments == (Segment(fourth.position, world.log.watermark().time_us),)


def test_models_are_published_no_more_often_than_the_interval() -> None:
    """Within the publish interval nothing is published; what was learned meanwhile is, once it is over."""
    clock = SimulatedClock()
    world = World()
    made = decisions(8)
    world.append(opening(learner_spec(required_feeds=())), *[(time_us, [one]) for time_us, one in made])
    world.learner = Learner(world.log, world.registry, clock, publish_interval_us=1000)

    published = []
    for number, (time_us, _) in enumerate(made):
        clock.set_us(number * 300)
        world.wait_until(time_us + HOUR_US + WINDOW_US)
        published.append(len(world.registry.list_models(SHOP)))

    assert published == [1, 1, 1, 1, 2, 2, 2, 2]


def test_after_many_decisions_a_model_is_published_sooner() -> None:
    """So many decisions learned are published 2 seconds after the last model, and fewer when the interval is over."""
    clock = SimulatedClock()
    world = World()
    made = decisions(8)
    world.append(opening(learner_spec(required_feeds=())), *[(time_us, [one]) for time_us, one in made])
    interval_us = 60 * SECOND_US
    world.learner = Learner(world.log, world.registry, clock, publish_interval_us=interval_us, publish_decisions=3)

    published = []
    for number, (time_us, _) in enumerate(made):
        clock.set_us(number * SECOND_US)
        world.wait_until(time_us + HOUR_US + WINDOW_US)
        published.append(len(world.registry.list_models(SHOP)))

    assert published == [1, 1, 1, 2, 2, 2, 3, 3]


def test_a_decision_of_an_unknown_campaign_does_not_hold_up_the_line() -> None:
    """A decision that cannot be learned from is passed over, counted as skipped."""
    world = World()
    made = decisions(4)
    strange = structs.replace(made[1][1], campaign_id="gone", eligible=("gone", "hats"))
    events = [(time_us, [one]) for time_us, one in made]
    events[1] = (made[1][0], [strange])

    world.play([opening(learner_spec(required_feeds=())), *events, (END_US, [])])

    assert (world.learned().sums.learned_count, world.learned().sums.skipped_count) == (3, 1)


@pytest.mark.parametrize("delay_us", [0, 2 * DAY_US])
def test_progress_tells_how_far_settling_has_looked(delay_us: int) -> None:
    """After catching up, settled_through is the watermark, whether anything was learned or not."""
    world = World()
    made = decisions(4)

    world.play(
        [opening(learner_spec()), *[(time_us, [one]) for time_us, one in made], (START_US + DAY_US, [mark(START_US)])]
    )
    world.wait_until(START_US + 10 * DAY_US + delay_us)

    assert world.learned().settled_through_us == world.log.watermark().time_us
