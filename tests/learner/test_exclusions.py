"""Laws of learning with exclusions: the model is that of a log in which what they cover was never to be learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.settle import NotLearned, SettleState
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import replay
from banditsvc.ports import LogRecord, Watermark
from banditsvc.settling import SettleLimit, settle_batch, settlements_now
from banditsvc.store import MemoryLog
from tests.learner.feeds import END_US, Facts, dirty_feed, facts, prompt_feed
from tests.learner.worlds import (
    SHOP,
    START_US,
    WINDOW_US,
    Event,
    World,
    decision,
    decisions,
    learner_spec,
    opening,
    relearn,
)

SEEDS = st.integers(0, 10_000)
MOMENTS = st.integers(START_US, END_US)
SPANS = st.tuples(st.integers(0, 9), st.integers(1, 6))
"""First day, and number of days."""
POLLS = st.lists(MOMENTS, max_size=8)
LAWS = settings(max_examples=12, deadline=None, derandomize=True)
NO_FEEDS = learner_spec(required_feeds=())


def exclusion(days: tuple[int, int], number: int = 1) -> Exclusion:
    """Returns an exclusion of some days of the shop."""
    start_us = START_US + days[0] * DAY_US
    return Exclusion(
        portfolio_id=SHOP, exclusion_id=number, start_us=start_us, end_us=start_us + days[1] * DAY_US, reason="twice"
    )


def revocation(number: int = 1) -> ExclusionRevocation:
    """Returns the end of an exclusion."""
    return ExclusionRevocation(portfolio_id=SHOP, exclusion_id=number, reason="it was not")


def lived(truth: Facts, feed: Sequence[Event], words: Sequence[Event], polls: Sequence[int] = ()) -> World:
    """Returns the world after everything is over, with words of operators among the events."""
    world = World(batch=7)
    world.play([opening(learner_spec()), *truth.deeds, *feed, *words, (END_US + DAY_US, [])], polls)
    return world


def without_learning(truth: Facts, is_covered: Callable[[Decision], bool]) -> Facts:
    """Returns the same with the covered decisions made by the fallback: they happened, and are never learned from."""
    return replace(
        truth, deeds=[(time_us, [_fallen(one, is_covered) for one in deed]) for time_us, deed in truth.deeds]
    )


def _fallen(record: LogRecord, is_covered: Callable[[Decision], bool]) -> LogRecord:
    if isinstance(record, Decision) and is_covered(record):
        return structs.replace(record, decided_by=DecidedBy.FALLBACK)
    return record


@LAWS
@given(seed=SEEDS, dirt=SEEDS, days=SPANS, said_us=MOMENTS, polls=POLLS)
def test_the_model_is_that_of_a_log_without_what_is_excluded(
    seed: int, dirt: int, days: tuple[int, int], said_us: int, polls: list[int]
) -> None:
    """With an exclusion recorded at any moment, before, amid or after its time, the model is bit for bit the one of a
    log with a relearn at that moment in which the covered decisions were never to be learned from; outcomes that they
    share with others are shared alike.
    """
    truth = facts(seed)
    feed = dirty_feed(truth, dirt)
    with_it = lived(truth, feed, [(said_us, [exclusion(days)])], polls)
    without = lived(without_learning(truth, exclusion(days).covers), feed, [(said_us, [relearn()])], polls)

    assert with_it.learned().same_model_as(without.learned())
    assert with_it.learned().model_version == without.learned().model_version


@LAWS
@given(seed=SEEDS, days=SPANS, said_us=MOMENTS, taken_back_us=MOMENTS, polls=POLLS)
def test_to_exclude_and_to_revoke_gives_the_model_back(
    seed: int, days: tuple[int, int], said_us: int, taken_back_us: int, polls: list[int]
) -> None:
    """After a revocation the model is bit for bit the one that was never without the decisions."""
    truth = facts(seed)
    first_us, then_us = sorted((said_us, taken_back_us + 1))
    words: list[Event] = [(first_us, [exclusion(days)]), (then_us, [revocation()])]
    never = lived(truth, prompt_feed(truth), [])
    undone = lived(truth, prompt_feed(truth), words, polls)

    assert never.learned().sums.learned_count >= 10
    assert undone.learned().same_model_as(never.learned())


@LAWS
@given(seed=SEEDS, dirt=SEEDS, days=SPANS, moments=st.lists(MOMENTS, min_size=2, max_size=2), polls=POLLS)
def test_replay_follows_exclusions(
    seed: int, dirt: int, days: tuple[int, int], moments: list[int], polls: list[int]
) -> None:
    """Replay as settled equals the live model bit for bit, with exclusions and revocations wherever they fell."""
    truth = facts(seed)
    first_us, then_us = sorted(moments)
    words: list[Event] = [(first_us, [exclusion(days), exclusion((0, 3), 2)]), (then_us + 1, [revocation()])]
    world = lived(truth, dirty_feed(truth, dirt), words, polls)
    lineage, progress = world.registry.serving_lineage(SHOP), world.registry.progress(SHOP)
    assert lineage is not None
    assert progress is not None

    weights, sums = replay(world.log, lineage, progress.position)

    assert world.learned().weights.tobytes() == weights.tobytes()
    assert world.learned().sums == sums


@settings(LAWS, max_examples=5)
@given(seed=SEEDS, days=SPANS, crashes=st.lists(st.booleans(), min_size=1, max_size=30), steps=st.integers(1, 4))
def test_crashes_between_an_exclusion_and_its_relearn_change_nothing(
    seed: int, days: tuple[int, int], crashes: list[bool], steps: int
) -> None:
    """A learner that loses everything between any two slices comes to the model of one that never stopped."""
    truth = facts(seed)
    events = [opening(learner_spec()), *truth.deeds, *dirty_feed(truth, seed)]
    events.append((START_US + 6 * DAY_US, [exclusion(days)]))
    steady, shaken = World(batch=3), World(batch=3)
    steady.play([*events, (END_US + DAY_US, [])])
    turn = 0
    for time_us, records in sorted(events, key=lambda event: event[0]):
        shaken.log.append(records, time_us)
        for _ in range(steps):
            shaken.step()
            if crashes[turn % len(crashes)]:
                shaken.lose_learner()
            turn += 1
    shaken.wait_until(END_US + DAY_US)

    excluded = exclusion(days)
    without = lived(without_learning(truth, excluded.covers), [*dirty_feed(truth, seed), (END_US, [relearn()])], [])
    shaken.append((END_US + 2 * DAY_US, [relearn()]))
    steady.append((END_US + 2 * DAY_US, [relearn()]))
    without.append((END_US + 2 * DAY_US, [relearn()]))
    for world in (shaken, steady, without):
        world.catch_up()
    assert steady.learned().same_model_as(without.learned())
    assert shaken.learned().same_model_as(without.learned())


def test_an_exclusion_is_forgotten_by_a_relearn_of_its_own() -> None:
    """What was learned is forgotten once the relearn that the exclusion starts has taken over, and comes back likewise."""
    world = World()
    world.play([opening(NO_FEEDS), *[(time_us, [one]) for time_us, one in decisions(20)]])
    world.wait_until(START_US + 9 * DAY_US)
    versions, counts = [], []
    for word in (None, exclusion((0, 2)), revocation(), exclusion((0, 99), 2)):
        world.append((world.log.watermark().time_us + HOUR_US, [] if word is None else [word]))
        world.catch_up()
        versions.append(world.learned().model_version)
        counts.append((world.learned().sums.learned_count, world.learned().sums.skipped_count))

    assert [(20, 0), (12, 8), (20, 0), (0, 20)] == counts
    assert ["1.20", "2.12", "3.20", "4.0"] == versions


class _Overtaken(MemoryLog):
    """A log in which something is recorded right after the watermark was read."""

    next_word: Exclusion | None = None

    def watermark(self) -> Watermark:
        mark = super().watermark()
        if self.next_word is not None:
            word, self.next_word = self.next_word, None
            self.append([word], mark.time_us + 1)
        return mark


def test_an_exclusion_that_overtakes_the_watermark_counts() -> None:
    """A relearn for an exclusion that was recorded while the learner looked at the log is as of that record at least."""
    log = _Overtaken()
    world = World(log=log)
    world.play([opening(NO_FEEDS), *[(time_us, [one]) for time_us, one in decisions(20)]])
    world.wait_until(START_US + 9 * DAY_US)
    log.next_word = exclusion((0, 2))
    world.catch_up()

    assert ("2.12", 12) == (world.learned().model_version, world.learned().sums.learned_count)


def test_settling_says_that_a_decision_is_excluded() -> None:
    """Live what was due before is settled as it was; as of now all that is covered is EXCLUDED, with its reward."""
    world = World()
    world.append(opening(NO_FEEDS))
    for number in range(3):
        made = decision(number, customer=number, send_us=START_US + number * DAY_US)
        world.append((START_US + number * DAY_US, [made]))
    world.append((START_US + WINDOW_US + 1, [exclusion((0, 2))]), (START_US + 9 * DAY_US, []))
    limit = SettleLimit(world.log.watermark().time_us)
    live = settle_batch(world.log, SHOP, NO_FEEDS, 0, limit).settled
    now = settlements_now(world.log, NO_FEEDS, [one.recorded for one in live])

    learned, excluded = (SettleState.SETTLED, None), (SettleState.NOT_LEARNED, NotLearned.EXCLUDED)
    assert [learned, excluded, learned] == [(one.settlement.state, one.settlement.reason) for one in live]
    assert [excluded, excluded, learned] == [(one.settlement.state, one.settlement.reason) for one in now]
    assert [True, False, True] == [one.reward is not None for one in live]
    assert all(one.reward is not None for one in now)
