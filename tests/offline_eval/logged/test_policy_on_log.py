from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.decision import DecidedBy
from banditsvc.core.exploration import (
    EpsilonGreedy,
    Exploration,
    FixedPriority,
    Greedy,
    Softmax,
    SquareCB,
    Thompson,
    Uniform,
)
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.reproduce import policy_probabilities
from offline_eval.logged import JoinedReader, Logged, LogRefused, joined_logged, policy_on_log
from tests.offline_eval.logged.served_rows import served_batch, served_order, varied_decisions
from tests.serving.treated_shop import EXCLUSIVE, LIMITS, SHOP, campaigns_of

EVERY: list[Exploration] = [
    SquareCB(),
    SquareCB(gamma_scale=40.0),
    EpsilonGreedy(epsilon=0.3),
    Greedy(),
    Thompson(),
    Softmax(),
    Uniform(),
    FixedPriority(),
    EXCLUSIVE,
]
_DECISIONS = [
    structs.replace(one, decided_by=DecidedBy.POLICY)
    for seed in (1, 2)
    for one in varied_decisions(seed, 60)
    if one.decided_by in {DecidedBy.POLICY, DecidedBy.FORCED}
]
_DECISIONS = [structs.replace(one, decision_id=f"d{place}") for place, one in enumerate(_DECISIONS)]


def _read() -> Logged:
    reader = JoinedReader(catalogue=served_order(), with_contexts=True)
    half = len(_DECISIONS) // 2
    return joined_logged(list(reader.read([served_batch(_DECISIONS[:half]), served_batch(_DECISIONS[half:])])))


_LOGGED = _read()


@settings(max_examples=30, deadline=None)
@given(
    exploration=st.sampled_from(EVERY),
    floor=st.sampled_from([0.0, 0.01, 0.3]),
    limits=st.lists(st.sampled_from(LIMITS), max_size=3),
)
def test_a_policy_on_a_log_has_the_probabilities_of_each_decision(
    exploration: Exploration, floor: float, limits: list[ExplorationLimit]
) -> None:
    """Whatever the exploration, floor and limits, all decisions at once get bit for bit what each gets by itself."""
    policy = Policy(portfolio_id="shop", exploration=exploration, floor=floor, limits=tuple(limits))
    found = policy_on_log(_LOGGED, policy, SHOP.context_schema)

    expected = [policy_probabilities(one, policy, SHOP, campaigns_of(one))[0] for one in _DECISIONS]
    assert np.concatenate(expected).tobytes() == found.tobytes()


def test_a_policy_without_predictions_is_not_guessed() -> None:
    """Where no model predicted, a policy that compares rewards has no known probabilities, and a uniform one has its own."""
    blank = structs.replace(_DECISIONS[0], predicted_rewards=(), predicted_deviations=())
    [logged] = JoinedReader().read([served_batch([blank, _DECISIONS[1]])])
    first = len(blank.eligible)

    greedy = policy_on_log(logged, Policy(portfolio_id="shop", exploration=Greedy()))
    equal = policy_on_log(logged, Policy(portfolio_id="shop", exploration=Uniform()))

    assert np.isnan(greedy[:first]).all()
    assert np.isfinite(greedy[first:]).all()
    assert np.isfinite(equal).all()


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (Policy(portfolio_id="shop", exploration=FixedPriority()), "the fixed order"),
        (Policy(portfolio_id="shop", exploration=EXCLUSIVE), "the contexts"),
        (Policy(portfolio_id="shop", limits=LIMITS), "the fixed order"),
    ],
)
def test_what_the_log_lacks_is_named(policy: Policy, text: str) -> None:
    """A policy that depends on what was not read is refused by its name."""
    [logged] = JoinedReader().read([served_batch(_DECISIONS)])
    with pytest.raises(LogRefused, match=text):
        policy_on_log(logged, policy)
