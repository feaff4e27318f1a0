"""Phases: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.phase import DEFAULT_RANDOM_SHARE, Phase, PhaseSpec
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_number import choose_enum, enum_number, members_of
from banditsvc.rpc.wire_time import write_time
from banditsvc.serving.phases import PhaseView
from banditsvc.v1 import phase_pb2
from banditsvc.v1 import portfolio_pb2 as pb

_PHASES = members_of(Phase)


def read_phase_spec(message: pb.PhaseSpec, path: str, faults: Faults) -> PhaseSpec:
    """Returns who decides for customers who are optimized; what is unset has its default."""
    share = message.random_share if message.HasField("random_share") else DEFAULT_RANDOM_SHARE
    if not 0.0 < share <= 1.0:
        faults.add(f"{path}.random_share", "must be above 0 and at most 1")
    return PhaseSpec(
        phase=choose_enum(_PHASES, message.phase, Phase.POLICY, f"{path}.phase", faults), random_share=share
    )


def write_phase_spec(spec: PhaseSpec) -> pb.PhaseSpec:
    """Returns a phase specification as a message."""
    return pb.PhaseSpec(phase=enum_number(spec.phase), random_share=spec.random_share)


def write_phase_view(view: PhaseView) -> phase_pb2.GetPhaseResponse:
    """Returns where a portfolio stands as a message."""
    return phase_pb2.GetPhaseResponse(
        phase=enum_number(view.spec.phase),
        since=write_time(view.since_us),
        random_share=view.spec.random_share if view.spec.phase is Phase.RANDOM_SHARE else 0.0,
        next_phase=enum_number(view.next_phase),
        conditions=[
            phase_pb2.PhaseCondition(
                kind=enum_number(one.kind), value=one.value, least=one.least, is_met=one.is_met, text=one.text
            )
            for one in view.conditions
        ],
    )
