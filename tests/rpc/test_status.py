"""Errors as callers see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import pytest
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2

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
from banditsvc.rpc.status import STATUS, internal_status, retry_seconds, status_of

ONE_OF_EACH: list[tuple[BanditError, int, str]] = [
    (InvalidRequest([FieldViolation("a", "is required")]), code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST"),
    (NotFound("campaign", "sale"), code_pb2.NOT_FOUND, "NOT_FOUND"),
    (AlreadyExists("decision", "d1", "another customer"), code_pb2.ALREADY_EXISTS, "ALREADY_EXISTS"),
    (FailedPrecondition("ALREADY_SENT", "it was sent"), code_pb2.FAILED_PRECONDITION, "ALREADY_SENT"),
    (VersionMismatch("portfolio", "shop", 1, 2), code_pb2.ABORTED, "VERSION_MISMATCH"),
    (Unsupported("not yet"), code_pb2.UNIMPLEMENTED, "UNSUPPORTED"),
    (LogUnavailable("try again"), code_pb2.UNAVAILABLE, "LOG_UNAVAILABLE"),
    (LogFull("disk full"), code_pb2.RESOURCE_EXHAUSTED, "LOG_FULL"),
    (RecordDamaged("a record cannot be read"), code_pb2.DATA_LOSS, "RECORD_DAMAGED"),
    (Overloaded(1024), code_pb2.RESOURCE_EXHAUSTED, "OVERLOADED"),
]


def classes_below(kind: type[BanditError]) -> Iterator[type[BanditError]]:
    """Gives all classes below one."""
    for below in kind.__subclasses__():
        yield below
        yield from classes_below(below)


M = TypeVar("M", bound=Message)


def detail_of(error: BanditError, kind: type[M]) -> list[M]:
    """Returns the details of a kind."""
    found = []
    for packed in status_of(error).details:
        detail = kind()
        if packed.Unpack(detail):
            found.append(detail)
    return found


def test_every_error_has_a_status() -> None:
    """Every class of error is in the table, and one of each is tried here."""
    known = {kind for kind in classes_below(BanditError) if kind.__module__.startswith("banditsvc.")}
    assert known == set(STATUS) == {type(error) for error, _, _ in ONE_OF_EACH}


@pytest.mark.parametrize(("error", "code", "reason"), ONE_OF_EACH, ids=lambda value: type(value).__name__)
def test_code_and_reason(error: BanditError, code: int, reason: str) -> None:
    """Each error has its code, and one ErrorInfo with a reason in the form of AIP-193 and our domain."""
    assert code == status_of(error).code
    infos = detail_of(error, error_details_pb2.ErrorInfo)
    assert [(reason, "banditsvc")] == [(info.reason, info.domain) for info in infos]
    assert re.fullmatch("[A-Z][A-Z0-9_]+[A-Z0-9]", reason)


def test_bad_request_lists_all_fields() -> None:
    """An InvalidRequest carries every violation in a BadRequest."""
    violations = [FieldViolation(f"f{i}", "is required") for i in range(20)]
    [bad] = detail_of(InvalidRequest(violations), error_details_pb2.BadRequest)
    assert [(v.field, v.description) for v in violations] == [(v.field, v.description) for v in bad.field_violations]


def test_a_status_fits_into_the_metadata() -> None:
    """However many fields are at fault, the status stays below gRPC's 8 KiB and says how many it leaves out."""
    violations = [FieldViolation(f"candidates[{i}].inline.campaign_id", "is required") for i in range(500)]
    status = status_of(InvalidRequest(violations))
    assert status.ByteSize() * 4 / 3 < 7_500
    [bad] = detail_of(InvalidRequest(violations), error_details_pb2.BadRequest)
    shown = len(bad.field_violations)
    assert f"and {500 - shown} more: is required" == bad.field_violations[-1].description


def test_retry_info_only_where_it_helps() -> None:
    """Callers are asked to try again when the log or the server is busy, and not when the disk is full."""
    retried = {type(error) for error, _, _ in ONE_OF_EACH if retry_seconds(status_of(error)) is not None}
    assert {LogUnavailable, Overloaded} == retried


def test_the_unforeseen_says_nothing() -> None:
    """An unforeseen error shows the id under which it is logged, and nothing else."""
    status = internal_status("abc123")
    assert (code_pb2.INTERNAL, "internal error; it is in the server's log under abc123") == (
        status.code,
        status.message,
    )
