"""Intervals that may be read at any time, and those that may be read once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from offline_eval.intervals import (
    IntervalKind,
    IntervalSpec,
    cumulative_moments,
    mean_bounds,
    moments_of,
    sequence_standard_errors,
    tightest_rho,
)

laws = settings(max_examples=100, deadline=None, derandomize=True)
levels = st.floats(0.5, 0.999)
counts = st.integers(10, 10_000_000)
LEVEL = 0.001


@laws
@given(counts, levels, st.floats(0.01, 100.0))
def test_tightest_where_asked_for(count: int, level: float, factor: float) -> None:
    """No other sample size to be tightest at makes the sequence narrower at the size that was asked for."""
    asked = float(sequence_standard_errors(count, level, count))

    assert asked <= float(sequence_standard_errors(count, level, factor * count)) * (1.0 + 1e-12)


@laws
@given(counts, levels, counts)
def test_the_width_is_that_of_the_paper(count: int, level: float, tightest_at: int) -> None:
    """The width is equation (9) of the paper, word for word, over the standard error."""
    rho, alpha = tightest_rho(level, tightest_at), 1.0 - level
    scaled = count * rho**2 + 1.0
    expected = math.sqrt(2.0 * scaled / (count**2 * rho**2) * math.log(math.sqrt(scaled) / alpha)) * math.sqrt(count)

    assert expected == pytest.approx(float(sequence_standard_errors(count, level, tightest_at)), rel=1e-9)


@laws
@given(counts, levels)
def test_reading_at_any_time_costs_width(count: int, level: float) -> None:
    """An interval for any time is wider than the one that is read once, however well it is placed."""
    once = IntervalSpec(kind=IntervalKind.FIXED, level=level, least_customers=2, least_uncommon=2)
    always = IntervalSpec(level=level, tightest_at=count, least_customers=2, least_uncommon=2)
    sample = moments_of(np.arange(60.0))

    assert float(mean_bounds(sample, always).high) > float(mean_bounds(sample, once).high)


def test_a_random_walk_stays_inside() -> None:
    """The means of normal values leave the 95 % sequence, read at every value up to 2,000, in at most 5 % of 500 runs."""
    values = np.random.default_rng(0).normal(3.0, 2.0, size=(500, 2_000))
    spec = IntervalSpec(tightest_at=500.0)
    missed = sum(
        bool(mean_bounds(cumulative_moments(run, np.arange(1, 2_001)), spec).excludes(3.0).any()) for run in values
    )

    assert missed <= binom.isf(LEVEL, 500, 0.05)


def test_too_few_customers_have_no_bounds() -> None:
    """Below the least number of customers, or of those who differ from the rest, an interval has no bounds."""
    spec = IntervalSpec(least_customers=100, least_uncommon=50)
    few = mean_bounds(moments_of(np.arange(99.0)), spec).interval(spec)
    alike = mean_bounds(moments_of([0.0] * 1_000 + [1.0] * 49), spec).interval(spec)
    enough = mean_bounds(moments_of([0.0] * 1_000 + [1.0] * 50), spec).interval(spec)

    assert (False, False, True) == (few.is_bounded, alike.is_bounded, enough.is_bounded)


def test_impossible_specifications_are_refused() -> None:
    """A level outside of 0 and 1, and a sample size that is not positive, are refused."""
    with pytest.raises(ValueError, match="level"):
        IntervalSpec(level=1.0)
    with pytest.raises(ValueError, match="positive"):
        IntervalSpec(tightest_at=0.0)


@laws
@given(st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.5, -3.0]), min_size=3, max_size=40))
def test_cumulative_moments_are_those_of_the_parts(values: list[float]) -> None:
    """Each reading of a running sample has the moments of the values up to it."""
    running = cumulative_moments(values, np.arange(2, len(values) + 1))
    for place in range(len(values) - 1):
        part, reading = moments_of(values[: place + 2]), running.at(place)
        assert float(part.count) == float(reading.count)
        assert float(part.mean) == pytest.approx(float(reading.mean), abs=1e-12)
        assert float(part.variance) == pytest.approx(float(reading.variance), abs=1e-9)


def test_correction_makes_intervals_wider() -> None:
    """With Bonferroni's correction ten intervals of 95 % have the level 99.5 % each."""
    assert pytest.approx(0.995) == IntervalSpec(level=0.95).corrected(10).level
    assert IntervalSpec(level=0.95).corrected(0).level == pytest.approx(0.95)
