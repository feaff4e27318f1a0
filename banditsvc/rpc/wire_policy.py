"""Policies: protobuf to core value and back."""

from __future__ import annotations

from typing import Any

from banditsvc.core.context import LifecycleStage
from banditsvc.core.exploration import (
    EXPLORATIONS,
    EpsilonGreedy,
    ExclusiveRules,
    Exploration,
    FixedPriority,
    Greedy,
    Softmax,
    SquareCB,
    Thompson,
    Uniform,
)
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_labels import read_labels, read_members
from banditsvc.rpc.wire_number import enum_number, members_of, read_number
from banditsvc.rpc.wire_rules import read_exclusive_rules, write_exclusive_rules
from banditsvc.rpc.wire_text import read_id, read_label, read_prose
from banditsvc.rpc.wire_time import write_time
from banditsvc.v1 import policy_pb2 as pb

MOST_DESCRIPTION = 1024
MOST_COUNT_CAP = 10**12
MOST_GAMMA_SCALE = 1e9
MOST_OPTIMISM = 100.0
MOST_THOMPSON_SCALE = 100.0
MOST_TEMPERATURE = 1e6
MOST_LIMITS = 50
MOST_OVERRIDE_REASON = 256
MOST_SEGMENTS = 100
MOST_CAMPAIGNS = 500

WITHOUT_LIMITS = ("fixed_priority", "exclusive_rules")
"""Explorations that do not choose the model's best, to which limits would move their shares."""

_STAGES = members_of(LifecycleStage)


def read_policy(message: pb.Policy) -> Policy:
    """Returns a policy as a caller wants it, without a version.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    policy = read_policy_at(message, "policy", faults)
    faults.raise_if_any()
    return policy


def read_policy_at(message: pb.Policy, path: str, faults: Faults) -> Policy:
    """Returns a policy like read_policy; faults name fields below the path."""
    kind = message.WhichOneof("exploration")
    if message.limits and kind in WITHOUT_LIMITS:
        faults.add(
            f"{path}.limits",
            f"must be empty with {kind}: a limit moves shares to the model's best, which {kind} does not choose",
        )
    return Policy(
        portfolio_id=read_id(message.portfolio_id, f"{path}.portfolio_id", faults),
        exploration=_read_exploration(message, path, faults),
        floor=read_number(message.floor, 0.0, 1.0, f"{path}.floor", faults),
        description=read_prose(message.description, f"{path}.description", faults, MOST_DESCRIPTION),
        limits=_read_limits(message, f"{path}.limits", faults),
    )


def read_override_reason(text: str, path: str, faults: Faults) -> str:
    """Returns why something goes live without a certificate, empty for no reason."""
    return read_label(text.strip(), path, faults, MOST_OVERRIDE_REASON)


def write_policy(recorded: Recorded[Policy]) -> pb.Policy:
    """Returns a stored policy as a message, without its standing."""
    policy = recorded.value
    return pb.Policy(
        portfolio_id=policy.portfolio_id,
        policy_version=policy.policy_version,
        floor=policy.floor,
        description=policy.description,
        create_time=write_time(recorded.record_time_us),
        limits=[
            pb.ExplorationLimit(
                segments=limit.segments,
                lifecycle_stages=[enum_number(stage) for stage in limit.lifecycle_stages],
                campaign_ids=limit.campaign_ids,
                max_share=limit.max_share,
            )
            for limit in policy.limits
        ],
        **_exploration_fields(policy.exploration),
    )


def _read_exploration(message: pb.Policy, path: str, faults: Faults) -> Exploration:
    kind = message.WhichOneof("exploration")
    if kind == "greedy":
        return Greedy()
    if kind == "uniform":
        return Uniform()
    if kind == "epsilon_greedy":
        epsilon = message.epsilon_greedy.epsilon
        return EpsilonGreedy(epsilon=read_number(epsilon, 0.0, 1.0, f"{path}.epsilon_greedy.epsilon", faults))
    if kind == "square_cb":
        return _read_square_cb(message.square_cb, f"{path}.square_cb", faults)
    if kind == "thompson":
        scale = message.thompson.scale if message.thompson.HasField("scale") else Thompson().scale
        return Thompson(scale=_read_above_zero(scale, MOST_THOMPSON_SCALE, f"{path}.thompson.scale", faults))
    if kind == "softmax":
        heat = message.softmax.temperature if message.softmax.HasField("temperature") else Softmax().temperature
        return Softmax(temperature=_read_above_zero(heat, MOST_TEMPERATURE, f"{path}.softmax.temperature", faults))
    if kind == "exclusive_rules":
        return read_exclusive_rules(message.exclusive_rules, f"{path}.exclusive_rules", faults)
    if kind is None:
        faults.add(path, f"must have one of {', '.join(EXPLORATIONS)}")
    return FixedPriority()


def _read_above_zero(value: float, most: float, path: str, faults: Faults) -> float:
    if not 0.0 < value <= most:
        faults.add(path, f"must be above 0 and at most {most:,.15g}")
    return value


def _read_square_cb(message: pb.SquareCb, path: str, faults: Faults) -> SquareCB:
    defaults = SquareCB()
    scale = message.gamma_scale if message.HasField("gamma_scale") else defaults.gamma_scale
    exponent = message.gamma_exponent if message.HasField("gamma_exponent") else defaults.gamma_exponent
    if not 0.0 < scale <= MOST_GAMMA_SCALE:
        faults.add(f"{path}.gamma_scale", f"must be above 0 and at most {MOST_GAMMA_SCALE:,.15g}")
    read_number(exponent, 0.0, 1.0, f"{path}.gamma_exponent", faults)
    count_cap = message.count_cap if message.HasField("count_cap") else defaults.count_cap
    if not 1 <= count_cap <= MOST_COUNT_CAP:
        faults.add(f"{path}.count_cap", f"must be from 1 to {MOST_COUNT_CAP:,}")
    read_number(message.optimism, 0.0, MOST_OPTIMISM, f"{path}.optimism", faults)
    return SquareCB(gamma_scale=scale, gamma_exponent=exponent, count_cap=count_cap, optimism=message.optimism)


def _read_limits(message: pb.Policy, path: str, faults: Faults) -> tuple[ExplorationLimit, ...]:
    if len(message.limits) > MOST_LIMITS:
        faults.add(path, f"must have at most {MOST_LIMITS} entries")
        return ()
    return tuple(_read_limit(limit, f"{path}[{place}]", faults) for place, limit in enumerate(message.limits))


def _read_limit(message: pb.ExplorationLimit, path: str, faults: Faults) -> ExplorationLimit:
    return ExplorationLimit(
        segments=read_labels(message.segments, MOST_SEGMENTS, f"{path}.segments", faults),
        lifecycle_stages=read_members(_STAGES, message.lifecycle_stages, f"{path}.lifecycle_stages", faults),
        campaign_ids=read_labels(message.campaign_ids, MOST_CAMPAIGNS, f"{path}.campaign_ids", faults),
        max_share=_read_max_share(message, f"{path}.max_share", faults),
    )


def _read_max_share(message: pb.ExplorationLimit, path: str, faults: Faults) -> float:
    if not message.HasField("max_share"):
        faults.add(path, "is required; say 0 for none")
    return read_number(message.max_share, 0.0, 1.0, path, faults)


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
                    optimism=exploration.optimism,
                )
            }
        case Thompson():
            return {"thompson": pb.Thompson(scale=exploration.scale)}
        case Softmax():
            return {"softmax": pb.Softmax(temperature=exploration.temperature)}
        case ExclusiveRules():
            return {"exclusive_rules": write_exclusive_rules(exploration)}
        case FixedPriority():
            return {"fixed_priority": pb.FixedPriority()}
        case _:
            raise TypeError(f"no message for {type(exploration).__name__}")
