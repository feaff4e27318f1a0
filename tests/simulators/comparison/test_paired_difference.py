"""Differences paired by seed, their intervals, and Holm's correction."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from offline_eval.intervals import holm_levels
from simulators.comparison import LEAST_SEEDS, Conclusion, PairedDifference


def test_the_interval_is_students() -> None:
    """Interval and p-value are those of the one-sample t test of the differences."""
    sample = [0.4, -0.1, 0.9, 1.3, 0.2, 0.8]
    one = PairedDifference.of(sample)
    expected = stats.ttest_1samp(sample, 0.0)

    assert pytest.approx(tuple(expected.confidence_interval(0.9))) == one.interval(0.9)
    assert pytest.approx(expected.pvalue) == one.p_value


def test_the_interval_covers_as_often_as_it_says() -> None:
    """Of 4,000 intervals at 90 % of normal differences the share that covers is within the binomial bound at .001."""
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(4_000):
        low, high = PairedDifference.of(rng.normal(0.3, 2.0, LEAST_SEEDS)).interval(0.9)
        covered += low <= 0.3 <= high

    least, most = stats.binom.interval(0.999, 4_000, 0.9)
    assert least <= covered <= most


def test_few_seeds_are_refused() -> None:
    """With fewer than five seeds there is no interval and no conclusion, however clear it looks."""
    one = PairedDifference.of([5.0, 5.1, 5.0, 4.9])

    assert Conclusion.REFUSED is one.conclusion(0.95)
    assert ((-math.inf, math.inf), 1.0) == (one.interval(0.95), one.p_value)


def test_equal_runs_do_not_differ() -> None:
    """Differences that are all 0 are undecided, with an interval of the one point 0."""
    one = PairedDifference.of([0.0] * 6)

    assert (Conclusion.UNDECIDED, (0.0, 0.0), 1.0) == (one.conclusion(0.95), one.interval(0.95), one.p_value)


@pytest.mark.parametrize(("seeds", "level", "conclusion"), [
    (5, 0.95, Conclusion.UNDECIDED),
    (6, 0.95, Conclusion.HIGHER),
    (6, 0.99, Conclusion.UNDECIDED),
    (8, 0.99, Conclusion.HIGHER),
])  # fmt: skip
def test_the_same_difference_with_few_seeds_tells_nothing(seeds: int, level: float, conclusion: Conclusion) -> None:
    """A difference that is the same with every seed is told by the sign test: at p = 2^(1 - seeds), not at 0."""
    one = PairedDifference.of([3.01 - 3.0] * (seeds - 1) + [0.01])
    ends = (-math.inf, math.inf) if conclusion is Conclusion.UNDECIDED else (one.value, one.value)

    assert (conclusion, ends) == (one.conclusion(level), one.interval(level))
    assert stats.binomtest(seeds, seeds).pvalue == one.p_value
    needed = one.seeds_to_tell(level)
    assert needed is not None
    assert 2.0 ** (1 - needed) <= 1.0 - level < 2.0 ** (2 - needed)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_holms_levels_reject_what_holm_rejects(p_values: list[float]) -> None:
    """A p-value is at most 1 less its level just where Holm's step-down procedure rejects."""
    rejected, left = set(), len(p_values)
    for place in sorted(range(len(p_values)), key=lambda at: p_values[at]):
        if p_values[place] > 0.05 / left:
            break
        rejected.add(place)
        left -= 1

    levels = holm_levels(p_values, 0.95)

    found = {place for place, level in enumerate(levels) if p_values[place] <= (1.0 - level) * (1.0 + 1e-12)}
    assert rejected == found


def test_holm_rarely_says_what_is_not() -> None:
    """Of 2,000 sweeps over 8 settings without a difference at most 5 % name one, by the binomial bound at .001."""
    rng = np.random.default_rng(12)
    wrong = 0
    for _ in range(2_000):
        found = [PairedDifference.of(rng.normal(size=6)) for _ in range(8)]
        levels = holm_levels([one.p_value for one in found], 0.95)
        wrong += any(one.conclusion(at) is not Conclusion.UNDECIDED for one, at in zip(found, levels, strict=True))

    assert wrong <= stats.binom.ppf(0.999, 2_000, 0.05)


@pytest.mark.parametrize("effect", [0.2, 0.5, 1.5])
def test_so_many_seeds_would_tell(effect: float) -> None:
    """With the seeds that seeds_to_tell names, the t test's exact power, by the noncentral t, is .8 to within .06."""
    sample = np.array([-1.0, 1.0, -1.0, 1.0, 0.0, 0.0])
    shifted = sample / sample.std(ddof=1) + effect
    needed = PairedDifference.of(shifted).seeds_to_tell(0.95)

    assert needed is not None
    threshold = stats.t.ppf(0.975, needed - 1)
    power = float(stats.nct.sf(threshold, needed - 1, effect * math.sqrt(needed)))
    assert abs(power - 0.8) < 0.06


def test_no_difference_is_never_told() -> None:
    """No number of seeds tells a difference of 0, nor one far below its spread."""
    assert PairedDifference.of([1.0, -1.0, 0.0, 1.0, -1.0]).seeds_to_tell(0.95) is None
    assert PairedDifference.of([1.0, -1.0, 0.0, 1.0, -0.9999]).seeds_to_tell(0.95) is None
