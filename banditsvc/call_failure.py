"""What a failed call says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status


@dataclass(frozen=True, slots=True)
class CallFailure:
    """Code, message and faulty fields of a refused or failed call."""

    code: grpc.StatusCode
    message: str
    fields: tuple[tuple[str, str], ...] = ()
    """Path and description of each field at fault."""

    def __str__(self) -> str:
        """Returns the message, and each field at fault on a line of its own."""
        if not self.fields:
            return self.message
        return "\n".join(["the request is malformed:", *(f"  {path}: {text}" for path, text in self.fields)])


def failure_of(error: grpc.RpcError) -> CallFailure:
    """Returns what an error of a synchronous or asyncio call says."""
    call: Any = error  # a grpc.RpcError that a call raises is the call itself
    status = rpc_status.from_call(call)
    fields = fields_at_fault(status) if status is not None else ()
    return CallFailure(call.code(), call.details() or call.code().name, fields)


def fields_at_fault(status: Status) -> tuple[tuple[str, str], ...]:
    """Returns path and description of each field that a status names (google.rpc.BadRequest)."""
    fields: list[tuple[str, str]] = []
    for detail in status.details:
        bad_request = error_details_pb2.BadRequest()
        if detail.Is(bad_request.DESCRIPTOR) and detail.Unpack(bad_request):
            fields += [(violation.field, violation.description) for violation in bad_request.field_violations]
    return tuple(fields)
