"""Policies as one writes them on a command line: `greedy`, `epsilon_greedy:0.1`, `square_cb:10:0.5`."""

from __future__ import annotations

import math

from banditsvc.v1.policy_pb2 import EpsilonGreedy, FixedPriority, Greedy, Policy, Softmax, SquareCb, Thompson, Uniform

DEFAULT_POLICY = "default"
"""Leaves the policy with which the service makes a portfolio."""

POLICY_FORMS = (
    "default, greedy, uniform, fixed_priority, epsilon_greedy:EPSILON, thompson[:SCALE], softmax[:TEMPERATURE] or "
    "square_cb[:SCALE[:EXPONENT[:COUNT_CAP[:OPTIMISM]]]]"
)
"""What can be written."""

_WITHOUT_NUMBERS: dict[str, Policy | None] = {
    DEFAULT_POLICY: None,
    "greedy": Policy(greedy=Greedy()),
    "uniform": Policy(uniform=Uniform()),
    "fixed_priority": Policy(fixed_priority=FixedPriority()),
    "square_cb": Policy(square_cb=SquareCb()),
    "thompson": Policy(thompson=Thompson()),
    "softmax": Policy(softmax=Softmax()),
}


def parse_policy(text: str) -> Policy | None:
    """Returns the policy of a text, without a portfolio; None for the default one.

    Raises:
        ValueError: The text is no policy; the message lists the forms.
    """
    name, *parts = text.strip().split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        raise _no_policy(text) from None
    if not all(math.isfinite(number) for number in numbers):
        raise _no_policy(text)
    if not numbers and name in _WITHOUT_NUMBERS:
        return _WITHOUT_NUMBERS[name]
    match name, numbers:
        case "epsilon_greedy", [epsilon]:
            return Policy(epsilon_greedy=EpsilonGreedy(epsilon=epsilon))
        case "thompson", [scale]:
            return Policy(thompson=Thompson(scale=scale))
        case "softmax", [temperature]:
            return Policy(softmax=Softmax(temperature=temperature))
        case "square_cb", [scale]:
            return Policy(square_cb=SquareCb(gamma_scale=scale))
        case "square_cb", [scale, exponent]:
            return Policy(square_cb=SquareCb(gamma_scale=scale, gamma_exponent=exponent))
        case "square_cb", [scale, exponent, cap, *optimism] if cap == int(cap) and len(optimism) <= 1:
            return Policy(
                square_cb=SquareCb(
                    gamma_scale=scale, gamma_exponent=exponent, count_cap=int(cap), optimism=sum(optimism)
                )
            )
        case _:
            raise _no_policy(text)


def _no_policy(text: str) -> ValueError:
    return ValueError(f"{text!r} is no policy: write {POLICY_FORMS}")
