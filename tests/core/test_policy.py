"""Policies: the floor, and what counts as probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.decision import LearnedState
from banditsvc.core.equal_parts import equal_parts, parts_without_treatments
from banditsvc.core.exploration import EXPLORATIONS, Exploration, FixedPriority, Greedy
from banditsvc.core.policy import Policy, is_pmf, selection_probabilities

LEARNED = LearnedState(learned_count=1000, reward_mean=0.1, reward_deviation=0.3)
every = pytest.mark.parametrize("exploration", [make() for make in EXPLORATIONS.values()], ids=list(EXPLORATIONS))
FOUR = parts_without_treatments((1, 4))
laws = settings(max_examples=60, deadline=None, derandomize=True)


@every
@laws
@given(seed=st.integers(0, 10**9), rows=st.integers(1, 20), k=st.integers(1, 30), floor=st.floats(0.0, 1.0))
def test_every_campaign_has_its_share_of_the_floor(
    exploration: Exploration, seed: int, rows: int, k: int, floor: float
) -> None:
    """Whatever the exploration, each entry has its equal share of the floor, and a row is a pmf, alone or not."""
    rng = np.random.default_rng(seed)
    predicted = rng.normal(size=(rows, k))
    fixed_rank = np.argsort(rng.random((rows, k)), axis=1).astype(np.int64)
    policy = Policy(portfolio_id="shop", exploration=exploration, floor=floor)
    parts = equal_parts(sorted(f"c{c}" for c in rng.integers(k, size=k)))[None, :].repeat(rows, axis=0)
    probabilities = selection_probabilities(policy, predicted, fixed_rank, parts, LEARNED)
    assert is_pmf(probabilities).all()
    assert (probabilities >= floor / parts).all()
    assert probabilities.flags.c_contiguous
    one = selection_probabilities(policy, predicted[:1], fixed_rank[:1], parts[:1], LEARNED)
    assert probabilities[:1].tobytes() == one.tobytes()


def test_the_floor_is_spread_evenly() -> None:
    """A probability p becomes (1 - floor) p + floor / K, for a fixed order too."""
    predicted, fixed_rank = np.array([[0.1, 0.4, 0.2, 0.3]]), np.array([[3, 2, 0, 1]])
    greedy = Policy(portfolio_id="shop", exploration=Greedy(), floor=0.5)
    expected = [[0.125, 0.625, 0.125, 0.125]]
    assert expected == selection_probabilities(greedy, predicted, fixed_rank, FOUR, LEARNED).tolist()
    fixed = Policy(portfolio_id="shop", exploration=FixedPriority(), floor=0.5)
    expected = [[0.125, 0.125, 0.625, 0.125]]
    assert expected == selection_probabilities(fixed, predicted, fixed_rank, FOUR, LEARNED).tolist()


@every
def test_no_floor_changes_nothing(exploration: Exploration) -> None:
    """With a floor of 0 the probabilities are the exploration's, bit for bit."""
    predicted, fixed_rank = np.array([[0.1, 0.4, 0.2, 0.3]]), np.array([[3, 2, 0, 1]])
    policy = Policy(portfolio_id="shop", exploration=exploration)
    expected = exploration.pmf(predicted, fixed_rank, FOUR, LEARNED)
    assert expected.tobytes() == selection_probabilities(policy, predicted, fixed_rank, FOUR, LEARNED).tobytes()


def test_what_is_a_pmf() -> None:
    """A pmf is finite, nowhere negative, and sums to 1 within 1e-9; each row is judged by itself."""
    nan, inf = float("nan"), float("inf")
    rows = np.array(
        [
            [0.5, 0.5, 0.0],
            [1.0, 0.0, -0.0],
            [0.5, 0.5, 0.9e-9],
            [0.5, 0.5, 1.1e-9],
            [0.5, 0.49, 0.0],
            [1.1, -0.1, 0.0],
            [nan, 0.5, 0.5],
            [inf, 0.0, 0.0],
            [inf, -inf, 1.0],
            [1e308, 1e308, 1e308],
            [0.0, 0.0, 0.0],
        ]
    )
    expected = [True, True, True, False, False, False, False, False, False, False, False]
    assert expected == is_pmf(rows).tolist()


def test_policies_are_values() -> None:
    """Policies with equal settings are equal and hash alike."""
    assert Policy(portfolio_id="shop", floor=0.1) == Policy(portfolio_id="shop", floor=0.1)
    assert hash(Policy(portfolio_id="shop")) == hash(Policy(portfolio_id="shop"))
