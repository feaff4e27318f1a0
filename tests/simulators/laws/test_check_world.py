"""The laws of worlds: every preset keeps them, and an engine that breaks one is caught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.engine.purchases import NEVER, Purchases
from simulators.engine.visit import Visit
from simulators.engine.world import Sent, World
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

LATER = {"drift-step": 91, "drift-linear": 63, "drift-seasonal": 63, "dying-winner": 98, "late-winner": 63}
"""Days after which something has changed, of the worlds that are about that."""


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_keeps_the_laws(name: str) -> None:
    """Every world that comes with the product keeps the laws of worlds, for four weeks of 300 customers, or until it has drifted."""
    days = LATER.get(name, 28)
    check_world(name, days=days, customers=8400 // days)


class _Forgetful(World):
    """Lets those who have opted out come back."""

    def end_day(self) -> Purchases:
        self.customers.has_opted_out[:] = False
        return super().end_day()


class _Insistent(World):
    """Contacts everybody whom a cap protects: forgets the contacts of the day."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        sent = super().send(visit, chosen)
        self.customers.contact_days[:] = 0
        return sent


class _Lucky(World):
    """A hundred responses more than the chances say."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        sent = super().send(visit, chosen)
        sent.has_responded[np.flatnonzero(sent.is_contact)[:20]] = True
        return sent


class _Silent(World):
    """Nobody responds."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        sent = super().send(visit, chosen)
        sent.has_responded[:] = False
        self.customers.pending_time[:] = np.inf
        return sent


class _Hasty(World):
    """The file of a day tells what is still to happen."""

    def end_day(self) -> Purchases:
        bought = super().end_day()
        return replace(bought, arrival=np.where(bought.arrival == NEVER, NEVER, bought.arrival - 1))


class _Lossy(World):
    """Forgets to deliver every third purchase."""

    def end_day(self) -> Purchases:
        bought = super().end_day()
        lost = bought.rows % 3 == 0
        return replace(
            bought,
            arrival=np.where(lost, NEVER, bought.arrival),
            is_duplicated=bought.is_duplicated & ~lost,
            revision_arrival=np.where(lost, NEVER, bought.revision_arrival),
            refund_arrival=np.where(lost, NEVER, bought.refund_arrival),
        )


class _Twice(World):
    """Every caused purchase is made twice."""

    def end_day(self) -> Purchases:
        bought = super().end_day()
        places = np.repeat(np.arange(len(bought)), np.where(bought.is_organic, 1, 2))
        return Purchases(**{name: getattr(bought, name)[places] for name in Purchases.__slots__})


class _Careless(World):
    """Loses the purchases of every third customer that are under way."""

    def end_day(self) -> Purchases:
        self.customers.pending_time[self.day % 3 :: 3] = np.inf
        return super().end_day()


class _Moody(World):
    """Draws by a generator's state instead of keys."""

    rng = np.random.default_rng(7)

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        before = self.customers.keys
        self.customers.keys = before ^ self.rng.integers(0, 1 << 60, dtype=np.uint64)
        sent = super().send(visit, chosen)
        self.customers.keys = before
        return sent


class _Counting(World):
    """Draws depend on how many were sent to, and so on the policy."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        before = self.customers.keys
        self.customers.keys = before + np.uint64(chosen.sum())
        sent = super().send(visit, chosen)
        self.customers.keys = before
        return sent


class _Neighborly(World):
    """A seed's course depends on which seeds run beside it."""

    def __init__(self, spec: WorldSpec, seeds: Sequence[int]) -> None:
        super().__init__(spec, seeds)
        self.customers.gap_days *= len(seeds)


class _Stubborn(World):
    """Every seed is the first."""

    def __init__(self, spec: WorldSpec, seeds: Sequence[int]) -> None:
        super().__init__(spec, [1] * len(seeds))


class _Optimistic(World):
    """Promises something of sending nothing, and more than a response is worth."""

    def begin_day(self) -> Visit:
        visit = super().begin_day()
        visit.__dict__["expected"] = visit.expected + 0.01
        return visit


class _Sleepy(World):
    """Forgets the time of a customer's last purchase in the triggers."""

    def begin_day(self) -> Visit:
        last = self.customers.last_purchase
        self.customers.last_purchase = last - 5.0
        visit = super().begin_day()
        _ = visit.eligible
        self.customers.last_purchase = last
        return visit


class _Absent(World):
    """Leaves some customers out on a day of theirs."""

    def begin_day(self) -> Visit:
        visit = super().begin_day()
        return Visit(self, visit.rows[visit.rows % 7 != self.day % 7])


class _Amnesiac(World):
    """Tells policies of a day more since the last purchase."""

    def begin_day(self) -> Visit:
        visit = super().begin_day()
        recency = visit.contexts.columns.recency_days
        assert recency is not None
        told = replace(visit.contexts.columns, recency_days=recency + 1.0)
        visit.__dict__["contexts"] = replace(visit.contexts, columns=told)
        return visit


class _Tireless(World):
    """Forgets how tired customers are."""

    def end_day(self) -> Purchases:
        self.customers.fatigue[:] = 0.0
        return super().end_day()


class _Keen(World):
    """Half as many responses more than the world file says, and states that chance."""

    def begin_day(self) -> Visit:
        visit = super().begin_day()
        visit.__dict__["probabilities"] = 1.5 * visit.probabilities
        return visit


BROKEN: list[tuple[str, type[World], str]] = [
    ("fatigue", _Forgetful, "who has opted out"),
    ("fatigue", _Insistent, r"contacts in the \d+ days up to day"),
    ("drift-step", _Lucky, "more responses came than the stated chances say"),
    ("drift-step", _Silent, "more responses came than the stated chances say"),
    ("faulty-pipeline", _Hasty, "A purchase of day .* is told on day"),
    ("faulty-pipeline", _Lossy, "purchases are lost, where their share is 0.03"),
    ("drift-step", _Twice, "causes a purchase without a response, or a second one"),
    ("drift-step", _Careless, "and the purchase never comes"),
    ("drift-step", _Moody, "is not the same for seed 1 played again"),
    ("drift-step", _Counting, "by the policy, with the same campaign and in the same state"),
    ("drift-step", _Neighborly, "beside others and alone"),
    ("drift-step", _Stubborn, "The same customers buy on the same days"),
    ("fatigue", _Optimistic, "the expected reward of NO_CONTACT is not 0"),
    ("drift-step", _Optimistic, "the expected reward of .* is not its chance times its worth"),
    ("lifecycle", _Sleepy, "against its trigger"),
    ("drift-step", _Amnesiac, "is told with recency_days"),
    ("fatigue", _Tireless, "has the chance .* by the world file"),
    ("drift-step", _Keen, "has the chance .* by the world file"),
    ("drift-step", _Absent, "is due on day .*, and is not decided for"),
]


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
