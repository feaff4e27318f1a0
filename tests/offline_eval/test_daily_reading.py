"""Experiments read every day for 60 days, 100 of each kind; docs/figures/lift.md has 1,000."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import binom

from tests.offline_eval.daily_reading import Errors, read_daily
from tests.offline_eval.skewed_world import FREQUENT, WORLDS, SkewedWorld

EXPERIMENTS = 100
MOST_ERRORS = int(binom.isf(0.001, EXPERIMENTS, 0.05))
"""More errors than this have a chance of at most .001 where 5 % is the truth."""
LIFT = 0.2


@pytest.fixture(scope="module", params=WORLDS, ids=lambda world: world.name)
def world(request: pytest.FixtureRequest) -> SkewedWorld:
    found = request.param
    assert isinstance(found, SkewedWorld)
    return found


@pytest.fixture(scope="module")
def no_lift(world: SkewedWorld) -> Errors:
    return read_daily(world, 11, EXPERIMENTS)


@pytest.fixture(scope="module")
def with_lift(world: SkewedWorld) -> Errors:
    return read_daily(replace(world, lift=LIFT), 12, EXPERIMENTS)


def test_no_lift_is_found_where_there_is_none(no_lift: Errors) -> None:
    """In A/A experiments the anytime intervals exclude 0 at any of 60 readings no more often than they may."""
    assert no_lift.read == EXPERIMENTS
    assert no_lift.anytime <= MOST_ERRORS
    assert no_lift.anytime_relative <= MOST_ERRORS


def test_a_true_lift_is_covered(with_lift: Errors) -> None:
    """With a true lift the anytime intervals contain it at all readings as often as they should."""
    assert with_lift.anytime <= MOST_ERRORS
    assert with_lift.anytime_relative <= MOST_ERRORS


def test_fixed_intervals_read_daily_fail(no_lift: Errors) -> None:
    """The interval for one reading, read every day, finds a lift where there is none: these experiments bite."""
    assert no_lift.fixed > MOST_ERRORS


def test_days_of_a_customer_are_no_customers() -> None:
    """Where customers buy again and again, an anytime interval made of their days, not of them, fails."""
    assert read_daily(FREQUENT, 13, EXPERIMENTS).by_day > MOST_ERRORS
