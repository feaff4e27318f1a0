"""Failures as the command line reports them: clear lines, no stack trace, an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import grpc

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.client import BanditsvcError
from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest
from banditsvc.store import StoreError
from banditsvc.usage_error import UsageError


@contextmanager
def reported(server: str = "") -> Iterator[None]:
    """Turns every foreseeable error into a CommandFailure; server is named where it does not answer."""
    try:
        yield
    except BanditsvcError as error:
        raise CommandFailure(_explain_call(error, server)) from error
    except InvalidRequest as error:
        raise CommandFailure(_malformed(error.violations), USAGE) from error
    except UsageError as error:
        raise CommandFailure(str(error), USAGE) from error
    except (BanditError, StoreError) as error:
        raise CommandFailure(str(error)) from error


def explain(error: BanditsvcError) -> str:
    """Returns what the service refused; every field at fault is on a line of its own."""
    return _malformed(error.violations) if error.violations else error.message or error.code.name


def _malformed(violations: Sequence[FieldViolation]) -> str:
    return "\n".join(["malformed:", *(f"  {violation.field}: {violation.description}" for violation in violations)])


def _explain_call(error: BanditsvcError, server: str) -> str:
    if error.code is grpc.StatusCode.UNAVAILABLE and not error.reason:
        return f"no service answers at {server}: start one with `banditsvc serve`, or name another with --server"
    if error.code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return f"the service at {server} did not answer in time; repeating the command is safe"
    if error.code is grpc.StatusCode.UNIMPLEMENTED and not error.reason:
        return f"the service at {server} does not offer this"
    return explain(error)
