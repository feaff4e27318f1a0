"""Assignment specifications: protobuf to core value and back."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.times import DAY_US
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_labels import check_distinct
from banditsvc.rpc.wire_number import read_number
from banditsvc.rpc.wire_text import read_label
from banditsvc.rpc.wire_time import Allowed, read_span, write_time
from banditsvc.v1 import assignment_pb2 as pb

MOST_ENTRIES = 50
MOST_GENERATION = 10**9

_HORIZON = Allowed(DAY_US, 800 * DAY_US, "must be from 1 day to 800 days")
_SHARES = ("uniform_random", "business_as_usual", "holdout")
_ROUNDING = 1e-9


def read_assignments(messages: Sequence[pb.AssignmentSpec], path: str, faults: Faults) -> tuple[AssignmentSpec, ...]:
    """Returns how customers are divided into groups, by channel; what the service sets is left out of account."""
    if len(messages) > MOST_ENTRIES:
        faults.add(path, f"must have at most {MOST_ENTRIES} entries")
        return ()
    check_distinct([message.channel for message in messages], path, "channel", faults)
    whole = [place for place, message in enumerate(messages) if not message.channel]
    for place in whole[1:]:
        faults.add(f"{path}[{place}].channel", f"is that of {path}[{whole[0]}]: all channels")
    read = [_read_assignment(message, f"{path}[{place}]", faults) for place, message in enumerate(messages)]
    return tuple(sorted(read, key=lambda spec: spec.channel))


def write_assignments(specs: Sequence[AssignmentSpec]) -> list[pb.AssignmentSpec]:
    """Returns the specifications as messages, but for those that divide nobody any more. Their salts stay inside."""
    return [
        pb.AssignmentSpec(
            channel=spec.channel,
            uniform_random=spec.uniform_random,
            business_as_usual=spec.business_as_usual,
            holdout=spec.holdout,
            horizon=write_time(spec.horizon_us),
            generation=spec.generation,
            assignment_version=spec.assignment_version,
            start_time=write_time(spec.start_time_us) if spec.assignment_version else None,
        )
        for spec in specs
        if spec.divides
    ]


def _read_assignment(message: pb.AssignmentSpec, path: str, faults: Faults) -> AssignmentSpec:
    noted = len(faults.violations)
    for name in _SHARES:
        read_number(getattr(message, name), 0.0, 1.0, f"{path}.{name}", faults)
    total = sum(getattr(message, name) for name in _SHARES)
    if len(faults.violations) == noted and total > 1.0 + _ROUNDING:
        names = ", ".join(f"{path}.{name}" for name in _SHARES)
        faults.add(path, f"has shares that sum to {total:.6g}: {names} together must be at most 1")
    generation = message.generation or 1
    horizon_us = AssignmentSpec().horizon_us
    if message.HasField("horizon"):
        horizon_us = read_span(message.horizon, _HORIZON, f"{path}.horizon", faults)
    return AssignmentSpec(
        channel=read_label(message.channel, f"{path}.channel", faults),
        uniform_random=message.uniform_random,
        business_as_usual=message.business_as_usual,
        holdout=message.holdout,
        horizon_us=horizon_us,
        generation=read_number(generation, 1, MOST_GENERATION, f"{path}.generation", faults),
    )
