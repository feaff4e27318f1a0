"""Keyed draws: as good as independent random numbers, and the same whatever else is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import expon, kstest, norm

from simulators.engine.keyed_draws import (
    Stream,
    derived_keys,
    exponential,
    name_code,
    normal,
    population_keys,
    uniform,
)

LEVEL = 0.001
COUNT = 50_000
KEYS = population_keys([1], COUNT)
OTHERS: dict[str, NDArray[np.float64]] = {
    "another seed": uniform(population_keys([2], COUNT), Stream.RESPONSE, 3, 4),
    "another stream": uniform(KEYS, Stream.AMOUNT, 3, 4),
    "another day": uniform(KEYS, Stream.RESPONSE, 4, 4),
    "another campaign": uniform(KEYS, Stream.RESPONSE, 3, 5),
    "the next customer": uniform(np.roll(KEYS, 1), Stream.RESPONSE, 3, 4),
    "another day's customer": uniform(derived_keys(KEYS, Stream.FRESH, 1), Stream.RESPONSE, 3, 4),
}


def test_draws_have_their_distributions() -> None:
    """Uniform, normal and exponential draws have these distributions (Kolmogorov-Smirnov, level .001 each)."""
    draws = uniform(KEYS, Stream.RESPONSE, 3, 4)

    assert ((draws > 0.0) & (draws < 1.0)).all()
    assert kstest(draws, "uniform").pvalue > LEVEL
    assert kstest(normal(KEYS, Stream.GAP), norm.cdf).pvalue > LEVEL
    assert kstest(exponential(KEYS, Stream.DELAY, 9, 2), expon.cdf).pvalue > LEVEL


@pytest.mark.parametrize("other", OTHERS)
def test_what_a_draw_is_for_makes_it_another(other: str) -> None:
    """Draws that differ in one thing are uncorrelated, and so are their tails (normal bound on 50,000, level .001)."""
    first, second = uniform(KEYS, Stream.RESPONSE, 3, 4), OTHERS[other]
    bound = float(norm.isf(LEVEL / 2.0)) / COUNT**0.5

    assert abs(np.corrcoef(first, second)[0, 1]) <= bound
    assert abs(np.corrcoef(first < 0.02, second < 0.02)[0, 1]) <= bound


def test_seeds_side_by_side_have_the_draws_of_each_alone() -> None:
    """The draws of a seed do not depend on those beside it, nor a customer's on how many there are."""
    together = uniform(population_keys([7, 8], 100), Stream.RESPONSE, 3, 4)

    assert np.array_equal(together[100:], uniform(population_keys([8], 100), Stream.RESPONSE, 3, 4))
    assert np.array_equal(together[:40], uniform(population_keys([7], 40), Stream.RESPONSE, 3, 4))


def test_a_code_for_each_is_the_code_for_all() -> None:
    """One code for all customers and the same code written for each give the same draws."""
    codes = np.full(COUNT, name_code("sale"), dtype=np.uint64)

    assert np.array_equal(
        uniform(KEYS, Stream.RESPONSE, 3, codes), uniform(KEYS, Stream.RESPONSE, 3, name_code("sale"))
    )
