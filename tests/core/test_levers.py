"""Levers: which way they move a reward."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import GREATEST_LEVER, LEAST_LEVER
from banditsvc.core.levers import weighted_rewards


@settings(max_examples=100, deadline=None, derandomize=True)
@given(predicted=st.floats(-1e6, 1e6), lever=st.floats(LEAST_LEVER, GREATEST_LEVER))
def test_a_greater_lever_never_lowers(predicted: float, lever: float) -> None:
    """A lever above 1 raises a reward or leaves 0, one below 1 lowers it or leaves 0, and one of 1 changes no bit."""
    found = weighted_rewards(np.array([[predicted, predicted]]), np.array([[lever, 1.0]]))
    direction = float(np.sign(lever - 1.0))
    assert (found[0, 0] - predicted) * direction >= 0.0
    assert np.array([predicted]).tobytes() == found[0, 1:].tobytes()


def test_a_price_is_taken_from_the_weighted_reward() -> None:
    """The lever comes first, and a price below 0 gives."""
    found = weighted_rewards(np.array([[0.5, -0.5]]), np.array([[2.0, 2.0]]), np.array([[0.25, -0.5]]))
    assert [[0.75, 0.25]] == found.tolist()


def test_no_levers_are_ones() -> None:
    """None stands for a lever of 1 everywhere: the rewards themselves."""
    predicted = np.array([[0.5, -0.5]])
    assert weighted_rewards(predicted, None) is predicted
    expected = [[1.0, -0.25]]
    assert expected == weighted_rewards(predicted, np.array([[2.0, 2.0]])).tolist()
