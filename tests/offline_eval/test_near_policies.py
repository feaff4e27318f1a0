"""Differences of policies that are near to each other: the range of their weights makes the intervals narrow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from offline_eval.choices.coding import Coded
from offline_eval.estimators import sample_of
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import (
    Method,
    OffPolicySpec,
    difference_weight_range,
    interval_of_difference,
)
from offline_eval.logged import Entries, Logged
from tests.offline_eval.near_policies import near_pair

LOGS, LEVEL = 200, 0.001


def test_the_range_narrows_and_holds() -> None:
    """Told the range of differences, the default interval is less than a fifth as wide, and holds the truth in .94 of
    logs, less the margin at .001; the normal one does not.
    """
    covered, by_normal, widths, known_widths = 0, 0, [], []
    for seed in range(LOGS):
        pair = near_pair(seed, 1_000)
        target, base, truth = pair.target, pair.base, pair.truth
        known = interval_of_difference(target, base, weight_range=pair.weight_range).interval
        unknown = interval_of_difference(target, base).interval
        normal = interval_of_difference(target, base, OffPolicySpec(method=Method.NORMAL)).interval
        assert known is not None
        assert unknown is not None
        assert normal is not None
        covered, by_normal = covered + known.contains(truth), by_normal + normal.contains(truth)
        widths.append(unknown.high - unknown.low)
        known_widths.append(known.high - known.low)

    assert covered >= binom.ppf(LEVEL, LOGS, 0.94) > by_normal
    assert np.mean(known_widths) < 0.2 * np.mean(widths)


def test_differences_beyond_the_range_are_refused() -> None:
    """A range that the differences of the log itself break is refused, with both ranges."""
    pair = near_pair(0, 100)

    assert (
        "beyond the range -0.01 to 0.1"
        in interval_of_difference(pair.target, pair.base, weight_range=(-0.01, 0.1)).refusal
    )


def _logged(probability: Floats) -> Logged:
    """Returns two decisions among three campaigns, of which the second was chosen."""
    return Logged(
        entries=Entries(
            start=np.array([0, 3, 6]),
            campaign=Coded(np.array([0, 1, 2] * 2, dtype=np.int32), ("a", "b", "c")),
            probability=probability,
            predicted=np.full(6, math.nan),
            deviation=np.full(6, math.nan),
        ),
        chosen=np.array([1, 4]),
        probability=probability[[1, 4]],
        reward=np.zeros(2),
        customer=np.arange(2, dtype=np.int32),
        time_us=np.zeros(2, dtype=np.int64),
        reward_range=(0.0, 1.0),
    )


def test_the_range_is_that_of_all_that_is_eligible() -> None:
    """The range takes in what was not chosen; it is infinite where the log tells of the choices alone, and what could not
    be chosen has no part in it.
    """
    logged = _logged(np.array([0.5, 0.4, 0.1, 0.8, 0.2, 0.0]))
    target, base = np.array([0.4, 0.4, 0.2, 0.9, 0.1, 0.0]), np.array([0.5, 0.4, 0.1, 0.8, 0.2, 0.0])
    choices_alone = _logged(np.array([math.nan, 0.4, math.nan, math.nan, 0.2, math.nan]))

    assert (-0.5, 1.0) == pytest.approx(difference_weight_range(logged, target, base))
    assert (-math.inf, math.inf) == difference_weight_range(choices_alone, target, base)
    found = interval_of_difference(
        sample_of(logged, target), sample_of(logged, base), weight_range=difference_weight_range(logged, target, base)
    )
    assert found.interval is not None
