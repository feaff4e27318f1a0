"""Sampling: draws that can be repeated, and frequencies that are the logged probabilities."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2, kstest, ncx2

from banditsvc.core.decision import LearnedState
from banditsvc.core.decision_id import audience_decision_id, decision_id_of
from banditsvc.core.equal_parts import parts_without_treatments
from banditsvc.core.exploration import SquareCB
from banditsvc.core.policy import Policy, selection_probabilities
from banditsvc.core.sampling import choose, decision_draw, uniform_draw, uniform_draws

laws = settings(max_examples=200, deadline=None, derandomize=True)
texts = st.text(max_size=20)
DECISIONS = 100_000
WIDEST = 8
LEVEL = 0.001


@laws
@given(texts, texts, texts, st.integers(0, 1000))
def test_a_draw_depends_on_its_arguments_alone(salt: str, purpose: str, decision_id: str, attempt: int) -> None:
    """A draw is the same whenever it is repeated, at least 0, less than 1, and a multiple of 2^-53."""
    draw = uniform_draw(salt, purpose, decision_id, attempt)
    assert draw == uniform_draw(salt, purpose, decision_id, attempt)
    assert 0.0 <= draw < 1.0
    assert (draw * 2.0**53).is_integer()


def test_draws_stay_as_they_are() -> None:
    """Logged decisions are reproduced for ever: these draws may never change."""
    expected = [0.6359838378841084, 0.47266079600527733]
    assert expected == [
        uniform_draw("salt", "campaign", "d-1", 0),
        uniform_draw("", "", "", 1),
    ]
    rows = np.array([0, 5, 70_000])
    assert [0.6381995441962826, 0.9095899876046192, 0.2954468684330068] == uniform_draws(
        "salt", "select", "night", rows, 0
    ).tolist()


@laws
@given(st.tuples(texts, texts, texts, st.integers(0, 99)), st.tuples(texts, texts, texts, st.integers(0, 99)))
def test_different_arguments_are_different_draws(
    one: tuple[str, str, str, int], other: tuple[str, str, str, int]
) -> None:
    """Arguments that differ in anything, be it only in where one ends and the next begins, draw differently."""
    assert (one == other) == (uniform_draw(*one) == uniform_draw(*other))


def test_neighbouring_texts_do_not_run_together() -> None:
    """Moving a character from one argument to the next, or digits between id and attempt, is another draw."""
    draws = [
        uniform_draw("ab", "c", "d", 0),
        uniform_draw("a", "bc", "d", 0),
        uniform_draw("ab", "", "cd", 0),
        uniform_draw("ab", "c", "d1", 0),
        uniform_draw("ab", "c", "d", 10),
        uniform_draw("1:ab", "c", "d", 0),
    ]
    assert len(set(draws)) == len(draws)


def test_draws_are_uniform() -> None:
    """Draws of numbered decisions pass Kolmogorov and Smirnov's test at .001, and so do those of one id by attempt."""
    for draws in (
        [uniform_draw("salt", "campaign", f"d-{i}", 0) for i in range(20_000)],
        [uniform_draw("salt", "campaign", "d-1", i) for i in range(20_000)],
    ):
        assert kstest(draws, "uniform").pvalue > LEVEL


@laws
@given(
    st.lists(st.integers(0, 1 << 18) | st.integers(0, 1 << 40), unique=True, max_size=20).map(sorted),
    st.integers(0, 9),
)
def test_a_row_alone_draws_what_it_draws_among_others(rows: list[int], attempt: int) -> None:
    """The draw of a row is that of its decision's id, whichever rows are drawn for with it."""
    draws = uniform_draws("salt", "select", "night-1", np.array(rows, dtype=np.int64), attempt)
    alone = [decision_draw("salt", "select", audience_decision_id("night-1", row), attempt) for row in rows]
    assert alone == draws.tolist()


def test_draws_of_rows_are_uniform() -> None:
    """Draws of the rows of a run pass Kolmogorov and Smirnov's test at .001, by purpose, run and attempt."""
    rows = np.arange(20_000)
    draws = [uniform_draws("salt", *rest) for rest in (("select", "a", rows, 0), ("shadow", "a", rows, 0))]
    draws += [uniform_draws("salt", "select", "b", rows, attempt) for attempt in (0, 1)]
    assert len({found[0] for found in draws}) == len(draws)
    for found in draws:
        assert kstest(found, "uniform").pvalue > LEVEL


def test_ids_of_callers_draw_as_they_did() -> None:
    """An id that is no row's, be there a slash in it, has the draw of its text."""
    ids = ["d-1", "Night/1", "night/01", "night/-1", "night/1/1", "night/", "/1", "night/٣"]
    assert [uniform_draw("s", "p", one, 0) for one in ids] == [decision_draw("s", "p", one, 0) for one in ids]


@laws
@given(
    st.lists(st.lists(st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 1e-20, 5e-324]), min_size=4, max_size=4), min_size=1),
    st.data(),
)
def test_the_first_whose_sum_exceeds_the_draw_is_chosen(rows: list[list[float]], data: st.DataObject) -> None:
    """The choice is the first k with draw < p_0 + ... + p_k, else the last positive; never an impossible one."""
    probabilities = np.array([row if any(row) else [0.0, 0.0, 1.0, 0.0] for row in rows])
    draws = st.one_of(st.floats(0.0, 1.0, exclude_max=True), st.sampled_from([0.0, 0.1, 0.5, 1 - 2.0**-53]))
    drawn = np.array(data.draw(st.lists(draws, min_size=len(rows), max_size=len(rows))))
    chosen = choose(probabilities, drawn)
    for row, draw, k in zip(probabilities.tolist(), drawn.tolist(), chosen.tolist(), strict=True):
        total, expected = 0.0, -1
        for i, p in enumerate(row):
            total += p
            if draw < total:
                expected = i
                break
        assert (expected if expected >= 0 else max(i for i, p in enumerate(row) if p > 0.0)) == k
        assert row[k] > 0.0
    for i in range(len(rows)):
        assert chosen[i] == choose(probabilities[i : i + 1], drawn[i : i + 1])[0]


def test_rounding_never_chooses_the_impossible() -> None:
    """Where the sum ends below 1, a draw above it takes the last possible campaign, not the last of the list."""
    probabilities = np.array([[0.1] * 10 + [0.0]])
    assert np.add.accumulate(probabilities, axis=1)[0, -1] < 1.0 - 2.0**-54
    expected = [9]
    assert expected == choose(probabilities, np.array([1.0 - 2.0**-53])).tolist()
    expected = [1]
    assert expected == choose(np.array([[0.0, 1.0, 0.0]]), np.array([0.0])).tolist()


@cache
def played(seed: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Returns the probabilities of varying pmfs over 2 to 8 campaigns, filled with 0, and what was chosen.

    The first campaign is the best, so that its probability is mostly large; predictions vary from row to row.
    """
    rng = np.random.default_rng(seed)
    probabilities = np.zeros((DECISIONS, WIDEST))
    chosen = np.zeros(DECISIONS, dtype=np.intp)
    policy = Policy(portfolio_id="shop", exploration=SquareCB(), floor=0.05)
    learned = LearnedState(learned_count=400, reward_mean=0.1, reward_deviation=1.0)
    draws = np.array([uniform_draw(f"salt-{seed}", "campaign", f"d-{i}", 0) for i in range(DECISIONS)])
    for k, rows in zip(range(2, WIDEST + 1), np.array_split(rng.permutation(DECISIONS), WIDEST - 1), strict=True):
        predicted = rng.normal(scale=0.03, size=(len(rows), k))
        predicted[:, 0] += 0.1
        fixed_rank = np.broadcast_to(np.arange(k), predicted.shape)
        parts = parts_without_treatments(predicted.shape)
        pmf = selection_probabilities(policy, predicted, fixed_rank, parts, learned)
        probabilities[rows, :k] = pmf
        chosen[rows] = choose(pmf, draws[rows])
    return probabilities, chosen


def statistic(probabilities: NDArray[np.float64], counts: NDArray[np.float64]) -> tuple[float, int]:
    """Returns (O - E)' V^- (O - E) and its degrees of freedom, V = sum of diag(p) - p p', under the probabilities."""
    expected = probabilities.sum(axis=0)
    covariance = np.diag(expected) - probabilities.T @ probabilities
    difference = counts - expected
    # Sums of 100,000 terms leave directions without variance with a little of it.
    rank = int(np.linalg.matrix_rank(covariance, rtol=1e-9, hermitian=True))
    return float(difference @ np.linalg.pinv(covariance, rtol=1e-9, hermitian=True) @ difference), rank


def count_of(chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.bincount(chosen, minlength=WIDEST).astype(np.float64)


def with_planted_error(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns probabilities of which the first campaign's is 2 % too small, and the others' more in proportion."""
    wrong = probabilities.copy()
    wrong[:, 0] *= 0.98
    wrong[:, 1:] *= ((1.0 - wrong[:, 0]) / (1.0 - probabilities[:, 0]))[:, None]
    return wrong


def test_chosen_frequencies_are_the_probabilities() -> None:
    """Over 100,000 decisions with varying pmfs, frequencies match probabilities: in all, and for each number K."""
    probabilities, chosen = played(1)
    value, rank = statistic(probabilities, count_of(chosen))
    assert rank == WIDEST - 1
    assert value < chi2.isf(LEVEL, rank)
    eligible = (probabilities > 0.0).sum(axis=1)
    for k in range(2, WIDEST + 1):
        rows = eligible == k
        value, rank = statistic(probabilities[rows], count_of(chosen[rows]))
        assert rank == k - 1
        assert value < chi2.isf(LEVEL, rank)


def test_an_error_of_two_percent_is_caught() -> None:
    """Logged probabilities that are 2 % off are rejected by the same test, whose power against that is above .999."""
    probabilities, chosen = played(1)
    wrong = with_planted_error(probabilities)
    value, rank = statistic(wrong, count_of(chosen))
    assert value > chi2.isf(LEVEL, rank)
    shift, rank = statistic(wrong, probabilities.sum(axis=0))
    assert ncx2.sf(chi2.isf(LEVEL, rank), rank, shift) > 0.999


def test_frequencies_match_for_other_seeds_too() -> None:
    """Other salts and ids give other draws that match as well: the fixed seed is no lucky one."""
    values = [statistic(p, count_of(c)) for p, c in (played(2), played(3))]
    assert all(value < chi2.isf(LEVEL, rank) for value, rank in values)
    assert not np.array_equal(played(2)[1], played(3)[1])


@laws
@given(st.tuples(texts, texts, texts, texts), st.tuples(texts, texts, texts, texts))
def test_derived_ids_are_one_to_one(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> None:
    """The derived id repeats for the same portfolio, customer, occasion and superseded decision, and only then."""
    assert (one == other) == (decision_id_of(*one) == decision_id_of(*other))
    assert len(decision_id_of(*one)) == 42


def test_derived_ids_stay_as_they_are() -> None:
    """A retry after an upgrade finds its decision: this id may never change."""
    assert decision_id_of("shop", "customer-1", "2026-11-23/email") == "d-8ea582e8caa4e3a9a55fae33cee1c139c821538b"
    assert decision_id_of("shop", "c", "o") != decision_id_of("shop", "c", "o", "d-1")
    assert decision_id_of("ab", "c", "o") != decision_id_of("a", "bc", "o")
