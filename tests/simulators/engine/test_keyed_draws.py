"""Keyed draws: a hash that behaves like independent numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2, kstest, norm

from simulators.engine.keyed_draws import (
    Stream,
    exponential,
    name_code,
    normal,
    population_keys,
    uniform,
)

KEYS = population_keys((1,), 50_000)
CELLS = 16


def chi_square_p(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Returns the p-value of two columns being independent and uniform, by a table of cells."""
    cells = (first * CELLS).astype(np.int64) * CELLS + (second * CELLS).astype(np.int64)
    counts, expected = np.bincount(cells, minlength=CELLS**2), len(first) / CELLS**2
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), CELLS**2 - 1))


PAIRS: dict[str, Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]]] = {
    "neighbouring customers": lambda: (uniform(KEYS[:-1], Stream.RESPONSE), uniform(KEYS[1:], Stream.RESPONSE)),
    "days": lambda: (uniform(KEYS, Stream.RESPONSE, 1), uniform(KEYS, Stream.RESPONSE, 2)),
    "streams": lambda: (uniform(KEYS, Stream.RESPONSE, 1), uniform(KEYS, Stream.SELECT, 1)),
    "campaigns": lambda: (
        uniform(KEYS, Stream.RESPONSE, 1, name_code("a")),
        uniform(KEYS, Stream.RESPONSE, 1, name_code("b")),
    ),
    "seeds": lambda: (uniform(KEYS, Stream.RESPONSE), uniform(population_keys((2,), len(KEYS)), Stream.RESPONSE)),
}


@pytest.mark.parametrize("pair", list(PAIRS))
def test_draws_are_independent_and_uniform(pair: str) -> None:
    """Draws that differ in one thing alone look independent and uniform: chi-square of 256 cells at level .001."""
    assert chi_square_p(*PAIRS[pair]()) > 0.001


def test_draws_have_their_laws() -> None:
    """Normal and exponential draws follow their distributions: Kolmogorov-Smirnov at level .001."""
    assert kstest(normal(KEYS, Stream.GAP), norm.cdf).pvalue > 0.001
    assert kstest(exponential(KEYS, Stream.DELAY), "expon").pvalue > 0.001


def test_a_draw_depends_on_its_key_alone() -> None:
    """A customer's draw is the same whoever is drawn beside, and a code for each is a code for all."""
    code = name_code("sale")
    together = uniform(KEYS, Stream.AMOUNT, 3, code)

    assert (uniform(KEYS[7:8], Stream.AMOUNT, 3, code) == together[7]).all()
    assert (uniform(KEYS, Stream.AMOUNT, 3, np.full(len(KEYS), code, dtype=np.uint64)) == together).all()


def test_draws_stay_inside_the_unit_interval() -> None:
    """No draw is 0 or 1, so that logarithms are finite."""
    drawn = uniform(KEYS, Stream.TAIL)

    assert 0.0 < drawn.min()
    assert drawn.max() < 1.0
