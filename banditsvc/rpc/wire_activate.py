"""Activations: protobuf to core value and back."""

from __future__ import annotations

from typing import Any

from banditsvc.core.activation import ActivationState, ActivationStatus
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_number import require_enum
from banditsvc.rpc.wire_text import read_id, read_label, read_prose, refuse_dry_run
from banditsvc.rpc.wire_time import read_time
from banditsvc.serving.activating import ActivateCall
from banditsvc.v1 import ranking_pb2 as pb

MOST_REASON = 256

# SUPERSEDED is set by a later Rank and never by a caller.
_STATES = {s.value: s for s in (ActivationState.SENT, ActivationState.NOT_SENT, ActivationState.REPLACED_BY)}


def read_activate(request: pb.ActivateRequest) -> ActivateCall:
    """Returns what a caller says of a decision.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    decision_id = read_id(request.decision_id, "decision_id", faults)
    refuse_dry_run(decision_id, "decision_id", faults)
    state = require_enum(_STATES, request.state, "state", faults)
    activate_time_us = None
    if request.HasField("activate_time"):
        activate_time_us = read_time(request.activate_time, "activate_time", faults)
    replaced_by = _read_replaced_by(request, state, faults)
    reason = read_prose(request.reason, "reason", faults, MOST_REASON)
    if reason and state not in (None, ActivationState.NOT_SENT):
        faults.add("reason", "is for NOT_SENT alone")
    faults.raise_if_any()
    assert state is not None  # None is a fault, raised above
    return ActivateCall(
        decision_id=decision_id, state=state, activate_time_us=activate_time_us, replaced_by=replaced_by, reason=reason
    )


def activate_answer_fields(status: ActivationStatus) -> dict[str, Any]:
    """Returns the members of an ActivateResponse."""
    return {"status": status.value}


def _read_replaced_by(request: pb.ActivateRequest, state: ActivationState | None, faults: Faults) -> str:
    path = "replaced_by_campaign_id"
    if state is ActivationState.REPLACED_BY:
        return read_id(request.replaced_by_campaign_id, path, faults)
    if request.replaced_by_campaign_id and state is not None:
        faults.add(path, "is for REPLACED_BY alone")
    return read_label(request.replaced_by_campaign_id, path, faults)
