from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr

from banditsvc.core.optimum.bisection import bisect
from banditsvc.core.optimum.complementarity import Sizes
from banditsvc.core.optimum.find_prices import FoundPrices, find_prices
from banditsvc.core.optimum.priced_rows import PricedRows
from banditsvc.core.optimum.volume_limit import VolumeLimit
from tests.core.optimum.audience_world import one_entry

ROWS, ENTRIES, FLOOR = 2_048, 6, 0.01
NOTHING = ENTRIES - 1
LOSS = 0.005
"""What each contact costs beside nothing."""


def found(width: float, limits: list[VolumeLimit], customers: int) -> FoundPrices:
    """Returns prices of customers who are all alike, whose choices switch within a width of the price."""

    def choose(prices: NDArray[np.float64]) -> NDArray[np.float64]:
        chosen, left = np.zeros((ROWS, ENTRIES)), 1.0
        for entry, better in enumerate(ndtr((-LOSS - prices[:NOTHING] + prices[NOTHING]) / width)):
            chosen[:, entry] = better * left
            left -= better * left
        chosen[:, NOTHING] = left
        return (1.0 - FLOOR) * chosen + FLOOR / ENTRIES

    rewards = np.full((ROWS, ENTRIES), -LOSS)
    rewards[:, NOTHING] = 0.0
    rows = [PricedRows(rewards=rewards, eligible=np.ones((ROWS, ENTRIES), dtype=np.bool_), choose=choose)]
    return find_prices(rows, limits, customers)


@pytest.mark.parametrize("width", [3e-4, 1e-4, 5e-5, 2e-5, 5e-6])
@pytest.mark.parametrize("customers", [60_000, 200_000])
def test_minimums_are_met_at_the_edge_of_a_cliff(width: float, customers: int) -> None:
    """Where choices are flat and then jump within a narrow width, a feasible minimum is met, and by less than half over."""
    bound = 1_000.0
    limits = [VolumeLimit(name="least", use=one_entry(ENTRIES, 0), bound=bound, is_least=True)]
    (limit,) = found(width, limits, customers).limits
    assert limit.is_met
    assert bound * 0.995 <= limit.expected <= bound * 1.5


@settings(max_examples=25, deadline=None)
@given(width=st.floats(5e-6, 3e-4), least=st.integers(1_000, 20_000), cost=st.floats(0.01, 10.0))
def test_a_minimum_is_met_beside_a_budget(width: float, least: int, cost: float) -> None:
    """A minimum and a budget that has room for it and the floor are both met, however narrow choices switch."""
    customers = 200_000
    costs = np.full(ENTRIES, 0.5 * cost)
    costs[0], costs[NOTHING] = cost, 0.0
    floor = FLOOR / ENTRIES * customers * float(costs.sum())
    limits = [
        VolumeLimit(name="least", use=one_entry(ENTRIES, 0), bound=float(least), is_least=True),
        VolumeLimit(name="budget", use=costs, bound=1.2 * least * cost + floor),
    ]
    assert [True, True] == [one.is_met for one in found(width, limits, customers).limits]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), limits=st.integers(1, 4))
def test_no_more_is_read_and_none_is_worse(seed: int, limits: int) -> None:
    """Of rooms that rise in steps with their own prices and fall with others', prices are never worse than the first."""
    rng = np.random.default_rng(seed)
    slope = np.diag(rng.uniform(0.5, 2.0, limits)) - 0.3 * rng.random((limits, limits))
    start, constant = rng.uniform(0.0, 1.0, limits), rng.normal(size=limits)
    sizes, readings = Sizes(use=np.ones(limits), price=np.ones(limits)), 0

    def rooms(prices: NDArray[np.float64]) -> NDArray[np.float64]:
        nonlocal readings
        readings += 1
        left: NDArray[np.float64] = np.round(4.0 * (slope @ prices - constant)) / 4.0 + 0.01
        return left

    best = bisect(start, sizes, rooms, tolerance=1e-3, readings=40)
    assert readings <= 40
    first, last = (float(np.linalg.norm(sizes.off(prices, rooms(prices)))) for prices in (start, best))
    assert last <= first


def test_a_limit_that_no_price_holds_keeps_its_price() -> None:
    """Beside a limit whose room does not depend on its price, another is bisected none the less."""

    def rooms(prices: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([-1.0, np.tanh(1e4 * (prices[1] - 0.7123)) + 0.5])

    sizes = Sizes(use=np.ones(2), price=np.ones(2))
    best = bisect(np.array([0.2, 0.1]), sizes, rooms, tolerance=1e-3, readings=60)
    assert best[0] == 0.2
    assert abs(rooms(best)[1]) <= 1e-3
