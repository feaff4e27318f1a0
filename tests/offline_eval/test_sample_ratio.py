"""The sample-ratio check, repeated as customers come."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom

from offline_eval.lift import sample_ratio
from offline_eval.lift.sample_ratio import SampleRatio

laws = settings(max_examples=30, deadline=None, derandomize=True)
SHARES = {"OPTIMIZED": 0.8, "UNIFORM_RANDOM": 0.1, "HOLDOUT": 0.1}
NAMES = list(SHARES)
LEVEL = 0.001


def check(codes: NDArray[np.int64], times: NDArray[np.int64] | None = None) -> SampleRatio:
    when = np.arange(codes.size) if times is None else times
    return sample_ratio(pd.Series(np.array(NAMES)[codes]), pd.Series(when), SHARES, 0.05)


def test_right_shares_seldom_fail() -> None:
    """Of 500 checks repeated after every one of 1,000 customers at most 5 % ever fail, with the binomial margin."""
    rng = np.random.default_rng(0)
    failed = sum(not check(rng.choice(3, 1_000, p=list(SHARES.values()))).passed for _ in range(500))

    assert failed <= binom.isf(LEVEL, 500, 0.05)


def test_lost_customers_are_found() -> None:
    """Where a tenth of a group's customers is lost the check fails within 50,000 customers, and not where none is."""
    rng = np.random.default_rng(1)
    codes = rng.choice(3, 50_000, p=[0.8, 0.1, 0.1])
    lost = (codes == 2) & (rng.random(codes.size) < 0.1)
    found = check(codes[~lost])

    assert check(codes).passed

    assert not found.passed
    assert "HOLDOUT" in found.text


@laws
@given(st.integers(1, 500))
def test_customers_of_one_time_come_together(count: int) -> None:
    """Rows of one time may stand in any order: the check is the same."""
    rng = np.random.default_rng(count)
    codes = rng.choice(3, count, p=[0.8, 0.1, 0.1])
    times = np.sort(rng.integers(0, 5, count))
    by_group = np.lexsort((codes, times))

    assert check(codes, times) == check(codes[by_group], times)


def test_nobody_is_no_evidence() -> None:
    """Without customers the check passes."""
    assert check(np.zeros(0, dtype=np.int64)).p_value == 1.0


def test_a_failure_stays() -> None:
    """Once the check has failed, later customers do not undo it."""
    codes = np.random.default_rng(3).choice(3, 3_000, p=[0.8, 0.1, 0.1])
    bad_start = np.concatenate([np.full(200, 2), codes])

    assert not check(np.full(200, 2)).passed
    assert not check(bad_start).passed
