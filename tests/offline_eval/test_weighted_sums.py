"""Sums of weights and rewards."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_eval.estimators import Sample, WeightedSums

laws = settings(max_examples=50, deadline=None, derandomize=True)
decision = st.tuples(st.sampled_from([0.0, 0.2, 1.0, 1.0 / 0.3, 20.0]), st.sampled_from([0.0, 1.0, 2.5, -3.0]))


@laws
@given(st.lists(decision, max_size=20), st.lists(decision, max_size=20))
def test_sums_of_parts_add_up(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> None:
    """The sums of two parts are those of the whole, and its bounds are the wider ones."""
    whole = _sums(one + other, 30.0)
    added = _sums(one, 30.0) + _sums(other, 30.0)

    for expected, actual in zip(astuple(whole), astuple(added), strict=True):
        assert expected == pytest.approx(actual, rel=1e-12, abs=1e-12)


def test_sums_are_what_they_say() -> None:
    """Two decisions, by hand; a bound that a weight breaks is not one, and without one there is none."""
    found = _sums([(2.0, 3.0), (0.5, -1.0)], 1.5)

    assert (2.0, 2.5, 4.25, 2.0, 5.5, 11.75, 36.25) == astuple(found)[:7]
    assert ((0.5, 2.0), (-1.0, 3.0), 2.0, (-4.0, 4.0)) == astuple(found)[7:]
    assert 1.25 == found.mean_weight
    assert 2.5**2 / 4.25 == found.effective_decisions
    assert math.inf == _sums([(2.0, 3.0)], math.inf).greatest_weight


def test_nothing_has_no_mean() -> None:
    """Without decisions there is no mean weight, and no decision is effective."""
    assert math.isnan(WeightedSums().mean_weight)
    assert 0.0 == WeightedSums().effective_decisions


def _sums(rows: list[tuple[float, float]], greatest_weight: float) -> WeightedSums:
    weights, rewards = np.array(rows, dtype=np.float64).reshape(-1, 2).T
    return WeightedSums.of(
        Sample(weight=weights, reward=rewards, greatest_weight=greatest_weight, reward_range=(-4.0, 4.0))
    )
