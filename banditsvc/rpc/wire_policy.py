"""Policies: protobuf to core value and back."""

from __future__ import annotations

from typing import Any

from banditsvc.core.exploration import EpsilonGreedy, Exploration, FixedPriority, Greedy, SquareCB, Uniform
from banditsvc.core.policy import Policy
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_number import read_number
from banditsvc.rpc.wire_text import read_id, read_prose
from banditsvc.rpc.wire_time import write_time
from banditsvc.v1 import policy_pb2 as pb

MOST_DESCRIPTION = 1024
MOST_COUNT_CAP = 10**12
MOST_GAMMA_SCALE = 1e9


def read_policy(message: pb.Policy) -> Policy:
    """Returns a policy as a caller wants it, without a version.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    portfolio_id = read_id(message.portfolio_id, "policy.portfolio_id", faults)
    exploration = _read_exploration(message, faults)
    floor = read_number(message.floor, 0.0, 1.0, "policy.floor", faults)
    description = read_prose(message.description, "policy.description", faults, MOST_DESCRIPTION)
    faults.raise_if_any()
    return Policy(portfolio_id=portfolio_id, exploration=exploration, floor=floor, description=description)


def write_policy(recorded: Recorded[Policy]) -> pb.Policy:
    """Returns a stored policy as a message."""
    policy = recorded.value
    return pb.Policy(
        portfolio_id=policy.portfolio_id,
        policy_version=policy.policy_version,
        floor=policy.floor,
        description=policy.description,
        create_time=write_time(recorded.record_time_us),
        **_exploration_fields(policy.exploration),
    )


def _read_exploration(message: pb.Policy, faults: Faults) -> Exploration:
    kind = message.WhichOneof("exploration")
    if kind == "greedy":
        return Greedy()
    if kind == "uniform":
        return Uniform()
    if kind == "epsilon_greedy":
        epsilon = message.epsilon_greedy.epsilon
        return EpsilonGreedy(epsilon=read_number(epsilon, 0.0, 1.0, "policy.epsilon_greedy.epsilon", faults))
    if kind == "square_cb":
        return _read_square_cb(message.square_cb, faults)
    if kind is None:
        faults.add("policy", "must have one of greedy, uniform, epsilon_greedy, square_cb, fixed_priority")
    return FixedPriority()


def _read_square_cb(message: pb.SquareCb, faults: Faults) -> SquareCB:
    defaults = SquareCB()
    scale = message.gamma_scale if message.HasField("gamma_scale") else defaults.gamma_scale
    exponent = message.gamma_exponent if message.HasField("gamma_exponent") else defaults.gamma_exponent
    if not 0.0 < scale <= MOST_GAMMA_SCALE:
        faults.add("policy.square_cb.gamma_scale", f"must be above 0 and at most {MOST_GAMMA_SCALE:,.15g}")
    read_number(exponent, 0.0, 1.0, "policy.square_cb.gamma_exponent", faults)
    count_cap = message.count_cap if message.HasField("count_cap") else defaults.count_cap
    if not 1 <= count_cap <= MOST_COUNT_CAP:
        faults.add("policy.square_cb.count_cap", f"must be from 1 to {MOST_COUNT_CAP:,}")
    return SquareCB(gamma_scale=scale, gamma_exponent=exponent, count_cap=count_cap)


def _exploration_fields(exploration: Exploration) -> dict[str, Any]:
    match exploration:
        case Greedy():
            return {"greedy": pb.Greedy()}
        case Uniform():
            return {"uniform": pb.Uniform()}
        case EpsilonGreedy():
            return {"epsilon_greedy": pb.EpsilonGreedy(epsilon=exploration.epsilon)}
        case SquareCB():
            return {
                "square_cb": pb.SquareCb(
                    gamma_scale=exploration.gamma_scale,
                    gamma_exponent=exploration.gamma_exponent,
                    count_cap=exploration.count_cap,
                )
            }
        case FixedPriority():
            return {"fixed_priority": pb.FixedPriority()}
        case _:
            raise TypeError(f"no message for {type(exploration).__name__}")
