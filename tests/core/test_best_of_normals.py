"""Laws of the chance to be the greatest of several normal variables."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import norm

from banditsvc.core.exploration.best_of_normals import chances_of_best

laws = settings(max_examples=60, deadline=None, derandomize=True)
COUNT = 400_000


def alike(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns weights of 1."""
    return np.ones_like(mean)


def exact(mean: NDArray[np.float64], deviation: NDArray[np.float64], place: int) -> float:
    """Returns by adaptive integration the probability that one is the greatest, each piece where the others change."""
    others = [k for k in range(len(mean)) if k != place]

    def integrand(z: float) -> float:
        at = mean[place] + deviation[place] * z
        below = float(np.prod(ndtr((at - mean[others]) / deviation[others])))
        return float(norm.pdf(z)) * below

    turns = np.concatenate([(mean[others] + step * deviation[others]) for step in (-3.0, 0.0, 3.0)])
    inside = (turns - mean[place]) / deviation[place]
    points = np.unique(np.concatenate([[-8.0, 8.0], inside[np.abs(inside) < 8.0]]))
    return float(sum(quad(integrand, low, high, epsabs=1e-9)[0] for low, high in pairwise(points.tolist())))


@laws
@given(
    seed=st.integers(0, 10**9),
    count=st.integers(1, 8),
    spread=st.sampled_from([0.0, 0.1, 1.0, 5.0]),
    scales=st.sampled_from([0.0, 0.5, 1.5, 3.0]),
)
def test_chances_are_within_a_thousandth_of_the_truth(seed: int, count: int, spread: float, scales: float) -> None:
    """Whatever means and deviations, up to a thousandfold apart, each chance is right to 1e-3 and they sum to 1."""
    rng = np.random.default_rng(seed)
    deviation = 10.0 ** -rng.uniform(0.0, scales, size=(1, count))
    mean = spread * rng.normal(size=(1, count)) * deviation
    chances = chances_of_best(mean, deviation, alike(mean))
    assert abs(chances.sum() - 1.0) <= 1e-12
    for place in range(count):
        assert exact(mean[0], deviation[0], place) == pytest.approx(chances[0, place], abs=1e-3)


@pytest.mark.parametrize("narrow", [1.0, 0.1, 0.01, 0.001])
def test_one_wide_among_many_narrow(narrow: float) -> None:
    """Where one of 20 is known far less than the others, all chances are right to 1e-3."""
    rng = np.random.default_rng(1)
    mean, deviation = narrow * rng.normal(size=(1, 20)), np.full((1, 20), narrow)
    deviation[0, 3] = 1.0
    chances = chances_of_best(mean, deviation, alike(mean))
    expected = [exact(mean[0], deviation[0], place) for place in range(20)]
    assert expected == pytest.approx(chances[0].tolist(), abs=1e-3)


def test_chances_are_frequencies() -> None:
    """Of many draws each is the greatest as often as its chance says, within Hoeffding's bound at .001 for all."""
    rng = np.random.default_rng(2)
    mean, deviation = rng.normal(size=(1, 6)), rng.uniform(0.2, 1.5, size=(1, 6))
    drawn = rng.normal(mean, deviation, size=(COUNT, 6)).argmax(axis=1)
    bound = np.sqrt(np.log(2 * 6 / 0.001) / (2 * COUNT))
    frequencies = np.bincount(drawn, minlength=6) / COUNT
    assert np.abs(frequencies - chances_of_best(mean, deviation, alike(mean))[0]).max() <= bound + 1e-4


def test_parts_of_one_share_what_it_has() -> None:
    """Two entries of weight 1/2 that are alike have together the chance of the one that they are parts of."""
    mean, deviation = np.array([[0.3, 0.0, -0.2]]), np.array([[0.5, 1.0, 0.7]])
    expected = chances_of_best(mean, deviation, alike(mean))[0]
    parts = chances_of_best(
        np.insert(mean, 0, 0.3, axis=1), np.insert(deviation, 0, 0.5, axis=1), np.array([[0.5, 0.5, 1.0, 1.0]])
    )[0]
    assert expected.tolist() == pytest.approx([parts[0] + parts[1], parts[2], parts[3]], abs=1e-9)
    assert parts[0] == parts[1]


def test_a_number_that_is_none_gives_none() -> None:
    """A row with NaN has no chances, and leaves its neighbours alone."""
    mean, deviation = np.array([[0.0, 1.0], [np.nan, 0.0]]), np.ones((2, 2))
    chances = chances_of_best(mean, deviation, alike(mean))
    assert np.isnan(chances[1]).all()
    assert chances[0].tobytes() == chances_of_best(mean[:1], deviation[:1], alike(mean[:1])).tobytes()
