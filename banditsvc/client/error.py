"""What the service refused, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from banditsvc.core.errors import FieldViolation

_DETAILS_KEY = "grpc-status-details-bin"
_CODES = {code.value[0]: code for code in grpc.StatusCode}


class BanditsvcError(Exception):
    """The service answered with an error, or could not be reached."""

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        reason: str = "",
        violations: tuple[FieldViolation, ...] = (),
        retry_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{code.name} {reason}: {message}" if reason else f"{code.name}: {message}")
        self.code = code
        self.message = message
        self.reason = reason
        """Stable name of the cause, such as INVALID_REQUEST; empty when the service was not reached."""
        self.violations = violations
        self.retry_seconds = retry_seconds
        """When to try again, where the service said so."""


def check_status(status: status_pb2.Status) -> None:
    """Raises the BanditsvcError of one result of a batch call; a status of success raises nothing."""
    if status.code:
        raise error_of_status(status)


def error_of_status(status: status_pb2.Status) -> BanditsvcError:
    """Returns a google.rpc.Status as an exception."""
    info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    retry_seconds = None
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
        if detail.Unpack(retry):
            retry_seconds = retry.retry_delay.ToMilliseconds() / 1000
    return BanditsvcError(
        _CODES.get(status.code, grpc.StatusCode.UNKNOWN),
        status.message,
        reason=info.reason,
        violations=tuple(FieldViolation(v.field, v.description) for v in bad.field_violations),
        retry_seconds=retry_seconds,
    )


def error_of_call(error: grpc.RpcError) -> BanditsvcError:
    """Returns the error of a failed call as an exception with its details."""
    code = error.code()
    # The stubs take metadata for a tuple of opaque values.
    trailers = cast("Iterable[tuple[str, Any]]", error.trailing_metadata() or ())
    for key, value in trailers:
        if key == _DETAILS_KEY:
            try:
                return error_of_status(status_pb2.Status.FromString(value))
            except DecodeError:
                break
    return BanditsvcError(code, error.details() or "")
