"""A policy's exploration on one line."""

from __future__ import annotations

from banditsvc.plain.show import plain_fields
from banditsvc.v1 import policy_pb2


def exploration_text(policy: policy_pb2.Policy) -> str:
    """Returns how a policy explores, such as `epsilon_greedy(epsilon=0.1)`; `-` where it does not say.

    Of mutually exclusive rules it is their number.
    """
    kind = policy.WhichOneof("exploration")
    if kind is None:
        return "-"
    if kind == "exclusive_rules":
        count = len(policy.exclusive_rules.rules)
        return f"exclusive_rules({count} {'rule' if count == 1 else 'rules'})"
    settings = ", ".join(f"{name}={value}" for name, value in plain_fields(getattr(policy, kind)).items())
    return f"{kind}({settings})" if settings else kind
