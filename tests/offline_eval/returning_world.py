"""A world in which customers come again and again, differ from each other, and are chosen for with known chances."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from offline_eval.choices.coding import Codes
from offline_eval.intervals import Floats, IntervalKind, IntervalSpec
from offline_eval.value import VALUE_INTERVAL, Estimate, interval_of_values, weighted_value


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturningWorld:
    """A law of decisions and rewards. Half of the customers are keen: they buy more and get the family more often."""

    name: str
    customers: int
    visits: float
    """Decisions of a customer on average, spread over the time."""
    visit_shape: float
    """Shape of the gamma distribution of the customers' visits: the smaller, the more decisions come from few."""
    chances: tuple[float, float] = (0.15, 0.5)
    """Probability of the family for a customer who is not keen, and for a keen one."""
    rates: tuple[float, float]
    """Chance of a purchase after a decision for the family, on average over customers, for either kind."""
    sameness: float
    """Shape of the gamma distribution of the customers' own rates around it."""
    amount_spread: float = 0.0
    """Standard deviation of the log amounts; half of the variance lies between customers."""

    @property
    def truth(self) -> float:
        """Returns the mean reward per decision were the family always chosen."""
        return float(np.mean(self.rates))


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """Decisions in the order of time; those for another family have weight 0."""

    customer: Codes
    weights: Floats
    rewards: Floats
    is_chosen: Floats

    def first(self, count: int) -> Played:
        """Returns the first decisions."""
        return Played(
            customer=self.customer[:count],
            weights=self.weights[:count],
            rewards=self.rewards[:count],
            is_chosen=self.is_chosen[:count],
        )


MANY = ReturningWorld(
    name="5 % buy, customers alike, each decided for once or twice",
    customers=20_000,
    visits=1.5,
    visit_shape=20.0,
    rates=(0.03, 0.07),
    sameness=50.0,
)
OFTEN = replace(
    MANY,
    name="20 % buy, few customers decided for again and again",
    customers=2_500,
    visits=24.0,
    visit_shape=1.0,
    rates=(0.1, 0.3),
    sameness=0.7,
)
AMOUNTS = replace(
    MANY,
    name="4 % buy, amounts with a log standard deviation of 1.2, customers come 5 times",
    customers=10_000,
    visits=5.0,
    visit_shape=2.0,
    rates=(0.02, 0.06),
    sameness=0.5,
    amount_spread=1.2,
)
WORLDS = (MANY, OFTEN, AMOUNTS)


def play(world: ReturningWorld, rng: np.random.Generator) -> Played:
    """Returns one run."""
    visits = rng.poisson(rng.gamma(world.visit_shape, world.visits / world.visit_shape, world.customers))
    customer = rng.permutation(np.repeat(np.arange(world.customers, dtype=np.int32), visits))
    is_keen = rng.integers(0, 2, world.customers)
    chance = np.asarray(world.chances)[is_keen][customer]
    own_rate = np.asarray(world.rates)[is_keen] * rng.gamma(world.sameness, 1.0 / world.sameness, world.customers)
    is_chosen = rng.random(len(customer)) < chance
    buys = rng.poisson(own_rate[customer])
    return Played(
        customer=customer,
        weights=is_chosen / chance,
        rewards=buys * _amounts(world, rng, customer),
        is_chosen=is_chosen.astype(np.float64),
    )


def _amounts(world: ReturningWorld, rng: np.random.Generator, customer: Codes) -> Floats:
    spread = world.amount_spread * math.sqrt(0.5)
    own = rng.normal(0.0, spread, world.customers)[customer]
    return np.exp(own + rng.normal(0.0, spread, len(customer)) - spread**2)


Way = Callable[[Played], Estimate]
"""One way of making an estimate of decisions."""


def anytime(played: Played, spec: IntervalSpec = VALUE_INTERVAL) -> Estimate:
    """Returns the estimate with the interval that may be read at any time."""
    return _value(played, played.weights, played.customer, spec)


def by_decision(played: Played) -> Estimate:
    """Returns the same as though each decision were of another customer."""
    return _value(played, played.weights, np.arange(len(played.customer), dtype=np.int32), VALUE_INTERVAL)


def fixed(played: Played) -> Estimate:
    """Returns the estimate with the interval for one reading."""
    return _value(played, played.weights, played.customer, interval_of_values(IntervalKind.FIXED))


def naive(played: Played) -> Estimate:
    """Returns the plain mean of the rewards after choosing the family, with the anytime interval."""
    return _value(played, played.is_chosen, played.customer, VALUE_INTERVAL)


WAYS: Mapping[str, Way] = {"anytime": anytime, "by_decision": by_decision, "fixed": fixed, "naive": naive}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What came of several runs."""

    runs: int
    misses: Mapping[str, int]
    """By way, in how many runs its interval missed the truth at one of its readings."""
    read: Mapping[str, int]
    """By way, in how many runs there was an interval at all."""
    estimates: Floats
    """The last anytime estimate of each run."""


def read_often(
    world: ReturningWorld,
    seed: int,
    runs: int,
    readings: int,
    ways: Mapping[str, Way] = WAYS,
    on_played: Callable[[int], None] = lambda _: None,
) -> Readings:
    """Returns what came of that many runs, each read at equal steps by all ways."""
    rng = np.random.default_rng(seed)
    misses, read = Counter[str](), Counter[str]()
    last = []
    for _ in range(runs):
        played = play(world, rng)
        ends = np.linspace(0, len(played.customer), readings + 1).astype(int)[1:]
        for name, way in ways.items():
            found = [way(played.first(end)) for end in ends]
            intervals = [one.interval for one in found if one.interval is not None]
            misses[name] += any(not one.contains(world.truth) for one in intervals)
            read[name] += bool(intervals)
        last.append(anytime(played).value)
        on_played(1)
    return Readings(runs=runs, misses=misses, read=read, estimates=np.asarray(last))


def _value(played: Played, weights: Floats, customer: Codes, spec: IntervalSpec) -> Estimate:
    used = weights > 0.0
    return weighted_value(weights[used], played.rewards[used], customer[used], decisions=len(used), spec=spec)
