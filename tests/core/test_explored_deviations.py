"""Laws of explorations where the model says how sure it is, and what Thompson sampling and softmax are made for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.equal_parts import equal_parts, parts_without_treatments
from banditsvc.core.exploration import EXPLORATIONS, Exploration, Softmax, SquareCB, Thompson
from banditsvc.core.learned_states import LearnedStates
from tests.core.test_exploration import rows_of, shapes

laws = settings(max_examples=60, deadline=None, derandomize=True)
MADE = {name: make() for name, make in EXPLORATIONS.items()} | {"optimistic square_cb": SquareCB(optimism=0.5)}
every = pytest.mark.parametrize("exploration", MADE.values(), ids=list(MADE))
LEARNED = LearnedState(learned_count=100, reward_mean=0.1, reward_deviation=0.5)
RANKS = np.arange(4)[None, :]
FOUR = parts_without_treatments((1, 4))


def deviations_of(seed: int, rows: int, k: int) -> NDArray[np.float64]:
    """Returns deviations, some the same, some 0, some a ten-thousandth of the others."""
    rng = np.random.default_rng(seed + 1)
    deviation = rng.uniform(0.01, 1.0, size=(rows, k))
    deviation[rng.random((rows, k)) < 0.3] = 0.5
    deviation[rng.random((rows, k)) < 0.1] *= 1e-4
    deviation[rng.random((rows, k)) < 0.1] = 0.0
    deviation[rng.random(rows) < 0.1] = 0.0
    return deviation


@every
@laws
@given(**shapes, spread=st.sampled_from([0.0, 1e-6, 1.0, 1e200]), data=st.data())
def test_rows_are_probabilities_of_their_own(
    *, exploration: Exploration, seed: int, rows: int, k: int, spread: float, data: st.DataObject
) -> None:
    """With deviations each row sums to 1 within 1e-12, has no negative entry, and has the same bits in any selection."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, spread)
    deviation = deviations_of(seed, rows, k)
    pmf = exploration.pmf(predicted, fixed_rank, parts, LEARNED, deviation)
    assert (pmf >= 0.0).all()
    assert np.abs(pmf.sum(axis=1) - 1.0).max() <= 1e-12
    assert pmf.flags.c_contiguous
    some = data.draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=rows))
    selected = exploration.pmf(predicted[some], fixed_rank[some], parts[some], LEARNED, deviation[some])
    assert pmf[some].tobytes() == selected.tobytes()
    one = slice(some[0], some[0] + 1)
    alone = exploration.pmf(predicted[one], fixed_rank[one], parts[one], LEARNED, deviation[one])
    assert pmf[one].tobytes() == alone.tobytes()


@every
@laws
@given(**shapes)
def test_the_same_of_several_models(exploration: Exploration, seed: int, rows: int, k: int) -> None:
    """Rows of several models get what each gets with its own model's state, one that knows nothing among them."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, 1.0)
    deviation = deviations_of(seed, rows, k)
    states = [LEARNED, LearnedState(), LearnedState(50, 0.2, 0.3)]
    of_row = np.random.default_rng(seed).integers(3, size=rows)
    for known in (deviation, None):
        pmf = exploration.pmf(predicted, fixed_rank, parts, LearnedStates(states, of_row), known)
        for row in range(rows):
            one = slice(row, row + 1)
            mine = None if known is None else known[one]
            alone = exploration.pmf(predicted[one], fixed_rank[one], parts[one], states[of_row[row]], mine)
            assert pmf[one].tobytes() == alone.tobytes()


@laws
@given(**shapes)
def test_equal_means_and_deviations_have_equal_chances(seed: int, rows: int, k: int) -> None:
    """By Thompson sampling entries of equal predicted reward, deviation and parts are equally likely, to the bit."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, 1.0)
    deviation = deviations_of(seed, rows, k)
    pmf = Thompson().pmf(predicted, fixed_rank, parts, LEARNED, deviation)
    for chances, *inputs in zip(pmf, predicted, deviation, parts, strict=True):
        found: dict[tuple[float, ...], set[float]] = {}
        for chance, *key in zip(chances.tolist(), *(column.tolist() for column in inputs), strict=True):
            found.setdefault(tuple(key), set()).add(chance)
        assert {1} == {len(one) for one in found.values()}


def test_thompson_tries_what_is_not_known() -> None:
    """Of two that are predicted alike behind the best, the one that is less known is tried more; a sure one never."""
    deviation = np.array([[0.1, 0.3, 0.1, 0.0]])
    pmf = Thompson(scale=1.0).pmf(np.array([[1.0, 0.8, 0.8, 0.0]]), RANKS, FOUR, LEARNED, deviation)[0]
    assert pmf[0] > pmf[1] > pmf[2] > 0.0 == pmf[3]


def test_two_campaigns_have_their_closed_form() -> None:
    """Of two the first is the best with the chance that a normal difference is above 0."""
    deviation = np.array([[0.3, 0.4]])
    pmf = Thompson(scale=2.0).pmf(
        np.array([[1.0, 0.7]]), RANKS[:, :2], parts_without_treatments((1, 2)), LEARNED, deviation
    )
    expected = 0.5 * (1.0 + math.erf(0.3 / (2.0 * 0.5) / math.sqrt(2.0)))
    assert expected == pytest.approx(pmf[0, 0], abs=1e-3)


def test_what_is_sure_is_greedy() -> None:
    """Where every deviation is 0 all goes to the best, in equal shares to those tied for best."""
    pmf = Thompson().pmf(np.array([[3.0, 1.0, 3.0, 0.0]]), RANKS, FOUR, LEARNED, np.zeros((1, 4)))
    assert [[0.5, 0.0, 0.5, 0.0]] == pmf.tolist()


def test_without_deviations_the_count_stands_for_them() -> None:
    """A model that does not say how sure it is is taken to know each of K as well as learned_count / K rewards tell."""
    predicted = np.array([[0.2, 0.1, 0.15, 0.0]])
    deviation = np.full((1, 4), 0.5 / math.sqrt(100 / 4))
    expected = Thompson().pmf(predicted, RANKS, FOUR, LEARNED, deviation)
    assert expected == pytest.approx(Thompson().pmf(predicted, RANKS, FOUR, LEARNED), abs=1e-12)


@pytest.mark.parametrize("exploration", [Thompson(), Softmax()], ids=["thompson", "softmax"])
@pytest.mark.parametrize("learned", [LearnedState(), LearnedState(learned_count=50, reward_mean=0.2)])
def test_all_are_alike_where_nothing_is_known(exploration: Exploration, learned: LearnedState) -> None:
    """Before anything is learned, and while all rewards are the same, each campaign and each of its treatments is alike."""
    parts = equal_parts(["a", "a", "b"])[None, :]
    pmf = exploration.pmf(np.array([[1.0, 3.0, 2.0]]), RANKS[:, :3], parts, learned, np.ones((1, 3)))
    assert [[0.25, 0.25, 0.5]] == pmf.tolist()


@pytest.mark.parametrize("exploration", [Thompson(), Softmax()], ids=["thompson", "softmax"])
def test_treatments_do_not_multiply_what_is_tried(exploration: Exploration) -> None:
    """Where campaigns are predicted alike and known alike, each has an equal share, however many treatments it has."""
    parts = equal_parts(["a", "a", "a", "b"])[None, :]
    pmf = exploration.pmf(np.zeros((1, 4)), RANKS, parts, LEARNED, np.ones((1, 4)))
    assert [1 / 6, 1 / 6, 1 / 6, 0.5] == pytest.approx(pmf[0].tolist(), abs=1e-12)


def test_softmax_weighs_by_the_exponential() -> None:
    """Shares are in proportion to exp(reward / (temperature x deviation of the rewards))."""
    pmf = Softmax(temperature=2.0).pmf(np.array([[3.0, 2.0, 3.0, 0.0]]), RANKS, FOUR, LEARNED)[0]
    weights = np.exp([0.0, -1.0, 0.0, -3.0])
    assert (weights / weights.sum()).tolist() == pytest.approx(pmf.tolist(), abs=1e-15)


def test_optimistic_gaps_favor_what_is_little_known() -> None:
    """With optimism SquareCB takes what is predicted a little less and known far less for the best; without, it does not."""
    predicted, deviation = np.array([[0.04, 0.03, 0.02, 0.01]]), np.array([[0.001, 0.03, 0.001, 0.001]])
    hopeful, plain = (
        SquareCB(optimism=optimism).pmf(predicted, RANKS, FOUR, LEARNED, deviation)[0] for optimism in (1.0, 0.0)
    )
    assert [hopeful.argmax(), plain.argmax()] == [1, 0]
    assert plain.tolist() == SquareCB().pmf(predicted, RANKS, FOUR, LEARNED)[0].tolist()


@laws
@given(**shapes)
def test_optimism_adds_deviations_to_predictions(seed: int, rows: int, k: int) -> None:
    """SquareCB with optimism is SquareCB on predictions that are as many deviations greater."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, 1.0)
    deviation = deviations_of(seed, rows, k)
    found = SquareCB(optimism=0.33).pmf(predicted, fixed_rank, parts, LEARNED, deviation)
    assert found.tolist() == SquareCB().pmf(predicted + 0.33 * deviation, fixed_rank, parts, LEARNED).tolist()
