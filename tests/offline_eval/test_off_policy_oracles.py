"""Vowpal Wabbit's own intervals as an oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from estimators.bandits import clopper_pearson, cressieread

from offline_eval.estimators import Sample
from offline_eval.intervals.off_policy import UnitSums, clopper_pearson_ends, cressie_read_ends, units_of_value

SIZES = [2, 7, 100, 1_000]
RANGES = [(0.0, 1.0), (-1.0, 3.0)]


@pytest.mark.parametrize("bounds", RANGES)
@pytest.mark.parametrize("decisions", SIZES)
def test_intervals_equal_the_oracle(decisions: int, bounds: tuple[float, float]) -> None:
    """Cressie-Read, the greatest weight known or not, and Clopper-Pearson equal the oracle's within 1e-9."""
    rng = np.random.default_rng([41, decisions])
    least, greatest = bounds
    for level in (0.95, 0.7):
        logged = rng.uniform(0.05, 1.0, decisions)
        target = rng.uniform(0.05, 1.0, decisions) * (rng.random(decisions) < 0.7)
        target[0] = 0.5
        reward = np.where(rng.random(decisions) < 0.4, rng.uniform(least, greatest, decisions), 0.0)
        weight = target / logged
        heaviest = float(weight.max())
        oracles = [
            cressieread.Interval(wmax=25.0, rmin=least, rmax=greatest),
            cressieread.Interval(wmax=math.inf, rmin=least, rmax=greatest),
        ]
        counted = clopper_pearson.Interval(rmin=least, rmax=greatest)
        for row in zip(logged.tolist(), reward.tolist(), target.tolist(), strict=True):
            for oracle in (*oracles, counted):
                oracle.add_example(*row)
        known, unknown, seen = (
            UnitSums.of(units_of_value(Sample(weight=weight, reward=reward, greatest_weight=most, reward_range=bounds)))
            for most in (25.0, math.inf, heaviest)
        )

        for oracle, sums in zip(oracles, (known, unknown), strict=True):
            expected = oracle.get(alpha=1.0 - level, atol=1e-12)  # its width where there is none
            assert expected == pytest.approx(cressie_read_ends(sums, level, at_mean=False), abs=1e-9)
        assert counted.get(alpha=1.0 - level) == pytest.approx(clopper_pearson_ends(seen, level), abs=1e-9)
