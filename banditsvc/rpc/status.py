"""Errors to google.rpc.Status (AIP-193): one table from class to code and reason."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from banditsvc.core.errors import (
    AlreadyExists,
    BanditError,
    FailedPrecondition,
    FieldViolation,
    InvalidRequest,
    LogFull,
    LogUnavailable,
    NotFound,
    RecordDamaged,
    Unsupported,
    VersionMismatch,
)
from banditsvc.rpc.overloaded import Overloaded

DOMAIN = "banditsvc"
RETRY_SECONDS = 1

STATUS: dict[type[BanditError], tuple[int, str]] = {
    InvalidRequest: (code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST"),
    NotFound: (code_pb2.NOT_FOUND, "NOT_FOUND"),
    AlreadyExists: (code_pb2.ALREADY_EXISTS, "ALREADY_EXISTS"),
    FailedPrecondition: (code_pb2.FAILED_PRECONDITION, "FAILED_PRECONDITION"),
    VersionMismatch: (code_pb2.ABORTED, "VERSION_MISMATCH"),
    Unsupported: (code_pb2.UNIMPLEMENTED, "UNSUPPORTED"),
    RecordDamaged: (code_pb2.DATA_LOSS, "RECORD_DAMAGED"),
    LogUnavailable: (code_pb2.UNAVAILABLE, "LOG_UNAVAILABLE"),
    LogFull: (code_pb2.RESOURCE_EXHAUSTED, "LOG_FULL"),
    Overloaded: (code_pb2.RESOURCE_EXHAUSTED, "OVERLOADED"),
}
"""Code and reason of every error. A FailedPrecondition carries its own reason."""

_RETRYABLE = (LogUnavailable, Overloaded)
_LONGEST_MESSAGE = 400
# A status travels in trailing metadata, of which gRPC accepts 8 KiB by default; in base64 this is two thirds of it.
_MOST_VIOLATION_BYTES = 4_000


def status_of(error: BanditError) -> status_pb2.Status:
    """Returns the status of an error, with ErrorInfo, and BadRequest or RetryInfo where they apply."""
    code, reason = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if isinstance(error, FailedPrecondition):
        reason = error.reason
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=_metadata(error))
    details: list[Message] = [info]
    if isinstance(error, InvalidRequest):
        details.append(_bad_request(error.violations))
    if isinstance(error, _RETRYABLE) and not isinstance(error, LogFull):
        details.append(error_details_pb2.RetryInfo(retry_delay={"seconds": RETRY_SECONDS}))
    return status_pb2.Status(code=code, message=_shortened(str(error)), details=[_packed(d) for d in details])


def retry_seconds(status: status_pb2.Status) -> float | None:
    """Returns how long a caller is asked to wait before it tries again, None where that would not help."""
    info = error_details_pb2.RetryInfo()
    for detail in status.details:
        if detail.Unpack(info):
            return float(info.retry_delay.ToMilliseconds() / 1000)
    return None


def internal_status(error_id: str) -> status_pb2.Status:
    """Returns the status of an error that nobody foresaw: fixed text, and the id under which it is logged."""
    info = error_details_pb2.ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"errorId": error_id})
    message = f"internal error; it is in the server's log under {error_id}"
    return status_pb2.Status(code=code_pb2.INTERNAL, message=message, details=[_packed(info)])


def _metadata(error: BanditError) -> dict[str, str]:
    """Returns the parts of the message that vary, as AIP-193 asks."""
    if isinstance(error, (NotFound, AlreadyExists)):
        return {"kind": error.kind, "name": error.name[:_LONGEST_MESSAGE]}
    return {}


def _bad_request(violations: Sequence[FieldViolation]) -> error_details_pb2.BadRequest:
    detail = error_details_pb2.BadRequest()
    size = 0
    for count, violation in enumerate(violations):
        size += len(violation.field.encode()) + len(violation.description.encode()) + 8
        if size > _MOST_VIOLATION_BYTES:
            left = len(violations) - count
            detail.field_violations.add(
                field=violation.field, description=f"and {left - 1} more: {violation.description}"
            )
            break
        detail.field_violations.add(field=violation.field, description=violation.description)
    return detail


def _shortened(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 3] + "..."


def _packed(message: Message) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed
