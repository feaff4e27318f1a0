"""Priced rows: customers whose choices depend on the prices of campaigns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.optimum.volume_limit import Caps

Choose = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Returns probabilities, shape (rows, K), by the price of each entry, shape (K,); 0 for what is not eligible."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PricedRows:
    """Some customers, a few thousand: what each entry would earn, and what is chosen at prices."""

    rewards: NDArray[np.float64]
    """Weighted by the levers, shape (rows, K); any number where the entry is not eligible."""
    eligible: NDArray[np.bool_]
    """Same shape."""
    choose: Choose


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedUse:
    """What some customers use and earn at prices, in expectation."""

    rows: int
    counts: NDArray[np.float64]
    """Contacts with each entry, shape (K,)."""
    reward: float
    squares: NDArray[np.float64]
    """Sum over the customers of the square of what each is expected to use of each limit, shape (limits,)."""


def count_rows(rows: Sequence[PricedRows]) -> int:
    """Returns how many customers there are."""
    return sum(len(some.rewards) for some in rows)


def lacks_free(eligible: NDArray[np.bool_], caps: Caps) -> NDArray[np.bool_]:
    """Returns for each customer whether no eligible entry is free of all limits, shape (rows,)."""
    is_free = np.logical_and.reduce(caps.use == 0.0, axis=1)
    lacks: NDArray[np.bool_] = ~np.logical_or.reduce(eligible[:, is_free], axis=1)
    return lacks


def expected_use(rows: Sequence[PricedRows], caps: Caps, prices: NDArray[np.float64]) -> ExpectedUse:
    """Returns what customers use and earn at prices of the limits."""
    entry_prices = caps.entry_prices(prices)
    counts, squares = np.zeros(len(entry_prices)), np.zeros(len(prices))
    reward, count = 0.0, 0
    for some in rows:
        chosen = some.choose(entry_prices)
        counts += np.add.reduce(chosen, axis=0)
        each = chosen @ caps.use
        squares += np.einsum("rl,rl->l", each, each)
        reward += float(np.add.reduce(np.where(some.eligible, chosen * some.rewards, 0.0), axis=None))
        count += len(chosen)
    return ExpectedUse(count, counts, reward, squares)


def greatest_value(rows: Sequence[PricedRows], caps: Caps, prices: NDArray[np.float64]) -> float:
    """Returns the sum of what each customer's best choice, or nothing, earns less its price.

    Nothing, which earns 0, is for those who have no entry that is free of all limits. With the value of the bounds at these prices it is at least what any choice within the limits earns (weak duality).
    """
    entry_prices = caps.entry_prices(prices)
    total = 0.0
    for some in rows:
        left = np.where(some.eligible, some.rewards - entry_prices, -np.inf)
        best = np.maximum.reduce(left, axis=1)
        total += float(np.add.reduce(np.where(lacks_free(some.eligible, caps), np.maximum(best, 0.0), best)))
    return total
