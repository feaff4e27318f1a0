"""Policies as one writes them on a command line."""

from __future__ import annotations

import pytest

from banditsvc.v1.policy_pb2 import EpsilonGreedy, FixedPriority, Greedy, Policy, SquareCb, Uniform
from simulators.policy_text import parse_policy

FORMS = {
    "default": None,
    "greedy": Policy(greedy=Greedy()),
    "uniform": Policy(uniform=Uniform()),
    "fixed_priority": Policy(fixed_priority=FixedPriority()),
    "epsilon_greedy:0.1": Policy(epsilon_greedy=EpsilonGreedy(epsilon=0.1)),
    "square_cb": Policy(square_cb=SquareCb()),
    "square_cb:10": Policy(square_cb=SquareCb(gamma_scale=10.0)),
    "square_cb:10:0.5": Policy(square_cb=SquareCb(gamma_scale=10.0, gamma_exponent=0.5)),
    "square_cb:10:0.5:7": Policy(square_cb=SquareCb(gamma_scale=10.0, gamma_exponent=0.5, count_cap=7)),
    "square_cb:10:0.5:7:0.3": Policy(
        square_cb=SquareCb(gamma_scale=10.0, gamma_exponent=0.5, count_cap=7, optimism=0.3)
    ),
}


@pytest.mark.parametrize("text", FORMS)
def test_each_form_is_its_policy(text: str) -> None:
    """Each form gives the policy that it names; the default gives none."""
    assert FORMS[text] == parse_policy(text)


@pytest.mark.parametrize(
    "text", ["", "cover", "greedy:1", "epsilon_greedy", "square_cb:1:2:3:4:5", "square_cb:1:0.5:1.5", "square_cb:nan"]
)
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    """A text that is no policy is refused, and the message lists the forms."""
    with pytest.raises(ValueError, match="is no policy: write default, greedy"):
        parse_policy(text)
