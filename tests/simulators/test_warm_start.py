"""History before the first decision: what is true of it helps, and what is not is outweighed."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulators.warm_start import Past, WarmStartSettings, run_warm_start

SEEDS = range(8)
T_999 = 4.785
"""One-sided .001 bound of Student's t with 7 degrees of freedom."""


@cache
def shares(past: Past, weight: float) -> NDArray[np.float64]:
    """Returns the share of the first 5,000 decisions by seed."""
    settings = WarmStartSettings(past=past, weight=weight, decisions=5_000)
    return np.array([run_warm_start(seed, settings)[0] for seed in SEEDS])


def test_a_run_is_a_function_of_its_seed() -> None:
    """The same seed gives the same shares, bit for bit; another seed others."""
    settings = WarmStartSettings(past=Past.RULE, weight=0.5, sends=1_000, decisions=5_000)
    assert run_warm_start(1, settings).tobytes() == run_warm_start(1, settings).tobytes()
    assert run_warm_start(1, settings).tobytes() != run_warm_start(2, settings).tobytes()


def test_the_past_plays_no_part_without_weight() -> None:
    """At weight 0 nothing of a history is learned, whatever it says."""
    assert shares(Past.COIN, 0.0).tobytes() == shares(Past.CHANGED, 0.0).tobytes()


def test_history_tells_right_from_wrong() -> None:
    """At weight 1 the first decisions are better after a history of this world than after one of its opposite, by far
    more than chance (paired by seed, Student's t, level .001).
    """
    apart = shares(Past.COIN, 1.0) - shares(Past.CHANGED, 1.0)

    assert apart.mean() > T_999 * apart.std(ddof=1) / len(apart) ** 0.5
