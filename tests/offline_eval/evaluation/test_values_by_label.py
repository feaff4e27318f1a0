"""Laws of values by label, of shrinkage, and of gains by choice."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from offline_eval.evaluation import Compared, compared, gains_by_choice, shrunk, values_by_label
from offline_eval.evaluation.values_by_label import LabelValues
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import OffPolicySpec
from offline_eval.logged import always
from tests.offline_eval.logged_world import RATES, played

_LEVEL = 0.001
_LOGS = 100
_ALIKE = np.full(RATES.shape, 0.2)
_SPEC = OffPolicySpec(level=0.95, least_effective=30.0)
_PARTS = st.lists(st.tuples(st.floats(-10.0, 10.0), st.floats(0.01, 10.0)), min_size=1, max_size=6)
"""Values with their standard errors."""


def _always(seed: int, decisions: int, rates: Floats, customers: int | None = None) -> Compared:
    """Returns what always choosing one campaign would bring, beside what was done."""
    [one] = compared(played(seed, decisions, customers, rates).logged, {"always c2": always("c2")})
    return one


@cache
def _found(is_alike: bool) -> list[LabelValues]:
    rates = _ALIKE if is_alike else RATES
    return [values_by_label(_always(seed, 1_500, rates), "segment", _SPEC) for seed in range(_LOGS)]


@given(_PARTS, st.floats(-10.0, 10.0))
def test_what_is_shrunk_lies_between_the_whole_and_its_own(parts: list[tuple[float, float]], whole: float) -> None:
    """Each part is whole + B (own - whole) with one variance between parts and B = t / (t + error^2), in [0, 1]."""
    values, errors = np.array(parts).T
    found = shrunk(values, errors, whole)

    assert ((found.kept >= 0.0) & (found.kept <= 1.0)).all()
    assert np.allclose(found.values, whole + found.kept * (values - whole))
    assert np.allclose(found.kept, found.between / (found.between + errors**2))


def test_parts_that_do_not_differ_become_the_whole_and_those_that_do_stay() -> None:
    """With one truth, errors after shrinkage are far below the parts' own; with truths 50 errors apart they are the same."""
    rng = np.random.default_rng(1)
    own = rng.normal(2.0, 1.0, (400, 6))
    drawn = np.array([shrunk(row, np.ones(6), 2.0).values for row in own])
    assert np.mean((drawn - 2.0) ** 2) < 0.25 * np.mean((own - 2.0) ** 2)

    truths = 50.0 * np.arange(6.0)
    apart = truths + rng.normal(size=6)
    assert np.abs(shrunk(apart, np.ones(6), 125.0).values - apart).max() < 0.1


def test_the_whole_is_all_that_one_part_can_be_told() -> None:
    """A single part, and parts with one value, become the whole; a part without error keeps what it has."""
    assert [3.0] == shrunk(np.array([5.0]), np.array([1.0]), 3.0).values.tolist()
    assert [3.0, 3.0] == shrunk(np.array([5.0, 5.0]), np.array([1.0, 2.0]), 3.0).values.tolist()
    assert [3.0, 0.0] == shrunk(np.array([5.0, 0.0]), np.array([1.0, 0.0]), 3.0).values.tolist()


def test_intervals_of_parts_hold_their_truth() -> None:
    """In each segment the unshrunk interval misses the truth in no more than .05 of logs (binomial bound at .001)."""
    large = _always(10_000, 60_000, RATES)
    most = binom.isf(_LEVEL / 3, _LOGS, 0.05)
    for part in ("a", "b", "c"):
        chosen = large.logged.labels["segment"].is_name(part)
        truth = float(np.mean(((large.sample.weight - large.base.weight) * large.sample.reward)[chosen]))
        rows = [one for found in _found(False) for one in found.parts if one.part == part]
        missed = sum(one.interval.interval is None or not one.interval.interval.contains(truth) for one in rows)
        assert _LOGS == len(rows)
        assert missed <= most


def test_no_part_is_said_to_differ_where_none_does() -> None:
    """Where all campaigns bring the same, any of the parts is told from 0 in at most .05 of logs (binomial bound at .001)."""
    wrong = sum(
        any(one.interval.is_above(0.0) or one.interval.is_below(0.0) for one in found.parts) for found in _found(True)
    )
    assert wrong <= binom.isf(_LEVEL, _LOGS, 0.05)


def test_segments_that_differ_are_told_and_others_drawn_to_the_whole() -> None:
    """Where a campaign is best in one segment and worst in another both are told; where all are alike the guesses are closer."""
    found = values_by_label(_always(1, 20_000, RATES), "segment", _SPEC)
    by_part = {one.part: one for one in found.parts}
    assert by_part["a"].interval.is_above(0.0)
    assert by_part["b"].interval.is_below(0.0)
    assert all(abs(one.shrunk - one.difference) < 0.1 * abs(one.difference - found.whole) for one in found.parts)
    own, drawn = (
        sum(one**2 for found in _found(True) for part in found.parts for one in [getattr(part, name)])
        for name in ("difference", "shrunk")
    )
    assert drawn < 0.75 * own


def test_the_error_of_a_part_is_how_far_it_is_off() -> None:
    """Over logs the squared distance to 0, where nothing differs, is that which standard errors tell (chi squared, .001)."""
    squares = [(part.difference / part.standard_error) ** 2 for found in _found(True) for part in found.parts]
    # Four standard deviations of a mean of chi-squared variables with one degree of freedom.
    assert abs(np.mean(squares) - 1.0) < 4.0 * math.sqrt(2.0 / len(squares))


def test_thin_parts_are_refused() -> None:
    """A part in which few decisions carry weight has no number but a reason, and does not disturb the others."""
    found = values_by_label(_always(2, 400, RATES), "segment", OffPolicySpec())
    assert all(one.refusal for one in found.parts)
    assert all(math.isnan(one.difference) and math.isnan(one.shrunk) for one in found.parts)
    assert "100 is the least" in found.parts[0].refusal


def test_a_candidate_that_does_the_same_differs_by_nothing() -> None:
    """Compared with what was done, what was done differs by 0 in each part, and no part is refused."""
    [one] = compared(played(3, 500).logged, "logged")
    assert {(0.0, "")} == {(part.difference, part.refusal) for part in values_by_label(one, "segment", _SPEC).parts}


@pytest.mark.parametrize("customers", [None, 300])
def test_gains_by_choice_add_up_to_the_difference(customers: int | None) -> None:
    """Their sum is the mean of (w - 1) r, and each lies in its interval."""
    one = _always(4, 3_000, RATES, customers)
    found = gains_by_choice(one, _SPEC)
    difference = float(np.mean((one.sample.weight - 1.0) * one.sample.reward))

    assert {"c0", "c1", "c2", "c3"} == {gain.choice for gain in found}
    assert math.isclose(difference, sum(gain.gain for gain in found), abs_tol=1e-12)
    assert math.isclose(1.0, sum(gain.logged_share for gain in found))
    assert "c2" == found[0].choice
    assert found[0].interval.is_above(0.0)
