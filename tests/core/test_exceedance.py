"""Laws of the test that a mean exceeds its limit, looked at as often as one likes."""

from __future__ import annotations

import itertools
from math import exp, log, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from banditsvc.core.exceedance import ODDS_RATIOS, Exceedance, log_evidence, log_wealth
from tests.core.harm_world import CHANCE, HarmWorld, play

LEVEL = 0.001
LIMITS = st.floats(0.001, 0.95)
DAYS = st.lists(st.tuples(st.integers(1, 50), st.floats(0.0, 1.0)), min_size=1, max_size=6)
"""Observations of each day, and the share of ones among them."""


def counted(limit: float, days: list[tuple[int, float]]) -> Exceedance:
    """Returns a test that has seen so many observations on each day, with this share of ones, rounded down."""
    test = Exceedance(limit)
    for day, (count, share) in enumerate(days):
        test.add(day, count, int(count * share))
    return test


def naive_wealth(limit: float, days: list[list[float]]) -> float:
    """Returns the bets one by one, as the documentation of the test has them."""
    total = 1.0 / (len(days) + 1)
    for start in range(len(days)):
        seen = [x for day in days[start:] for x in day]
        for ratio in ODDS_RATIOS:
            alternative = ratio * limit / (1.0 - limit + ratio * limit)
            stake = (alternative - limit) / (limit * (1.0 - limit))
            bet = prod(1.0 + stake * (x - limit) for x in seen)
            total += bet / ((start + 1) * (start + 2)) / len(ODDS_RATIOS)
    return total


@pytest.mark.parametrize("limit", [0.02, 0.4, 0.9])
def test_the_bets_are_fair_at_the_limit(limit: float) -> None:
    """Over all that can happen on three days at the limit itself, the bets come to 1 on average: nothing is won."""
    mean = 0.0
    for ones in itertools.product((0.0, 1.0), repeat=9):
        days = [list(ones[:2]), list(ones[2:6]), list(ones[6:])]
        chance = prod(limit if one else 1.0 - limit for one in ones)
        wealth = log_wealth(np.array([2.0, 4.0, 3.0]), np.array([sum(day) for day in days]), limit)
        for day in range(3):
            assert naive_wealth(limit, days[: day + 1]) == pytest.approx(exp(wealth[day]))
        mean += chance * exp(wealth[-1])

    assert 1.0 == pytest.approx(mean)


@given(LIMITS, st.lists(st.lists(st.floats(0.0, 1.0), max_size=8), min_size=1, max_size=4))
def test_what_is_between_zero_and_one_wins_no_more_than_its_bets(limit: float, days: list[list[float]]) -> None:
    """Counts and sums alone give at most what betting on each observation itself would have won."""
    test = Exceedance(limit)
    for number, day in enumerate(days):
        for x in day:
            test.add(number, 1, x)

    most = max(naive_wealth(limit, days[: day + 1]) for day in range(len(days)))
    assert test.log_evidence() <= max(0.0, log(most)) + 1e-9


@given(LIMITS, DAYS, st.data())
def test_a_one_more_is_stronger_and_a_zero_more_is_weaker(
    limit: float, days: list[tuple[int, float]], data: st.DataObject
) -> None:
    """What is not known yet and counts as zero, or counts and should not, never makes the evidence stronger."""
    day = data.draw(st.integers(0, len(days) - 1))
    before = counted(limit, days).log_evidence()
    with_zero, with_one = counted(limit, days), counted(limit, days)
    with_zero.add(day, 1, 0.0)
    with_one.add(day, 1, 1.0)

    assert with_zero.log_evidence() <= before + 1e-12
    assert before - 1e-12 <= with_one.log_evidence()
    with_zero.add(day, -1, 0.0)
    assert before == with_zero.log_evidence()


@given(LIMITS, DAYS, st.integers(0, 10**6))
def test_a_day_of_which_nothing_is_known_yet_takes_nothing_away(
    limit: float, days: list[tuple[int, float]], contacts: int
) -> None:
    """However many contacts the newest day has, with their unsubscribes still to come, the evidence stays."""
    test = counted(limit, days)
    before = test.log_evidence()
    test.add(len(days), contacts, 0.0)

    assert before == pytest.approx(test.log_evidence())


@given(LIMITS, DAYS)
def test_a_batch_is_as_good_as_one_by_one(limit: float, days: list[tuple[int, float]]) -> None:
    """Neither batches nor the order within a day change the evidence, bit for bit."""
    batch, single = counted(limit, days), Exceedance(limit)
    for day, (count, share) in enumerate(days):
        ones = int(count * share)
        for number in range(count):
            single.add(day, 1, float(number >= count - ones))

    assert batch.log_evidence() == single.log_evidence()
    assert batch.strongest_stretch() == single.strongest_stretch()


def test_nothing_seen_is_no_evidence() -> None:
    """Without observations, or with days that had none, the bets stand at 1."""
    empty = Exceedance(0.002)
    assert 0.0 == empty.log_evidence()
    empty.add(40, 0, 0.0)
    assert 0.0 == pytest.approx(empty.log_evidence())


@pytest.mark.parametrize("ones", [0.0, 1e9])
def test_no_number_is_too_great(ones: float) -> None:
    """A billion observations, be they zeros or ones, give a finite evidence."""
    test = Exceedance(0.002)
    test.add(0, 10**9, ones)
    test.add(3_650, 10**9, ones)

    assert np.isfinite(test.log_evidence())
    assert (ones > 0.0) == (test.log_evidence() > log(1.0 / CHANCE))


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_the_strongest_stretch_begins_with_the_harm(seed: int) -> None:
    """Where harm has begun, the days that speak most for it begin then, but for a few."""
    rng = np.random.default_rng(seed)
    test = Exceedance(0.01)
    for day in range(60):
        test.add(day, 20_000, float(rng.binomial(20_000, 0.01 if day < 40 else 0.03)))

    stretch = test.strongest_stretch()
    assert 38 <= stretch.first_day <= 41
    assert 59 == stretch.last_day
    assert (60 - stretch.first_day) * 20_000 == stretch.count


@pytest.mark.parametrize("look_every", [1, 25])
def test_it_seldom_trips_at_the_limit(look_every: int) -> None:
    """At the limit it trips with its chance at most, however often one looks, all through 40 days."""
    rng, chance, limit, runs, a_day, days = np.random.default_rng(7), 0.1, 0.2, 400, 25, 40
    ones = (rng.random((runs, days, a_day)) < limit).astype(np.float64)
    is_tripped = np.zeros(runs, np.bool_)
    for day in range(days):
        for seen in range(look_every, a_day + 1, look_every):
            counts = np.append(np.full(day, float(a_day)), float(seen))
            totals = np.concatenate([ones[:, :day].sum(axis=2), ones[:, day, :seen].sum(axis=1)[:, None]], axis=1)
            evidence = log_evidence(np.broadcast_to(counts, totals.shape), totals, limit)
            is_tripped |= evidence >= log(1.0 / chance)

    assert is_tripped.sum() <= binom.isf(LEVEL, runs, chance)
    assert is_tripped.any()


@pytest.mark.parametrize("contacts_a_day", [500, 20_000])
def test_the_guardrail_seldom_errs_where_the_naive_test_does(contacts_a_day: int) -> None:
    """With unsubscribes that come days later, the guardrail errs within its chance in 120 days, and the z-test does not."""
    runs = 200
    stops = play(HarmWorld(contacts_a_day=contacts_a_day, days=120), 11, runs)
    most = binom.isf(LEVEL, runs, CHANCE)

    assert np.count_nonzero(stops.guardrail) <= most
    assert np.count_nonzero(stops.naive) > most


@pytest.mark.parametrize(("harm_day", "most_days"), [(1, 4), (30, 6)])
def test_harm_is_found_whenever_it_begins(harm_day: int, most_days: int) -> None:
    """An unsubscribe rate that doubles stops every run within days, also after a month without harm."""
    world = HarmWorld(contacts_a_day=10_000, days=60, harm_day=harm_day)
    stops = play(world, 12, 100).guardrail

    assert np.count_nonzero((stops > 0) & (stops < harm_day)) <= binom.isf(LEVEL, 100, CHANCE)
    assert np.all(stops > 0)
    assert np.median(stops - harm_day + 1) <= most_days
