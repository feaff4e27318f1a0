"""Values and gains by inverse probability weighting, and their intervals where customers come again."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, ttest_1samp

from offline_eval.intervals import IntervalKind, IntervalSpec
from offline_eval.value import VALUE_INTERVAL, weighted_gain, weighted_value
from tests.offline_eval.returning_world import AMOUNTS, OFTEN, WORLDS, Readings, ReturningWorld, read_often

LEVEL = 0.001
RUNS, READINGS = 60, 10
MOST_MISSES = int(binom.isf(LEVEL, RUNS, 0.05))
"""More misses than this have a chance of at most .001 where 5 % is the truth."""
laws = settings(max_examples=100, deadline=None, derandomize=True)
lax = IntervalSpec(least_customers=1e-9, least_uncommon=0.0)
decision = st.tuples(
    st.sampled_from([0.0, 1.0, 1.0 / 0.3, 20.0]), st.sampled_from([0.0, 0.0, 1.0, 2.5, -3.0]), st.integers(0, 4)
)


@laws
@given(st.lists(decision, min_size=2, max_size=30), st.integers(0, 5))
def test_a_value_is_that_of_the_decisions_one_by_one(rows: list[tuple[float, float, int]], others: int) -> None:
    """Value, effective size and standard error equal those of a loop over decisions and customers."""
    weights, rewards, customer = (np.array(column) for column in zip(*rows, strict=True))
    found = weighted_value(weights, rewards, customer, decisions=len(rows) + others, spec=lax)
    total = sum(w for w, _, _ in rows)
    if not total:
        assert math.isnan(found.value)
        return
    value = sum(w * r for w, r, _ in rows) / total
    assert value == pytest.approx(found.value, abs=1e-12)
    assert total**2 / sum(w * w for w, _, _ in rows) == pytest.approx(found.support.effective_decisions)
    expected = _error([(w * (r - value) / total, c) for w, r, c in rows])
    assert expected == pytest.approx(found.standard_error, rel=1e-9, abs=1e-12, nan_ok=True)


@laws
@given(st.lists(decision, min_size=2, max_size=30))
def test_a_gain_is_that_of_the_decisions_one_by_one(rows: list[tuple[float, float, int]]) -> None:
    """A gain is the difference of two values, and its standard error that of a loop over decisions and customers."""
    weights, rewards, customer = (np.array(column) for column in zip(*rows, strict=True))
    found = weighted_gain(weights, np.ones(len(rows)), rewards, customer, lax)
    total = sum(w for w, _, _ in rows)
    if not total:
        assert math.isnan(found.value)
        return
    value, mean = sum(w * r for w, r, _ in rows) / total, sum(r for _, r, _ in rows) / len(rows)
    assert value - mean == pytest.approx(found.value, abs=1e-12)
    expected = _error([(w * (r - value) / total - (r - mean) / len(rows), c) for w, r, c in rows])
    assert np.nan_to_num(expected) == pytest.approx(np.nan_to_num(found.standard_error), rel=1e-6, abs=1e-9)


def _error(parts: Sequence[tuple[float, int]]) -> float:
    """Returns the standard error from the parts of decisions, each with its customer."""
    sums: defaultdict[int, float] = defaultdict(float)
    for part, whose in parts:
        sums[whose] += part
    count = len(sums)
    if count < 2 or not any(part for part, _ in parts):
        return math.nan
    return math.sqrt(sum(one**2 for one in sums.values()) * count / (count - 1))


@pytest.fixture(scope="module", params=WORLDS, ids=lambda world: world.name)
def played(request: pytest.FixtureRequest) -> tuple[ReturningWorld, Readings]:
    return request.param, read_often(request.param, 21, RUNS, READINGS)


def test_values_are_unbiased(played: tuple[ReturningWorld, Readings]) -> None:
    """Over runs the mean of the last estimates is the truth, although keen customers were chosen for more often."""
    world, found = played

    assert float(ttest_1samp(found.estimates, world.truth).pvalue) > LEVEL


def test_anytime_intervals_cover(played: tuple[ReturningWorld, Readings]) -> None:
    """Read many times as decisions come, anytime intervals miss the truth in no more runs than they may."""
    _, found = played

    assert RUNS == found.read["anytime"]
    assert found.misses["anytime"] <= MOST_MISSES


def test_what_is_not_valid_fails(played: tuple[ReturningWorld, Readings]) -> None:
    """Plain means after the choice, read the same way, miss the truth: the world bites."""
    world, found = played

    assert world is AMOUNTS or found.misses["naive"] > MOST_MISSES


def test_decisions_of_a_customer_are_no_customers() -> None:
    """Where customers come again and again, the same interval made as though they were all others fails."""
    found = read_often(OFTEN, 22, RUNS, READINGS)

    assert found.misses["by_decision"] > MOST_MISSES


def test_thin_data_have_no_interval() -> None:
    """With few decisions, few customers, few who bought, or equal rewards there is none, and the reason is told."""
    rng = np.random.default_rng(0)
    many, ones = np.arange(5_000, dtype=np.int32), np.ones(5_000)
    bought = (rng.random(5_000) < 0.1).astype(np.float64)
    skewed = np.where(many < 3, 1_000.0, 1.0)
    few = weighted_value(ones[:99], bought[:99], many[:99], decisions=99, spec=VALUE_INTERVAL)
    unequal = weighted_value(skewed, bought, many, decisions=5_000, spec=VALUE_INTERVAL)
    same = weighted_value(ones, bought, many % 50, decisions=5_000, spec=VALUE_INTERVAL)
    rare = weighted_value(ones, (many < 49).astype(np.float64), many, decisions=5_000, spec=VALUE_INTERVAL)
    equal = weighted_value(ones, ones, many, decisions=5_000, spec=VALUE_INTERVAL)
    enough = weighted_value(ones, bought, many, decisions=5_000, spec=VALUE_INTERVAL)

    assert ["99 decisions", "21 decisions", "50 customers, by", "49 customers with", "0 customers with", ""] == [
        one.refusal.removeprefix("it rests on ")[: len(text)]
        for one, text in (
            (few, "99 decisions"),
            (unequal, "21 decisions"),
            (same, "50 customers, by"),
            (rare, "49 customers with"),
            (equal, "0 customers with"),
            (enough, ""),
        )
    ]
    assert [None] * 5 == [one.interval for one in (few, unequal, same, rare, equal)]
    assert enough.interval is not None
    assert enough.interval.contains(0.1)


def test_nothing_has_no_value() -> None:
    """Without any decision, or without weights, value and error are not numbers, and there is no interval."""
    none = np.zeros(0)
    nothing = weighted_value(none, none, none.astype(np.int32), decisions=0, spec=VALUE_INTERVAL)
    unchosen = weighted_gain(np.zeros(5), np.ones(5), np.ones(5), np.arange(5, dtype=np.int32), VALUE_INTERVAL)

    for one in (nothing, unchosen):
        assert math.isnan(one.value)
        assert one.interval is None


def test_one_reading_is_narrower() -> None:
    """The interval for one reading is narrower than the one for any number of them, and says what it is."""
    rng = np.random.default_rng(1)
    weights, rewards = 1.0 / rng.uniform(0.2, 0.9, 4_000), (rng.random(4_000) < 0.2).astype(np.float64)
    customer = np.arange(4_000, dtype=np.int32)
    always = weighted_value(weights, rewards, customer, decisions=9_000, spec=VALUE_INTERVAL).interval
    once = weighted_value(
        weights, rewards, customer, decisions=9_000, spec=IntervalSpec(kind=IntervalKind.FIXED)
    ).interval

    assert always is not None
    assert once is not None
    assert (IntervalKind.ANYTIME, IntervalKind.FIXED) == (always.kind, once.kind)
    assert once.high - once.low < always.high - always.low


def test_coming_again_moves_the_clock() -> None:
    """The worth of decisions is their number where customers come once, and more where those of a customer are alike."""
    rng = np.random.default_rng(2)
    rewards = (rng.random(2_000) < 0.3).astype(np.float64)
    ones, customer = np.ones(2_000), np.arange(2_000, dtype=np.int32)
    alone = weighted_value(ones, rewards, customer, decisions=2_000, spec=VALUE_INTERVAL)
    again = weighted_value(
        np.ones(8_000), np.repeat(rewards, 4), np.repeat(customer, 4), decisions=8_000, spec=VALUE_INTERVAL
    )

    assert pytest.approx(2_000, rel=1e-3) == alone.worth
    assert pytest.approx(32_000, rel=1e-3) == again.worth
    assert alone.standard_error == pytest.approx(again.standard_error, rel=1e-9)
