"""Differences and ratios of two groups' means."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from offline_eval.intervals import (
    Floats,
    IntervalKind,
    IntervalSpec,
    Moments,
    difference_bounds,
    moments_of,
    relative_lift_bounds,
)

laws = settings(max_examples=60, deadline=None, derandomize=True)
SPEC = IntervalSpec(least_customers=2, least_uncommon=1)
seeds = st.integers(0, 10_000)


def groups(seed: int, rate: float = 0.3, target: int = 400, control: int = 150) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    both = [rng.binomial(1, rate, n) * rng.lognormal(1.0, 0.8, n) for n in (target, control)]
    return both[0], both[1]


def scaled(sample: Moments, factor: float) -> Moments:
    return replace(sample, mean=factor * sample.mean, variance=factor**2 * sample.variance)


@laws
@given(seeds)
def test_fixed_intervals_are_welchs(seed: int) -> None:
    """A fixed interval of the difference is that of Welch's test in scipy."""
    one, other = groups(seed)
    expected = ttest_ind(one, other, equal_var=False).confidence_interval(0.9)
    spec = replace(SPEC, kind=IntervalKind.FIXED, level=0.9)
    actual = difference_bounds(moments_of(one), moments_of(other), spec)

    assert (expected.low, expected.high) == pytest.approx((float(actual.low), float(actual.high)))


@laws
@given(seeds)
def test_the_difference_is_the_mean_of_influence_values(seed: int) -> None:
    """With the groups' means and shares so far, influence values have the mean and standard error that are used."""
    one, other = groups(seed)
    values = np.concatenate([one, other])
    in_target = np.arange(values.size) < one.size
    share = one.size / values.size
    influence = np.where(in_target, (values - one.mean()) / share, -(values - other.mean()) / (1.0 - share))
    influence += one.mean() - other.mean()
    target, control = moments_of(one), moments_of(other)

    assert float(influence.mean()) == pytest.approx(float(target.mean - control.mean))
    used = float(target.squared_error + control.squared_error)
    assert float(influence.var()) / values.size == pytest.approx(used, rel=2.0 / other.size)


@laws
@given(seeds, st.sampled_from(list(IntervalKind)), st.floats(0.02, 0.5))
def test_relative_lift_inverts_differences(seed: int, kind: IntervalKind, rate: float) -> None:
    """A relative lift is in its interval just when the target less the lifted control may have mean 0."""
    target, control = (moments_of(values) for values in groups(seed, rate, 20_000, 10_000))
    spec = replace(SPEC, kind=kind)
    bounds = relative_lift_bounds(target, control, spec)
    for relative in (-0.9, -0.3, 0.0, 0.1, 0.5, 2.0, 20.0):
        lifted = difference_bounds(target, scaled(control, 1.0 + relative), spec)
        near_an_end = min(abs(float(bounds.low) - relative), abs(float(bounds.high) - relative)) < 1e-3
        assert near_an_end or bool(lifted.excludes(0.0)) == bool(bounds.excludes(relative))


@laws
@given(seeds, st.floats(0.001, 1000.0), st.sampled_from(list(IntervalKind)))
def test_currency_does_not_matter(seed: int, factor: float, kind: IntervalKind) -> None:
    """In another currency absolute lift is multiplied and relative lift stays."""
    target, control = (moments_of(values) for values in groups(seed))
    spec = replace(SPEC, kind=kind)
    absolute, relative = (of(target, control, spec) for of in (difference_bounds, relative_lift_bounds))
    other_absolute, other_relative = (
        of(scaled(target, factor), scaled(control, factor), spec) for of in (difference_bounds, relative_lift_bounds)
    )

    assert factor * float(absolute.high) == pytest.approx(float(other_absolute.high))
    assert float(relative.low) == pytest.approx(float(other_relative.low), rel=1e-6)
    assert float(relative.high) == pytest.approx(float(other_relative.high), rel=1e-6)


def test_relative_lift_may_be_unbounded() -> None:
    """While the control may have bought nothing there is no upper bound, and no lower one while the target may not."""
    nothing, little, much = (moments_of([0.0] * 900 + [1.0] * buyers) for buyers in (1, 3, 400))
    open_above = relative_lift_bounds(much, little, SPEC).interval(SPEC)
    open_on_both_sides = relative_lift_bounds(little, nothing, SPEC).interval(SPEC)

    assert open_above.low > 0.0
    assert math.inf == open_above.high
    assert (-math.inf, math.inf) == (open_on_both_sides.low, open_on_both_sides.high)


def test_relative_lift_is_at_least_minus_one() -> None:
    """Where the target may have bought nothing the relative lift is bounded by -1."""
    bounds = relative_lift_bounds(moments_of([0.0] * 900 + [1.0] * 3), moments_of([0.0, 1.0] * 400), SPEC)

    assert float(bounds.low) == pytest.approx(-1.0)
    assert float(bounds.high) < 0.0


@laws
@given(seeds)
def test_swapping_groups_turns_the_difference_round(seed: int) -> None:
    """The lift of the control over the target is the negative of the target's over the control."""
    target, control = (moments_of(values) for values in groups(seed))
    forth, back = difference_bounds(target, control, SPEC), difference_bounds(control, target, SPEC)

    assert (float(forth.low), float(forth.high)) == pytest.approx((-float(back.high), -float(back.low)))
