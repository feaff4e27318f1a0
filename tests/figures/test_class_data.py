"""Laws of data sets of classes as bandits: a coin errs as often as it must, and the default learns from few examples."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from banditsvc.core.portfolio import EncoderSpec
from figures.class_data import ClassData, progressive_error
from figures.well_policies import DEFAULT, compared_policies
from figures.well_runs import REWARD
from simulators.counting_thompson import CountingThompson

EXAMPLES = 160
LEVEL = 0.001


def _two_classes() -> ClassData:
    """Returns examples whose class is told by the first of three numbers, but for a few."""
    rng = np.random.default_rng(3)
    classes = rng.integers(0, 2, EXAMPLES)
    numbers = rng.normal(4.0, 1.0, (EXAMPLES, 3))
    numbers[:, 0] += 3.0 * classes
    return ClassData(numbers, classes)


def test_who_knows_no_context_guesses() -> None:
    """The errors of one who sees no numbers are those of a coin, within the bounds of the binomial at level .001."""
    errors = round(EXAMPLES * progressive_error(_two_classes(), CountingThompson(), 1))
    assert binom.ppf(LEVEL, EXAMPLES, 0.5) <= errors <= binom.isf(LEVEL, EXAMPLES, 0.5)


def test_the_default_learns_within_some_dozen_examples() -> None:
    """Its errors over a pass of 160 examples are fewer than those of a coin that errs at 35 %, at level .001."""
    default = next(one for one in compared_policies() if one.name == DEFAULT)
    errors = round(EXAMPLES * progressive_error(_two_classes(), default.make(REWARD, EncoderSpec()), 1))
    assert errors <= binom.ppf(LEVEL, EXAMPLES, 0.35)


def test_quartiles_divide_each_number_in_four() -> None:
    """Edges are the quartiles of each number by its name, each once."""
    data = ClassData(
        np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 9.0], [5.0, 9.0]]), np.zeros(5, dtype=np.int64)
    )
    assert data.quartiles().number_edges == {"x00": (2.0, 3.0, 4.0), "x01": (0.0, 9.0)}
