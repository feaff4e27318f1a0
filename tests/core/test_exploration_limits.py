"""Exploration limits: they hold exactly, and touch nothing that keeps to them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import LearnedState
from banditsvc.core.equal_parts import equal_parts
from banditsvc.core.exploration import EpsilonGreedy, Exploration, FixedPriority, Greedy, SquareCB, Uniform
from banditsvc.core.exploration_limits import ceilings_of
from banditsvc.core.policy import ExplorationLimit, Policy, selection_probabilities

LEARNED = LearnedState(learned_count=1000, reward_mean=0.1, reward_deviation=0.3)
laws = settings(max_examples=80, deadline=None, derandomize=True)
IDS = ("a", "a", "b", "c", "c", "c", "d")
SEGMENTS = (None, "gold", "silver")
STAGES = (None, LifecycleStage.HIGH_VALUE, LifecycleStage.NEW)

shares = st.one_of(st.sampled_from([0.0, 1e-9, 0.05, 1.0]), st.floats(0.0, 1.0))
limits = st.builds(
    ExplorationLimit,
    segments=st.sampled_from([(), ("gold",), ("gold", "silver")]),
    lifecycle_stages=st.sampled_from([(), (LifecycleStage.HIGH_VALUE,)]),
    campaign_ids=st.sampled_from([(), ("a",), ("c", "d"), ("b", "absent")]),
    max_share=shares,
)
policies = st.builds(
    Policy,
    portfolio_id=st.just("shop"),
    exploration=st.sampled_from([SquareCB(), EpsilonGreedy(epsilon=0.4), Greedy(), Uniform(), FixedPriority()]),
    floor=st.sampled_from([0.0, 0.01, 0.5, 1.0]),
    limits=st.lists(limits, max_size=4).map(tuple),
)
contexts = st.builds(CustomerContext, segment=st.sampled_from(SEGMENTS), lifecycle_stage=st.sampled_from(STAGES))


def drawn(seed: int, rows: int) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Returns weighted rewards with ties, fixed orders and equal parts of rows whose entries are IDS."""
    rng = np.random.default_rng(seed)
    weighted = np.round(rng.normal(scale=0.2, size=(rows, len(IDS))), 1)
    fixed_rank = np.argsort(rng.random(weighted.shape), axis=1).astype(np.int64)
    return weighted, fixed_rank, equal_parts(IDS)[None, :].repeat(rows, axis=0)


def chosen_by(
    policy: Policy,
    customers: list[CustomerContext],
    arrays: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Returns the policy's probabilities for customers, its limits included."""
    ceilings = ceilings_of(policy, customers, [IDS] * len(customers))
    return selection_probabilities(policy, *arrays, LEARNED, ceilings=ceilings)


def holds_for(limit: ExplorationLimit, customer: CustomerContext) -> bool:
    """Says whether a limit is for a customer."""
    return (not limit.segments or customer.segment in limit.segments) and (
        not limit.lifecycle_stages or customer.lifecycle_stage in limit.lifecycle_stages
    )


@laws
@given(policy=policies, customers=st.lists(contexts, min_size=1, max_size=6), seed=st.integers(0, 10**9))
def test_limits_hold_exactly(policy: Policy, customers: list[CustomerContext], seed: int) -> None:
    """Rows are probabilities, and no limit that is for a customer is exceeded by more than rounding."""
    arrays = drawn(seed, len(customers))
    probabilities = chosen_by(policy, customers, arrays)
    assert (probabilities >= 0.0).all()
    assert (probabilities <= 1.0).all()
    assert np.abs(probabilities.sum(axis=1) - 1.0).max() <= 1e-12
    for row, weighted, rank, customer in zip(probabilities, arrays[0], arrays[1], customers, strict=True):
        best = max(range(len(IDS)), key=lambda k, w=weighted, r=rank: (w[k], -r[k]))  # type: ignore[misc]
        for limit in policy.limits:
            if not holds_for(limit, customer):
                continue
            if not limit.campaign_ids:
                assert sum(p for k, p in enumerate(row) if k != best) <= limit.max_share + 1e-12
            for campaign_id in set(limit.campaign_ids) - {IDS[best]}:
                share = sum(p for p, name in zip(row, IDS, strict=True) if name == campaign_id)
                assert share <= limit.max_share + 1e-12


@laws
@given(policy=policies, customers=st.lists(contexts, min_size=1, max_size=6), seed=st.integers(0, 10**9))
def test_a_row_under_limits_does_not_depend_on_the_others(
    policy: Policy, customers: list[CustomerContext], seed: int
) -> None:
    """One row and a batch agree bit for bit."""
    arrays = drawn(seed, len(customers))
    whole = chosen_by(policy, customers, arrays)
    for row, customer in enumerate(customers):
        weighted, fixed_rank, parts = (array[row : row + 1] for array in arrays)
        alone = chosen_by(policy, [customer], (weighted, fixed_rank, parts))  # type: ignore[arg-type]
        assert whole[row].tobytes() == alone.tobytes()


@laws
@given(policy=policies, customers=st.lists(contexts, min_size=1, max_size=6), seed=st.integers(0, 10**9))
def test_where_no_limit_bites_nothing_changes(policy: Policy, customers: list[CustomerContext], seed: int) -> None:
    """Limits of share 1, of others' segments and of campaigns that are not there change nothing, bit for bit."""
    arrays = drawn(seed, len(customers))
    idle = (
        ExplorationLimit(max_share=1.0),
        ExplorationLimit(campaign_ids=IDS[2:5], max_share=1.0),
        ExplorationLimit(segments=("nobody",), max_share=0.0),
        ExplorationLimit(campaign_ids=("absent",), max_share=0.0),
    )
    expected = chosen_by(policy, customers, arrays)
    more = dataclasses.replace(policy, limits=(*policy.limits, *idle))
    assert expected.tobytes() == chosen_by(more, customers, arrays).tobytes()


@laws
@given(
    floor=st.floats(0.0, 1.0), share=st.floats(0.0, 1.0), seed=st.integers(0, 10**9), exploration=st.just(SquareCB())
)
def test_the_floor_holds_for_customers_without_limits(
    floor: float, share: float, seed: int, exploration: Exploration
) -> None:
    """Limits of one segment leave the floor of the others alone, bit for bit."""
    arrays = drawn(seed, 2)
    limit = ExplorationLimit(segments=("gold",), max_share=share)
    limited = Policy(portfolio_id="shop", exploration=exploration, floor=floor, limits=(limit,))
    free = dataclasses.replace(limited, limits=())
    customers = [CustomerContext(segment="gold"), CustomerContext(segment="silver")]
    expected = chosen_by(free, customers, arrays)[1]
    found = chosen_by(limited, customers, arrays)[1]
    assert expected.tobytes() == found.tobytes()
    assert (found >= floor / arrays[2][1]).all()


def test_limits_win_over_the_floor() -> None:
    """What is over a campaign's limit goes to the best, whatever floor the campaign would have."""
    limit = ExplorationLimit(campaign_ids=("c",), max_share=0.06)
    policy = Policy(portfolio_id="shop", exploration=Greedy(), floor=1.0, limits=(limit,))
    weighted = np.array([[0.0, 0.1, 0.9, 0.1, 0.1, 0.1, 0.0]])
    arrays = (weighted, np.arange(7)[None, :], equal_parts(IDS)[None, :])
    expected = [0.125, 0.125, 0.25 + 0.25 - 0.06, 0.02, 0.02, 0.02, 0.25]
    assert expected == pytest.approx(chosen_by(policy, [CustomerContext()], arrays)[0].tolist(), abs=1e-15)


def test_a_share_of_nothing_leaves_the_best_alone() -> None:
    """Without any exploration the best is certain: of several the first in the fixed order."""
    policy = Policy(portfolio_id="shop", floor=0.3, limits=(ExplorationLimit(max_share=0.0),))
    weighted = np.array([[0.5, 0.1, 0.9, 0.9, 0.1, 0.9, 0.0]])
    fixed_rank = np.array([[0, 1, 6, 5, 2, 3, 4]])
    arrays = (weighted, fixed_rank, equal_parts(IDS)[None, :])
    expected = [[0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]]
    assert expected == chosen_by(policy, [CustomerContext()], arrays).tolist()
