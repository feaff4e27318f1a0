"""Prices of limits: with them as part of the score, choices made one by one are the best for a whole audience.

The best plan within limits is a linear programme; its dual has one price for each limit, and given those prices every
customer may choose alone (Lagrangian relaxation; Bertsimas and Tsitsiklis, 1997, chapter 4). The prices are sought in
two stages: those of the smoothed dual first, then at those the actual choices, of any exploration, are moved until
their expected use meets the limits. Where choices jump so that it does not, prices are bisected one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.optimum.bisection import bisect
from banditsvc.core.optimum.complementarity import Sizes, correct, descend
from banditsvc.core.optimum.priced_rows import (
    ExpectedUse,
    PricedRows,
    count_rows,
    expected_use,
    greatest_value,
    lacks_free,
)
from banditsvc.core.optimum.smoothed_choice import SmoothedChoice
from banditsvc.core.optimum.volume_limit import Caps, VolumeLimit, as_caps

_WIDTHS = (1.0, 0.3, 0.1, 0.03, 0.01)
"""Of smoothed choice, one after the other, in the typical gain of a choice."""
_MOST_NUMBERS = 400_000
"""Rewards of the customers whose smoothed choice is looked at."""
_CORRECTION_WIDTH = 0.03
"""Width whose slope the correction begins with."""
_FIRST_ROWS = 20_000
"""Customers by whose actual choices prices are corrected first."""
_SMOOTHED_TOLERANCE, _TOLERANCE = 5e-3, 1e-3
"""Share of its bound that a limit may be off in expectation."""
_STEPS = 30
_DEVIATIONS = 3.0
"""A least volume is aimed at so many standard deviations higher, for what a sample and draws may fall short: .001."""
_MET = 0.005
_MOST_SLACK = 0.1
"""Share of its bound that a limit with a price may leave before its price is bisected."""
_READINGS = 60
"""Of bisections, at most; each is a look at the choices of the whole sample."""
_DIGITS = 9
"""Of the prices, in the typical gain: what a processor adds in another order has no part in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPrice:
    """The price of one limit."""

    name: str
    price: float
    """Of a unit of use, at least 0: what one more unit of a greatest volume would earn; of a least one, what it costs."""
    bound: float
    expected: float
    """Use by all customers in expectation; less than what is eligible where a limit's rooms close."""
    is_least: bool
    is_met: bool
    """Whether that is within the bound, but for a share of .005 of it. What prices cannot hold, rooms must."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FoundPrices:
    """What is found for some limits."""

    limits: tuple[FoundPrice, ...]
    entry_prices: NDArray[np.float64]
    """What is taken from the weighted reward of each entry, shape (K,)."""
    counts: NDArray[np.float64]
    """Contacts with each entry that all customers are expected to get at the prices."""
    reward: float
    """Expected of all customers, in weighted rewards."""
    reward_without: float
    """The same at no prices, where no limit is looked at."""
    most_reward: float
    """No choice within the limits earns more, by the dual."""


def find_prices(rows: Sequence[PricedRows], limits: Sequence[VolumeLimit], customers: int) -> FoundPrices:
    """Returns the prices of limits over some customers, from a sample of them in random order. Deterministic.

    Limits that no choice can meet leave their prices without meaning; find_changes names those first.

    Args:
        rows: The sample, or all of them; nobody in it twice.
        limits: At least one.
        customers: How many the limits are for, at least as many as the sample has.
    """
    caps, sample = as_caps(limits), count_rows(rows)
    rewards = _rewards(rows, caps)
    unit = _typical_gain(rewards)
    price_sizes = _price_sizes(caps, unit)
    few = caps.for_share(len(rewards) / customers)
    prices = _smoothed(rewards, few, Sizes(use=_use_sizes(few), price=price_sizes), unit)
    known = rewards[np.isfinite(rewards[:, :-1]).any(axis=1), :-1]
    slope = SmoothedChoice(known, few, _CORRECTION_WIDTH * unit).slope(prices) / len(rewards)
    # How far a least volume may fall short is known once its prices nearly are; the first customers show that too.
    for part in (_first_rows(rows), rows):
        share = count_rows(part) / customers
        used = expected_use(part, caps, prices)
        aimed = _aim(caps.for_share(share), used, sample, customers)
        sizes = Sizes(use=_use_sizes(caps.for_share(share), used), price=price_sizes)
        rooms = _Rooms(part, aimed)
        prices = correct(prices, sizes, rooms.at, slope * used.rows, tolerance=_TOLERANCE, steps=_STEPS)
    prices = _rounded(prices, price_sizes)
    used = expected_use(rows, caps, prices)
    if not _is_settled(caps, used, prices, sizes, customers):

        def rooms_at(prices: NDArray[np.float64]) -> NDArray[np.float64]:
            return _aimed_room(caps, expected_use(rows, caps, _rounded(prices, price_sizes)), customers)

        prices = bisect(prices, sizes, rooms_at, tolerance=_TOLERANCE, readings=_READINGS)
        prices = _rounded(prices, price_sizes)
        used = expected_use(rows, caps, prices)
    return _found(rows, limits, caps, prices, used, customers=customers)


class _Rooms(NamedTuple):
    rows: Sequence[PricedRows]
    caps: Caps

    def at(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        left: NDArray[np.float64] = self.caps.bound - expected_use(self.rows, self.caps, prices).counts @ self.caps.use
        return left


def _rewards(rows: Sequence[PricedRows], caps: Caps) -> NDArray[np.float64]:
    """Returns the rewards of the first customers, -infinity for what is not eligible, with a last entry of nothing.

    Nothing, which earns 0, is for those who have no entry that is free of all limits: when rooms close they get it.
    """
    most, count = max(1, _MOST_NUMBERS // len(caps.use)), 0
    found = []
    for some in rows:
        if count >= most:
            break
        known = np.where(some.eligible, some.rewards, -np.inf)
        nothing = np.where(lacks_free(some.eligible, caps), 0.0, -np.inf)
        found.append(np.concatenate([known, nothing[:, None]], axis=1))
        count += len(some.rewards)
    return np.concatenate(found)[:most]


def _first_rows(rows: Sequence[PricedRows]) -> Sequence[PricedRows]:
    count = 0
    for place, some in enumerate(rows, 1):
        count += len(some.rewards)
        if count >= _FIRST_ROWS:
            return rows[:place]
    return rows


def _smoothed(rewards: NDArray[np.float64], caps: Caps, sizes: Sizes, unit: float) -> NDArray[np.float64]:
    """Returns prices of smoothed choice."""
    prices = np.zeros(len(caps.bound))
    for width in _WIDTHS:
        choice = SmoothedChoice(rewards, caps.with_nothing(), width * unit)
        prices = descend(prices, sizes, choice.read, choice.slope, tolerance=_SMOOTHED_TOLERANCE, steps=_STEPS)
    return prices


def _typical_gain(rewards: NDArray[np.float64]) -> float:
    """Returns how much better the best of a row is than its others, on average; 1 where there is no difference."""
    is_known = np.isfinite(rewards)
    mean = np.add.reduce(np.where(is_known, rewards, 0.0), axis=1) / is_known.sum(axis=1)
    gain = float(np.mean(np.maximum.reduce(rewards, axis=1) - mean))
    return gain if gain > 0.0 else 1.0


def _use_sizes(caps: Caps, used: ExpectedUse | None = None) -> NDArray[np.float64]:
    """Returns what the use of each limit is measured by: its bound, and for a share what it has a share of."""
    most = np.maximum(caps.use, 0.0)
    whole = np.maximum.reduce(most, axis=0) if used is None else used.counts @ most
    return np.where(caps.bound != 0.0, np.abs(caps.bound), np.maximum(whole, 1.0))


def _price_sizes(caps: Caps, unit: float) -> NDArray[np.float64]:
    """Returns the price of each limit that moves some entry by the typical gain; a limit that nothing uses has one too."""
    most = np.maximum.reduce(np.abs(caps.use), axis=0)
    return unit / np.where(most > 0.0, most, 1.0)


def _aim(caps: Caps, used: ExpectedUse, sample: int, customers: int) -> Caps:
    """Returns caps on some of the sample that leave out what a least volume may fall short by.

    The use of all customers differs from what the sample says by the sample's choice, and by the draws.
    """
    mean = (used.counts @ caps.use) / used.rows
    square = (used.counts @ (caps.use * caps.use)) / used.rows
    of_customer = used.squares / used.rows
    between, within = np.maximum(of_customer - mean * mean, 0.0), np.maximum(square - of_customer, 0.0)
    variance = customers * (customers / sample - 1.0) * between + customers * within
    less = _DEVIATIONS * np.sqrt(variance) * (used.rows / customers)
    is_wanted = (caps.use < 0.0).any(axis=0)
    return Caps(caps.use, caps.bound - np.where(is_wanted, less, 0.0), caps.sign)


def _aimed_room(caps: Caps, used: ExpectedUse, customers: int) -> NDArray[np.float64]:
    """Returns what all of the sample leave of what is aimed at, by the deviations of this very use."""
    aimed = _aim(caps.for_share(used.rows / customers), used, used.rows, customers)
    left: NDArray[np.float64] = aimed.bound - used.counts @ caps.use
    return left


def _rounded(prices: NDArray[np.float64], price_sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.round(prices / price_sizes, _DIGITS) * price_sizes
    return found


def _is_settled(caps: Caps, used: ExpectedUse, prices: NDArray[np.float64], sizes: Sizes, customers: int) -> bool:
    """Returns whether all limits are met, and those with a price are nearly used up."""
    slack = sizes.off(prices, _aimed_room(caps, used, customers))
    return bool((_excess(caps, used, customers) <= _MET).all() and (slack <= _MOST_SLACK).all())


def _excess(caps: Caps, used: ExpectedUse, customers: int) -> NDArray[np.float64]:
    """Returns how far the use of all customers is over each bound, as a share of it."""
    scale = customers / used.rows
    over: NDArray[np.float64] = scale * (used.counts @ caps.use) - caps.bound
    return over / (scale * _use_sizes(caps.for_share(1.0 / scale), used))


def _found(
    rows: Sequence[PricedRows],
    limits: Sequence[VolumeLimit],
    caps: Caps,
    prices: NDArray[np.float64],
    used: ExpectedUse,
    *,
    customers: int,
) -> FoundPrices:
    free = expected_use(rows, caps, np.zeros_like(prices))
    scale = customers / used.rows
    total = scale * (used.counts @ caps.use)
    over = _excess(caps, used, customers)
    return FoundPrices(
        limits=tuple(
            FoundPrice(
                name=limit.name,
                price=float(price),
                bound=limit.bound,
                expected=float(one * sign),
                is_least=limit.is_least,
                is_met=bool(excess <= _MET),
            )
            for limit, price, one, sign, excess in zip(limits, prices, total, caps.sign, over, strict=True)
        ),
        entry_prices=caps.entry_prices(prices),
        counts=scale * used.counts,
        reward=scale * used.reward,
        reward_without=scale * free.reward,
        most_reward=scale * greatest_value(rows, caps, prices) + float(prices @ caps.bound),
    )
