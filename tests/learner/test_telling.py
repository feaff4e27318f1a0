"""Laws of what the learner tells: progress, what lapsed, and counts without tests."""

from __future__ import annotations

import dataclasses

import numpy as np
import structlog
from msgspec import structs

from banditsvc.core.outcome import FeedMark, OutcomeType
from banditsvc.core.portfolio import POSTERIOR_TRAIN
from banditsvc.core.times import DAY_US
from banditsvc.ports import Lineage, LogRecord, Progress, Recorded, RunningSums
from banditsvc.store import MemoryLog, MemoryRegistry
from tests.learner.feeds import END_US
from tests.learner.worlds import (
    CAMPAIGNS,
    SHOP,
    START_US,
    World,
    decision,
    decisions,
    learner_spec,
    mark,
    opening,
    outcome,
    relearn,
)


class _Watched(MemoryRegistry):
    """Keeps what a reader may see: every progress that was noted."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Progress] = []

    def note_progress(self, lineage: Lineage, position: int, settled_through_us: int, sums: RunningSums) -> None:
        super().note_progress(lineage, position, settled_through_us, sums)
        progress = self.progress(SHOP)
        assert progress is not None
        self.seen.append(progress)


def test_progress_past_a_request_to_relearn_says_that_it_is_under_way() -> None:
    """Whoever sees progress up to a request to relearn sees the relearn under way, or its lineage at work."""
    registry = _Watched()
    world = World(registry=registry)
    made = decisions(6)
    world.append(opening(learner_spec(required_feeds=())), *[(time_us, [one]) for time_us, one in made])
    world.wait_until(END_US)

    world.append((END_US + DAY_US, [relearn()]))
    world.catch_up()
    world.wait_until(END_US + 2 * DAY_US)

    after = [one for one in registry.seen if one.settled_through_us >= END_US + DAY_US]
    assert after
    assert [one for one in after if not one.relearning and one.lineage_id == 1] == []


def test_lapsed_decisions_are_told_once_by_count() -> None:
    """Each look in which decisions lapsed live warns with their number; relearning them does not."""
    world = World()
    world.append(opening(learner_spec()), *[(time_us, [made]) for time_us, made in decisions(8)])

    with structlog.testing.capture_logs() as logs:
        for day in range(5, 12):
            world.wait_until(START_US + day * DAY_US)
        world.append((START_US + 12 * DAY_US, [relearn()]))
        world.catch_up()

    warnings = [entry for entry in logs if entry["event"] == "decisions_lapsed"]
    assert {(entry["log_level"], entry["portfolio_id"]) for entry in warnings} == {("warning", SHOP)}
    assert [entry["count"] for entry in warnings] == [4, 4]


def test_tests_are_not_counted() -> None:
    """A test decision leaves no trace in the learner's sums."""
    world = World()
    made = decisions(3)
    test = structs.replace(made[1][1], input=structs.replace(made[1][1].input, is_test=True))

    world.play(
        [
            opening(learner_spec(required_feeds=())),
            *[(time_us, [test if one.decision_id == test.decision_id else one]) for time_us, one in made],
            (END_US, []),
        ]
    )

    assert world.learned().sums.learned_count == 2
    assert world.learned().sums.skipped_count == 0


class _Counted(MemoryLog):
    """Counts how often feed marks are read."""

    reads = 0

    def read_feed_marks(self, portfolio_id: str, after: int = 0) -> list[Recorded[FeedMark]]:
        self.reads += 1
        return super().read_feed_marks(portfolio_id, after)


def test_feed_marks_are_read_once_for_a_stretch() -> None:
    """Feed marks are read anew only when the log's time has moved on, not for every slice."""
    log = _Counted()
    world = World(log=log, batch=1)
    made = decisions(12)
    world.append(opening(learner_spec()), *[(time_us, [one]) for time_us, one in made], (END_US, [mark(END_US)]))

    world.catch_up()

    assert log.reads == 1


def test_a_change_of_the_world_is_told_by_name() -> None:
    """Where the drift watch fires, a warning names the portfolio and the campaign, and the sums count it."""
    rng = np.random.default_rng(1)
    spec = learner_spec(required_feeds=(), train=dataclasses.replace(POSTERIOR_TRAIN, bits=12))
    days = []
    for day in range(12):
        start_us = START_US + day * DAY_US
        records: list[LogRecord] = []
        for number in range(day * 300, (day + 1) * 300):
            made = decision(number, customer=number, send_us=start_us, chosen=number)
            # The first campaign is clicked on three times as often from the eighth day on.
            rate = 0.6 if day >= 7 and made.campaign_id == CAMPAIGNS[0] else 0.2
            records.append(made)
            if rng.random() < rate:
                records.append(outcome(f"o{number}", start_us + 1, OutcomeType.CLICK, decision_id=made.decision_id))
        days.append((start_us, records))
    world = World()
    world.append(opening(spec), *days)

    with structlog.testing.capture_logs() as logs:
        world.wait_until(START_US + 20 * DAY_US)
    told = [entry for entry in logs if entry["event"] == "world_changed"]

    assert {("warning", SHOP)} == {(entry["log_level"], entry["portfolio_id"]) for entry in told}
    assert f"id={CAMPAIGNS[0]}" in {entry["feature"] for entry in told}
    assert len(told) == world.learned().sums.drift_count
