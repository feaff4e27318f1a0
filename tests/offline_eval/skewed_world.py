"""Customers who mostly buy nothing, come again, and differ from each other; played as many experiments at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals import Floats, Moments

DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewedWorld:
    """A law of orders within a customer's horizon: each customer has an own rate and an own level of amounts."""

    name: str
    customers_a_day: int
    """Customers whose horizon ends on a day."""
    target_share: float
    orders: float
    """Expected orders of a control customer."""
    sameness: float
    """Shape of the gamma distribution of the customers' rates: the smaller, the more orders come from few."""
    log_amount: float
    customer_spread: float
    """Standard deviation of the log amounts between customers."""
    order_spread: float
    """The same between the orders of a customer."""
    lift: float = 0.0
    """How many more orders the target group has, relatively."""

    @property
    def true_lift(self) -> float:
        """Returns the expected revenue of a target customer less that of a control customer."""
        spread = self.customer_spread**2 + self.order_spread**2
        return self.lift * self.orders * math.exp(self.log_amount + 0.5 * spread)


SPEND = SkewedWorld(
    name=".9 % buy, amounts as Hillstrom's, half and half",
    customers_a_day=1_000,
    target_share=0.5,
    orders=0.0095,
    sameness=0.1,
    log_amount=4.4,
    customer_spread=0.6,
    order_spread=0.6,
)
"""Its share of buyers, 64,000 customers, and the spread of log amounts are those of Hillstrom's trial."""
HOLDOUT = replace(SPEND, name="5 % buy, holdout of 10 %", target_share=0.9, orders=0.06, sameness=0.3)
HEAVY = replace(HOLDOUT, name="the same, amounts that differ twice as much", customer_spread=0.9, order_spread=0.8)
FREQUENT = replace(
    SPEND, name="43 % buy, on average 2.4 times, half and half", customers_a_day=200, orders=1.0, sameness=0.5
)
WORLDS = (SPEND, HOLDOUT, HEAVY, FREQUENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one group has come to: arrays of experiments by days, every reading with all that was before."""

    by_customer: Moments
    by_day: Moments
    """Wrongly taken: as though each day of a customer's horizon of 30 days were a customer of its own."""


HORIZON_DAYS = 30


def play(world: SkewedWorld, rng: np.random.Generator, experiments: int) -> tuple[Read, Read]:
    """Returns what the target and the control group have come to at the end of each day."""
    target = rng.binomial(world.customers_a_day, world.target_share, size=(experiments, DAYS))
    rates = (world.orders * (1.0 + world.lift), world.orders)
    counts = (target, world.customers_a_day - target)
    return _play_group(world, rng, counts[0], rates[0]), _play_group(world, rng, counts[1], rates[1])


def _play_group(world: SkewedWorld, rng: np.random.Generator, customers: NDArray[np.int64], rate: float) -> Read:
    """Returns what one group has come to, only buyers being looked at closely."""
    total = int(customers.sum())
    orders = rng.poisson(rng.standard_gamma(world.sameness, total) * (rate / world.sameness))
    buyers = np.flatnonzero(orders)
    day = np.repeat(np.arange(customers.size), customers.ravel())[buyers]
    level = world.log_amount + rng.normal(0.0, world.customer_spread, buyers.size)
    buyer = np.repeat(np.arange(buyers.size), orders[buyers])
    amounts = np.exp(level[buyer] + rng.normal(0.0, world.order_spread, buyer.size))
    value = np.bincount(buyer, amounts, minlength=buyers.size).astype(np.float64)

    def read(of: Floats, at: NDArray[np.intp]) -> Floats:
        return np.bincount(at, of, minlength=customers.size).astype(np.float64).reshape(customers.shape).cumsum(axis=1)

    count = customers.cumsum(axis=1).astype(np.float64)
    sums = read(value, day)
    bought, ordered = read(np.ones(buyers.size), day), read(np.ones(buyer.size), day[buyer])
    return Read(
        by_customer=Moments.from_sums(count, sums, read(value**2, day), bought),
        by_day=Moments.from_sums(HORIZON_DAYS * count, sums, read(amounts**2, day[buyer]), ordered),
    )
