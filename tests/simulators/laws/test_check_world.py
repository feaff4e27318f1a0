"""The laws of worlds: every preset keeps them, and an engine that breaks one is caught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simulators.engine.world import World
from simulators.laws.check_world import check_world
from simulators.laws.feed_laws import first_file
from simulators.laws.frame_laws import EqualDraw, check_decisions, check_money, check_same_frames
from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play, equal_draw, play
from simulators.laws.truth_laws import martingale_bound
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.feed_spec import FeedSpec
from simulators.worlds.read_world import preset_names, read_world
from simulators.worlds.world_spec import WorldSpec
from tests.simulators.laws.broken_engines import BROKEN

LATER = {"drift-step": 91, "drift-linear": 63, "drift-seasonal": 63, "dying-winner": 98, "late-winner": 63}
"""Days after which something has changed, of the worlds that are about that."""


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_keeps_the_laws(name: str) -> None:
    """Every world that comes with the product keeps the laws of worlds, for four weeks of 300 customers, or until it has drifted."""
    days = LATER.get(name, 28)
    check_world(name, days=days, customers=8400 // days)


@pytest.mark.parametrize(("preset", "engine", "message"), BROKEN, ids=lambda one: getattr(one, "__name__", str(one)))
def test_an_engine_that_breaks_a_law_is_caught(preset: str, engine: type[World], message: str) -> None:
    """Each law is broken by an engine that is wrong in that one thing, and says so."""
    with pytest.raises(LawBroken, match=message):
        check_world(_strong(preset), days=28, customers=300, make=engine)


def _strong(preset: str) -> WorldSpec:
    """Returns a preset in which customers respond and opt out often enough to break every law soon."""
    world = read_world(preset)
    campaigns = [one.model_copy(update={"base_rate": 0.2, "opt_out_rate": 0.05}) for one in world.campaigns]
    return world.model_copy(update={"campaigns": tuple(campaigns)})


def test_a_limit_that_is_not_kept_is_caught() -> None:
    """A day with more contacts than the world's limit allows is found."""
    world = read_world("volume-limits")
    tight = world.model_copy(update={"max_contacts_a_day": 5})

    def make(spec: WorldSpec, seeds: Sequence[int]) -> World:
        made = World(spec, seeds)
        made.spec = tight
        return made

    with pytest.raises(LawBroken, match=r"all campaigns had .* contacts, not at most 5"):
        check_world(world, days=14, customers=400, make=make)


FALSE_FRAMES = [
    ("daily", "revenue", 10.0, "the frame has revenue"),
    ("daily", "organic_revenue", 0.02, "the frame has organic_revenue"),
    ("daily", "orders", 1, "the frame has orders"),
    ("daily", "profit", -1.0, "the frame has profit"),
    ("daily", "expected_reward", 1.0, "the frame has expected_reward"),
    ("decisions", "selection_probability", 1.0, "a selection probability that is not above 0 and at most 1"),
    ("decisions", "expected_reward", 400.0, "more than the best campaign for its customer"),
    ("decisions", "best_expected", -400.0, "more than the best campaign for its customer"),
    ("decisions", "reward", 301.0, "A reward is not from 0 to 300"),
    ("decisions", "expected_reward", -1.0, "do not sum up to the day's expected reward"),
]


@pytest.mark.parametrize(("frame", "column", "more", "message"), FALSE_FRAMES)
def test_a_false_frame_is_caught(frame: str, column: str, more: float, message: str) -> None:
    """A frame that says something else than what happened is found, and says where."""
    played, frames = _played_with_frames()
    altered = getattr(frames, frame).copy()
    altered[column] = altered[column] + more
    false = replace(frames, **{frame: altered})

    with pytest.raises(LawBroken, match=message):
        (check_money if frame == "daily" else check_decisions)(false, played)
    with pytest.raises(LawBroken, match=f"another frame of {frame} the second time"):
        check_same_frames(frames, false)


@cache
def _played_with_frames() -> tuple[Play, RunFrames]:
    spec = read_world("faulty-pipeline").model_copy(update={"days": 28})
    frames = simulate(spec, {"equal": EqualDraw()}, seeds=[3], keep_decisions=True)
    return play(World, spec, [3], equal_draw), frames


def test_the_martingale_bound_is_kept() -> None:
    """Of 20,000 sums of rare responses at most one in a thousand goes beyond the bound (binomial, level .001)."""
    rng = np.random.default_rng(3)
    chances = rng.uniform(0.002, 0.05, size=400)
    sums = (rng.random((20_000, 400)) < chances).sum(axis=1) - chances.sum()
    bound = martingale_bound(float((chances * (1.0 - chances)).sum()), 0.001)

    assert np.count_nonzero(np.abs(sums) > bound) <= 35
    assert bound < 8.0 * np.std(sums)


@pytest.mark.parametrize(
    ("feed", "time", "day"),
    [
        (FeedSpec(), 3.5, 4),
        (FeedSpec(), 3.0, 4),
        (FeedSpec(every_days=7), 3.5, 7),
        (FeedSpec(every_days=7), 7.0, 14),
        (FeedSpec(late_days=5), 3.5, 9),
        (FeedSpec(every_days=7, late_days=1), 6.5, 14),
        (FeedSpec(dead_from_day=4, dead_to_day=9), 3.5, 9),
        (FeedSpec(every_days=7, dead_from_day=5, dead_to_day=9), 3.5, 14),
    ],
)
def test_the_first_file_is_the_first_that_can_tell(feed: FeedSpec, time: float, day: int) -> None:
    """What happened at a time is told by the first file that is complete up to it, and comes."""
    assert day == first_file(feed, time)
