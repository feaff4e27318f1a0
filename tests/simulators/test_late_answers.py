"""Learning at checkpoints, short: it is sure sooner and rightly so, and ends where learning early does not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from simulators.late_answers import LateAnswers, LateCampaign, Played, play_late_answers

WORLD = LateAnswers(
    campaigns=(LateCampaign(name="fast", rate=0.2, soon=0.8), LateCampaign(name="late", rate=0.3, soon=0.2)),
    days=11,
    a_day=80,
    last_day=7,
    uniform=True,
)
RATES = np.array([one.rate for one in WORLD.campaigns])
WAYS = {
    "window": WORLD,
    "checkpoints": replace(WORLD, checkpoint_days=(1, 3)),
    "a day": replace(WORLD, window_days=1),
}
SEEDS = range(6)


@cache
def played(way: str) -> list[Played]:
    """Returns a world in which all are chosen alike, seed by seed."""
    return [play_late_answers(seed, WAYS[way]) for seed in SEEDS]


def squared_errors(way: str) -> float:
    """Returns the sum over seeds and campaigns of the squared last errors of what is predicted, in deviations."""
    errors: NDArray[np.float64] = np.array(
        [(one.predicted[-1] - RATES) / one.deviations[-1] for one in played(way)], dtype=np.float64
    )
    return float((errors**2).sum())


@pytest.mark.parametrize("way", ["window", "checkpoints"])
def test_what_is_predicted_is_as_sure_as_it_says(way: str) -> None:
    """Errors in stated deviations are no greater than standard normal ones (chi-squared bound at .001)."""
    assert squared_errors(way) < chi2.isf(0.001, len(SEEDS) * len(RATES))


def test_learning_after_a_day_is_sure_of_what_is_false() -> None:
    """The control: what has not come after a day is taken for nothing, and the same bound is broken many times over."""
    assert squared_errors("a day") > 10.0 * chi2.isf(0.001, len(SEEDS) * len(RATES))


def test_with_checkpoints_it_is_sure_sooner() -> None:
    """Two days after the first windows are over, it is surer of the campaign that answers fast by far, and of the difference."""
    day = WORLD.last_day + 2
    variances = {way: np.mean([one.deviations[day] ** 2 for one in played(way)], axis=0) for way in WAYS}

    assert variances["checkpoints"][0] < 0.6 * variances["window"][0]
    assert variances["checkpoints"].sum() < 0.9 * variances["window"].sum()


def test_before_the_first_windows_are_over_checkpoints_wait() -> None:
    """While nobody knows how much is still to come, there is no model."""
    assert np.isnan([one.predicted[: WORLD.last_day] for one in played("checkpoints")]).all()


def test_it_ends_on_the_better_campaign() -> None:
    """Chosen by what is learned, the later and better one wins; learned after a day it loses to the one that is fast."""
    last = {
        way: play_late_answers(1, replace(WAYS[way], uniform=False, days=16)).shares[-1, 1]
        for way in ("checkpoints", "a day")
    }

    assert last["checkpoints"] > 0.9
    assert last["a day"] < 0.1
