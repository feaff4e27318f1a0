"""Explorations: the laws that all obey, and what each is made for."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.equal_parts import equal_parts, parts_without_treatments
from banditsvc.core.exploration import (
    EXPLORATIONS,
    EpsilonGreedy,
    ExclusiveRules,
    Exploration,
    FixedPriority,
    Greedy,
    SquareCB,
    Uniform,
)
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec
from tests.core.cases import random_campaign, random_context
from tests.oracle import stock_vw

laws = settings(max_examples=60, deadline=None, derandomize=True)
NOTHING_LEARNED = LearnedState()
states = st.builds(
    LearnedState,
    learned_count=st.integers(0, 10**9),
    reward_mean=st.floats(-100.0, 100.0),
    reward_deviation=st.one_of(st.just(0.0), st.floats(0.0, 1e6), st.just(5e-324)),
)


every = pytest.mark.parametrize("exploration", [make() for make in EXPLORATIONS.values()], ids=list(EXPLORATIONS))


BY_FIXED_ORDER = (FixedPriority, ExclusiveRules)


def rows_of(
    seed: int, rows: int, k: int, spread: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Returns predictions with ties here and there, fixed orders, and equal parts: of some rows with treatments."""
    rng = np.random.default_rng(seed)
    predicted = rng.normal(scale=spread, size=(rows, k))
    ties = rng.random((rows, k)) < 0.3
    predicted[ties] = np.repeat(predicted.max(axis=1, keepdims=True), k, axis=1)[ties]
    fixed_rank = np.argsort(rng.random((rows, k)), axis=1).astype(np.int64)
    treated = equal_parts([f"c{c}" for c in sorted(rng.integers(k, size=k))])
    parts = np.where(rng.random((rows, 1)) < 0.5, treated, float(k))
    return predicted, fixed_rank, parts


shapes = {"seed": st.integers(0, 10**9), "rows": st.integers(1, 30), "k": st.integers(1, 40)}
spreads = st.sampled_from([0.0, 1e-300, 1e-6, 1.0, 1e6, 1e200])


@every
@laws
@given(**shapes, spread=spreads, learned=states)
def test_rows_are_probabilities(
    *, exploration: Exploration, seed: int, rows: int, k: int, spread: float, learned: LearnedState
) -> None:
    """Each row sums to 1 within 1e-12, has no negative entry, and lies C-contiguous in float64."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, spread)
    pmf = exploration.pmf(predicted, fixed_rank, parts, learned)
    assert (rows, k) == pmf.shape
    assert pmf.dtype == np.float64
    assert pmf.flags.c_contiguous
    assert (pmf >= 0.0).all()
    assert np.abs(pmf.sum(axis=1) - 1.0).max() <= 1e-12


@every
@laws
@given(**shapes, learned=states, data=st.data())
def test_a_row_does_not_depend_on_the_others(
    *, exploration: Exploration, seed: int, rows: int, k: int, learned: LearnedState, data: st.DataObject
) -> None:
    """One row, a batch and any selection of it agree bit for bit."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, 1.0)
    whole = exploration.pmf(predicted, fixed_rank, parts, learned)
    some = data.draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=rows))
    assert whole[some].tobytes() == exploration.pmf(predicted[some], fixed_rank[some], parts[some], learned).tobytes()
    for i in some[:3]:
        one = exploration.pmf(predicted[i : i + 1], fixed_rank[i : i + 1], parts[i : i + 1], learned)
        assert whole[i].tobytes() == one.tobytes()


@every
def test_a_tie_beside_it_changes_no_bit_of_a_row(exploration: Exploration) -> None:
    """A row whose best ties with none gets the same bits beside one that ties, whatever treatments there are."""
    parts = equal_parts(["a"] * 5 + ["b"])
    for seed in range(200):
        untied = np.random.default_rng(seed).permutation(6)[None, :] / 7.0
        pair, ranks = np.vstack([untied, np.zeros((1, 6))]), np.tile(np.arange(6), (2, 1))
        both = exploration.pmf(pair, ranks, np.vstack([parts, parts]), LearnedState(50, 1.0, 3.0))
        alone = exploration.pmf(untied, ranks[:1], parts[None, :], LearnedState(50, 1.0, 3.0))
        assert alone.tobytes() == both[:1].tobytes()


@every
@laws
@given(**shapes, learned=states)
def test_equal_inputs_get_equal_probabilities(
    exploration: Exploration, seed: int, rows: int, k: int, learned: LearnedState
) -> None:
    """Entries of equal predicted reward and equal parts are equally likely; by a fixed order nobody is equal."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, 1.0)
    pmf = exploration.pmf(predicted, fixed_rank, parts, learned)
    keys = fixed_rank if isinstance(exploration, BY_FIXED_ORDER) else predicted
    for row, inputs, shares in zip(pmf, keys, parts, strict=True):
        found: dict[tuple[float, float], set[float]] = {}
        for probability, value, share in zip(row.tolist(), inputs.tolist(), shares.tolist(), strict=True):
            found.setdefault((value, share), set()).add(probability)
        assert {1} == {len(probabilities) for probabilities in found.values()}


@every
@laws
@given(**shapes, learned=states, shift=st.sampled_from([-8.0, -0.5, 0.25, 1024.0]))
def test_a_constant_shift_changes_nothing(
    *, exploration: Exploration, seed: int, rows: int, k: int, learned: LearnedState, shift: float
) -> None:
    """Adding a constant to a row changes nothing: here predictions are such that nothing is rounded."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, 1.0)
    predicted = np.round(predicted * 1024.0) / 1024.0
    expected = exploration.pmf(predicted, fixed_rank, parts, learned)
    assert expected.tobytes() == exploration.pmf(predicted + shift, fixed_rank, parts, learned).tobytes()


@every
@laws
@given(**shapes, learned=states)
def test_arguments_are_left_alone(
    exploration: Exploration, seed: int, rows: int, k: int, learned: LearnedState
) -> None:
    """Nothing is written into the arguments, and the result shares no memory with them."""
    predicted, fixed_rank, parts = rows_of(seed, rows, k, 1.0)
    predicted.flags.writeable = fixed_rank.flags.writeable = parts.flags.writeable = False
    pmf = exploration.pmf(predicted, fixed_rank, parts, learned)
    assert not np.shares_memory(pmf, predicted)
    assert not np.shares_memory(pmf, fixed_rank)
    assert not np.shares_memory(pmf, parts)


@every
@laws
@given(**shapes, learned=states)
def test_better_is_never_less_likely(
    exploration: Exploration, seed: int, rows: int, k: int, learned: LearnedState
) -> None:
    """Without treatments, one of greater predicted reward is at least as likely; by a fixed order, one of lesser rank."""
    predicted, fixed_rank, _ = rows_of(seed, rows, k, 1.0)
    parts = parts_without_treatments((rows, k))
    pmf = exploration.pmf(predicted, fixed_rank, parts, learned)
    keys = -fixed_rank if isinstance(exploration, BY_FIXED_ORDER) else predicted
    rising = np.take_along_axis(pmf, np.argsort(keys, axis=1), axis=1)
    assert (np.diff(rising, axis=1) >= -1e-12).all()


@every
def test_explorations_are_values(exploration: Exploration) -> None:
    """An exploration with default settings equals any other such, and is hashable, so that policies are."""
    again = type(exploration)()
    assert exploration == again
    assert hash(exploration) == hash(again)


RANKS = np.array([[2, 0, 1, 3]], dtype=np.int64)
FOUR = parts_without_treatments((1, 4))
TWO_AND_ONE = equal_parts(["a", "a", "b"])[None, :]
LEARNED = LearnedState(learned_count=100, reward_mean=0.1, reward_deviation=0.5)


def test_greedy_takes_the_best() -> None:
    """All goes to the best, in equal shares to those tied for best."""
    expected = [[0.0, 1.0, 0.0, 0.0]]
    assert expected == Greedy().pmf(np.array([[1.0, 3.0, 2.0, 0.0]]), RANKS, FOUR, LEARNED).tolist()
    expected = [[0.5, 0.0, 0.5, 0.0]]
    assert expected == Greedy().pmf(np.array([[3.0, 1.0, 3.0, 0.0]]), RANKS, FOUR, LEARNED).tolist()


def test_uniform_treats_all_alike() -> None:
    """Everyone has 1 / K, whatever is predicted."""
    expected = [[0.25] * 4]
    assert expected == Uniform().pmf(np.array([[1.0, 3.0, 2.0, 0.0]]), RANKS, FOUR, LEARNED).tolist()


def test_fixed_priority_takes_the_first() -> None:
    """All goes to the first of the fixed order, whatever is predicted."""
    expected = [[0.0, 1.0, 0.0, 0.0]]
    assert expected == FixedPriority().pmf(np.array([[1.0, -3.0, 2.0, 0.0]]), RANKS, FOUR, LEARNED).tolist()


def test_epsilon_greedy_spreads_epsilon() -> None:
    """Epsilon is spread over all, the rest over those tied for best."""
    pmf = EpsilonGreedy(epsilon=0.5).pmf(np.array([[3.0, 1.0, 3.0, 0.0]]), RANKS, FOUR, LEARNED)
    expected = [[0.375, 0.125, 0.375, 0.125]]
    assert expected == pmf.tolist()


def test_square_cb_weighs_by_the_gap() -> None:
    """A campaign behind by a gap has 1 / (K + gamma x gap), the best share the rest."""
    square_cb = SquareCB(gamma_scale=2.0, gamma_exponent=0.5)
    assert square_cb.gamma(LEARNED) == 40.0
    expected = [0.5 * (1 - 1 / 44 - 1 / 124), 1 / 44, 0.5 * (1 - 1 / 44 - 1 / 124), 1 / 124]
    pmf = square_cb.pmf(np.array([[3.0, 2.0, 3.0, 0.0]]), RANKS, FOUR, LEARNED)
    assert expected == pytest.approx(pmf[0].tolist(), abs=1e-15)


@pytest.mark.parametrize("learned", [NOTHING_LEARNED, LearnedState(learned_count=50, reward_mean=0.2)])
def test_square_cb_is_uniform_where_gaps_mean_nothing(learned: LearnedState) -> None:
    """Before anything is learned, and while all rewards learned from are the same, all are alike."""
    expected = [[0.25] * 4]
    assert expected == SquareCB().pmf(np.array([[1.0, 3.0, 2.0, 0.0]]), RANKS, FOUR, learned).tolist()


@laws
@given(unit=st.sampled_from([2.0**-20, 0.5, 4.0, 2.0**30]), seed=st.integers(0, 10**6))
def test_square_cb_has_no_unit(unit: float, seed: int) -> None:
    """Rewards in cents and in euros give the same probabilities, bit for bit where the factor is a power of two."""
    predicted, fixed_rank, parts = rows_of(seed, 5, 6, 1.0)
    scaled = LearnedState(learned_count=100, reward_mean=0.1 * unit, reward_deviation=0.5 * unit)
    expected = SquareCB().pmf(predicted, fixed_rank, parts, LEARNED)
    assert expected == pytest.approx(SquareCB().pmf(predicted * unit, fixed_rank, parts, scaled), abs=1e-15)


@pytest.mark.parametrize(
    "exploration", [Uniform(), EpsilonGreedy(epsilon=1.0), SquareCB(), Greedy()], ids=lambda one: type(one).__name__
)
def test_treatments_do_not_multiply_a_campaigns_chances(exploration: Exploration) -> None:
    """Where nothing tells campaigns apart, each has an equal share, and each of its treatments an equal part of that."""
    expected = [[0.25, 0.25, 0.5]]
    assert expected == exploration.pmf(np.zeros((1, 3)), RANKS[:, :3], TWO_AND_ONE, NOTHING_LEARNED).tolist()


def test_square_cb_counts_the_parts_of_a_treatment() -> None:
    """A pair behind by a gap has 1 / (equal parts + gamma x gap)."""
    pmf = SquareCB(gamma_scale=2.0, gamma_exponent=0.5).pmf(
        np.array([[1.0, 2.0, 3.0]]), RANKS[:, :3], TWO_AND_ONE, LEARNED
    )
    expected = [1 / 84, 1 / 44, 1 - 1 / 84 - 1 / 44]
    assert expected == pytest.approx(pmf[0].tolist(), abs=1e-15)


@pytest.mark.parametrize(
    "arguments", [("--epsilon", "0.2"), ("--squarecb", "--gamma_scale", "7", "--gamma_exponent", "0.4")]
)
def test_pmfs_are_stock_vowpal_wabbits(arguments: tuple[str, ...]) -> None:
    """From the same scores without ties, epsilon-greedy and SquareCB give Vowpal Wabbit's probabilities to 1e-6.

    Vowpal Wabbit's gamma is gamma_scale x (decisions learned)^gamma_exponent: ours where the deviation is 1.
    """
    exploration = (
        SquareCB(gamma_scale=7.0, gamma_exponent=0.4) if "--squarecb" in arguments else EpsilonGreedy(epsilon=0.2)
    )
    rng = random.Random(11)
    encoder = Encoder(EncoderSpec())
    explorer = stock_vw.workspace("--cb_explore_adf", *arguments)
    scores = stock_vw.workspace("--cb_adf")
    compared = 0
    for count in range(300):
        campaigns = [encoder.campaign(random_campaign(rng, f"c{k}")) for k in range(rng.randint(2, 9))]
        context = encoder.context(random_context(rng))
        if count % 5 == 0 and count:
            scores.weights()[:, 0, 0] = explorer.weights()[:, 0, 0]
            predicted = -np.array([stock_vw.predictions(scores, context, campaigns)])
            if np.unique(predicted).size == len(campaigns):
                learned = LearnedState(learned_count=count, reward_deviation=1.0)
                fixed_rank = np.arange(len(campaigns))[None, :]
                parts = parts_without_treatments(predicted.shape)
                expected = stock_vw.predictions(explorer, context, campaigns)
                assert expected == pytest.approx(exploration.pmf(predicted, fixed_rank, parts, learned)[0], abs=1e-6)
                compared += 1
        chosen = rng.randrange(len(campaigns))
        cost = -float(rng.random() < 0.3)
        explorer.learn_one(stock_vw.examples(context, campaigns, chosen, cost, 1 / len(campaigns)))
    assert compared >= 40
