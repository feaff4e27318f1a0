"""A world in which campaigns may change what they bring, decided for by a policy that learns, or by equal draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices import Coded
from offline_eval.drift import DriftRows

Rates = NDArray[np.float64]
CAMPAIGNS = ("arrivals", "sale", "news", "winback", "launched")
FAMILIES = ("goods", "goods", "news", "winback", "goods")
SEGMENTS = ("Bronze", "Silver", "Gold")
FIRST_DAY = 20_500
"""16 February 2026."""
_FLOOR = 0.02
_DELAY = 2
"""Days after which a reward is learned from."""


def unchanged(rates: Rates, day: int) -> Rates:
    """Returns the rates as they are."""
    del day
    return rates


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftingWorld:
    """How customers come, and what they respond to."""

    name: str
    days: int = 40
    daily: int = 1_000
    customers: int = 40_000
    rates: tuple[float, ...] = (0.04, 0.03, 0.02, 0.03)
    """Chance of a response by campaign, for customers of the middle segment who are not keen."""
    by_segment: tuple[float, ...] = (0.8, 1.0, 1.2)
    keen: tuple[float, ...] = (2.0, 0.5, 1.0, 1.0)
    """By what the rates of each campaign are multiplied for the half of the customers who are keen; it is not logged."""
    sameness: float = 1_000.0
    """Shape of the customers' own factors: the less, the more they differ."""
    amount_spread: float = 0.0
    """Log standard deviation of amounts; 0 is 1 for each response."""
    is_learning: bool = True
    launch_day: int | None = None
    """Day from which the last campaign is there."""
    changed: Callable[[Rates, int], Rates] = unchanged
    """Gives the rates of a day, campaigns by segments, from those of the first."""


STATIONARY = DriftingWorld(name="equal draws, each customer about once", is_learning=False)
LEARNING = DriftingWorld(name="a policy that learns to aim at what is not logged")
OFTEN = DriftingWorld(
    name="few customers who come again and again and differ, a policy that learns", customers=1_500, sameness=0.7
)
LAUNCHES = DriftingWorld(
    name="a campaign is launched in the middle, a policy that learns",
    rates=(0.04, 0.03, 0.02, 0.03, 0.05),
    keen=(2.0, 0.5, 1.0, 1.0, 1.0),
    launch_day=20,
)
AMOUNTS = replace(
    OFTEN, name="the same with amounts of a log standard deviation of 1", customers=8_000, amount_spread=1.0
)
WORLDS = (STATIONARY, LEARNING, OFTEN, LAUNCHES, AMOUNTS)


def swapped(day: int, first: int = 0, second: int = 2) -> Callable[[Rates, int], Rates]:
    """Returns what makes two campaigns change places on a day."""

    def change(rates: Rates, now: int) -> Rates:
        if now < day:
            return rates
        found = rates.copy()
        found[[first, second]] = rates[[second, first]]
        return found

    return change


def scaled(
    day: int, factor: float, campaign: int, segments: tuple[int, ...] = (0, 1, 2)
) -> Callable[[Rates, int], Rates]:
    """Returns what multiplies the rates of a campaign in some segments from a day on."""

    def change(rates: Rates, now: int) -> Rates:
        if now < day:
            return rates
        found = rates.copy()
        found[campaign, list(segments)] *= factor
        return found

    return change


def drifting_rows(world: DriftingWorld, seed: int) -> DriftRows:
    """Returns one run."""
    rng = np.random.default_rng(seed)
    count = len(world.rates)
    segment, is_keen = rng.integers(0, 3, world.customers), rng.integers(0, 2, world.customers)
    own = rng.gamma(world.sameness, 1.0 / world.sameness, world.customers)
    spread = rng.normal(0.0, world.amount_spread, world.customers)
    first = np.outer(world.rates, world.by_segment)
    sums, numbers = np.zeros((world.days, count, 2)), np.zeros((world.days, count, 2))
    parts = []
    for day in range(world.days):
        known = slice(0, max(day - _DELAY, 0))
        pmf = _pmf(world, sums[known].sum(axis=0), numbers[known].sum(axis=0), day)
        who = rng.integers(0, world.customers, world.daily)
        chances = pmf[:, is_keen[who]].T
        chosen = (rng.random(world.daily)[:, None] > chances.cumsum(axis=1)[:, :-1]).sum(axis=1)
        factor = np.where(is_keen[who] == 1, np.asarray(world.keen)[chosen], 1.0)
        rate = world.changed(first, day)[chosen, segment[who]] * factor * own[who]
        amount = np.exp(spread[who] + rng.normal(0.0, world.amount_spread, world.daily) - world.amount_spread**2)
        reward = (rng.random(world.daily) < rate) * amount
        np.add.at(sums[day], (chosen, is_keen[who]), reward)
        np.add.at(numbers[day], (chosen, is_keen[who]), 1.0)
        parts.append((np.full(world.daily, day), who, chosen, chances[np.arange(world.daily), chosen], reward))
    days, who, chosen, probability, reward = (np.concatenate(column) for column in zip(*parts, strict=True))
    return DriftRows(
        day=FIRST_DAY + days,
        customer=who.astype(np.int32),
        campaign=Coded(chosen.astype(np.int32), CAMPAIGNS[:count]),
        family=Coded(chosen.astype(np.int32), FAMILIES[:count]),
        segment=Coded(segment[who].astype(np.int32), SEGMENTS),
        probability=probability,
        reward=reward,
        predicted=np.full(len(days), np.nan),
    )


def _pmf(world: DriftingWorld, sums: Rates, numbers: Rates, day: int) -> Rates:
    """Returns the chances of the campaigns for customers who are keen or not, by inverse gaps."""
    count = len(sums)
    is_there = np.ones(count, dtype=np.bool_)
    if world.launch_day is not None and day < world.launch_day:
        is_there[-1] = False
    if not world.is_learning:
        return np.repeat((is_there / is_there.sum())[:, None], 2, axis=1)
    rate = np.where(is_there[:, None], (sums + 1.0) / (numbers + 25.0), 0.0)
    gap = rate.max(axis=0) - rate
    pmf = is_there[:, None] / (count + 20.0 * np.sqrt(numbers.sum(axis=0)) * gap)
    best = np.argmin(gap, axis=0)
    pmf[best, [0, 1]] = 0.0
    pmf[best, [0, 1]] = 1.0 - pmf.sum(axis=0)
    floor = is_there / is_there.sum()
    found: Rates = (1.0 - count * _FLOOR) * pmf + count * _FLOOR * floor[:, None]
    return found
