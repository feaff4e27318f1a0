"""What a failed call says about itself."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from banditsvc.client.error import error_of_call


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
    """Returns what an error of a call says."""
    told = error_of_call(error)
    fields = tuple((violation.field, violation.description) for violation in told.violations)
    return CallFailure(told.code, told.message or told.code.name, fields)
