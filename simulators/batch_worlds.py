"""Batch worlds: small worlds of segments and campaigns, decided in equal batches that are learned some batches later.

What a customer responds to depends on the segment, the campaign and the number of decisions so far; the other features
of a context say nothing. The true expected reward of every choice is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context_columns import Coded, ContextColumns
from banditsvc.core.sampling import choose
from banditsvc.core.times import DAY_US
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned, LearningPolicy, Policy

LEVELS = tuple([f"level{level}" for level in range(5)])
BATCH = 500


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """The campaigns of a time, and the chance of a response by segment and campaign."""

    campaigns: tuple[Campaign, ...]
    """Sorted by campaign_id."""
    response: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchWorld:
    """One world."""

    decisions: int
    segments: int
    offer: Callable[[int], Offer]
    """What there is at the batch that starts with a decision."""
    irrelevant: int = 4
    """Features that say nothing."""
    batch: int = BATCH
    lag: int = 2
    """Batches that are decided before the outcomes of one are learned."""
    day: int = 0
    """Decisions of a day, after which they go out a day later; 0 is that all go out at one time."""


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What came of a run, decision by decision."""

    value: NDArray[np.float64]
    """True expected reward of the selection probabilities; likewise of the best choice and of an equal draw."""
    best: NDArray[np.float64]
    uniform: NDArray[np.float64]
    segment: NDArray[np.int64]
    newest: NDArray[np.float64]
    """Probability of the campaign that stands last."""

    def gain(self, start: int, end: int | None = None) -> float:
        """Returns the share of the way from an equal draw to the best choice over some decisions, 1 at most."""
        part = slice(start, end)
        least = self.uniform[part].mean()
        return float((self.value[part].mean() - least) / (self.best[part].mean() - least))


def play(world: BatchWorld, policy: Policy, seed: int) -> Played:
    """Returns what a policy, which must be fresh, comes to in a world."""
    rng = np.random.default_rng(seed)
    in_flight: deque[Learned] = deque()
    parts: list[tuple[NDArray[np.float64] | NDArray[np.int64], ...]] = []
    for start in range(0, world.decisions, world.batch):
        if len(in_flight) > world.lag and isinstance(policy, LearningPolicy):
            policy.learn(in_flight.popleft())
        size, offer = min(world.batch, world.decisions - start), world.offer(start)
        segments = rng.integers(0, world.segments, size=size)
        contexts = _contexts(world, segments, rng, start // world.day if world.day else 0)
        eligible = Eligible(offer.campaigns, np.ones((size, len(offer.campaigns)), dtype=np.bool_))
        pmf = policy.pmf(contexts, eligible)
        response = offer.response[segments]
        chosen, rows = choose(pmf, rng.random(size)), np.arange(size)
        rewards = (rng.random(size) < response[rows, chosen]).astype(np.float64)
        in_flight.append(Learned(contexts, eligible, chosen, pmf[rows, chosen], rewards))
        value = (pmf * response).sum(axis=1)
        parts.append((value, response.max(axis=1), response.mean(axis=1), segments, pmf[:, -1]))
    value, best, uniform, segment, newest = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Played(value, best, uniform, segment.astype(np.int64), newest)


def _contexts(world: BatchWorld, segments: NDArray[np.int64], rng: np.random.Generator, day: int) -> Contexts:
    levels = rng.integers(0, len(LEVELS), size=(world.irrelevant, len(segments)))
    columns = ContextColumns(
        rows=len(segments),
        segment=Coded(segments, tuple([f"segment{number:02d}" for number in range(world.segments)])),
        features={f"x{place}": Coded(column, LEVELS) for place, column in enumerate(levels)},
    )
    return Contexts(columns, day=day, send_time_us=day * DAY_US)


def named(count: int) -> tuple[Campaign, ...]:
    """Returns so many campaigns that have nothing but their ids."""
    return tuple([Campaign(campaign_id=f"campaign{number:03d}") for number in range(count)])


def always(response: NDArray[np.float64]) -> Callable[[int], Offer]:
    """Returns an offer that never changes."""
    offer = Offer(named(response.shape[1]), response)
    return lambda _: offer


def crossed_segments(campaigns: int) -> BatchWorld:
    """Returns two segments that respond with 4 % each to another campaign, and with 2 % to all others."""
    response = np.full((2, campaigns), 0.02)
    response[0, 0] = response[1, 1] = 0.04
    return BatchWorld(decisions=50_000, segments=2, offer=always(response), irrelevant=6)


def launch(before: int = 200_000, after: int = 25_000) -> BatchWorld:
    """Returns a world of 4 campaigns, at best 2 %, into which one comes that is 4 % in one of 4 segments, 1 % elsewhere."""
    response = np.full((4, 5), 0.015)
    response[:, 0], response[:, 4], response[0, 4] = 0.02, 0.01, 0.04
    old, new = Offer(named(4), response[:, :4]), Offer(named(5), response)
    return BatchWorld(decisions=before + after, segments=4, offer=lambda start: new if start >= before else old)


def weekly_promotions(weeks: int = 20, batches_a_day: int = 1, families: int = 10) -> BatchWorld:
    """Returns promotions of some families, each a week under a new id; a response is known after 14 days."""
    rng = np.random.default_rng(14)
    levels = 0.03 * np.exp(0.4 * rng.normal(size=families))
    tastes = np.exp(0.35 * rng.normal(size=(4, families)))
    weeks_of = np.exp(0.25 * rng.normal(size=(weeks, families)))

    @lru_cache(maxsize=4)
    def of_week(week: int) -> Offer:
        campaigns = [
            Campaign(campaign_id=f"f{one:02d}w{week:03d}", family=f"family{one:02d}") for one in range(families)
        ]
        return Offer(tuple(campaigns), np.minimum(levels * weeks_of[week] * tastes, 0.9))

    day = BATCH * batches_a_day
    return BatchWorld(
        decisions=7 * weeks * day, segments=4, offer=lambda start: of_week(start // day // 7), lag=14 * batches_a_day
    )


def swap(before: int = 50_000, after: int = 50_000) -> BatchWorld:
    """Returns a campaign of 4 % and one of 2 % that change places."""
    first = np.tile([0.04, 0.02], (4, 1))
    old, new = Offer(named(2), first), Offer(named(2), first[:, ::-1])
    return BatchWorld(decisions=before + after, segments=4, offer=lambda start: new if start >= before else old)


def seasonal(decisions: int = 200_000, season: int = 50_000) -> BatchWorld:
    """Returns two campaigns whose responses swing between 2 % and 4 %, against each other, once a season.

    It is a year of 365 days of 137 decisions.
    """

    def offer(start: int) -> Offer:
        swing = 0.01 * float(np.sin(2.0 * np.pi * start / season))
        return Offer(named(2), np.tile([0.03 + swing, 0.03 - swing], (4, 1)))

    return BatchWorld(decisions=decisions, segments=4, offer=offer, day=137)


def weekdays(weeks: int = 30, daily: int = 1_000) -> BatchWorld:
    """Returns two campaigns of which one has 4 % at the weekend and 2 % on workdays, and the other the reverse."""
    workday, weekend = Offer(named(2), np.tile([0.02, 0.04], (4, 1))), Offer(named(2), np.tile([0.04, 0.02], (4, 1)))

    def offer(start: int) -> Offer:
        # Day 0 is a Thursday.
        return weekend if (start // daily + 3) % 7 >= 5 else workday

    return BatchWorld(decisions=weeks * 7 * daily, segments=4, offer=offer, day=daily)


def dominant() -> BatchWorld:
    """Returns 5 campaigns of which one is twice as good as the others for everybody."""
    response = np.full((4, 5), 0.02)
    response[:, 0] = 0.04
    return BatchWorld(decisions=50_000, segments=4, offer=always(response))


def many_campaigns(decisions: int = 1_000_000) -> BatchWorld:
    """Returns 200 campaigns and 20 segments with effects of both and of their pairs."""
    rng = np.random.default_rng(200)
    levels, pairs = np.exp(0.4 * rng.normal(size=200)), np.exp(0.4 * rng.normal(size=(20, 200)))
    response = np.clip(0.02 * levels * pairs, 0.0, 0.5)
    return BatchWorld(decisions=decisions, segments=20, offer=always(response), irrelevant=2, batch=2_000)
