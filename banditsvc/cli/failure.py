"""Failures as the command line reports them: clear lines, no stack trace, an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from banditsvc.apply import ApplyError
from banditsvc.call_failure import failure_of
from banditsvc.config import ConfigError
from banditsvc.core.errors import BanditError, InvalidRequest
from banditsvc.import_files import ColumnError, FileError

FAILED = 1
"""Exit code: the service refused or failed, or some rows were rejected."""
USAGE = 2
"""Exit code: options, settings or files are not usable; nothing was done."""


class CommandFailure(Exception):
    """Ends a command with a message for the user and an exit code."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        self.exit_code = exit_code
        super().__init__(message)


@contextmanager
def reported(server: str = "") -> Iterator[None]:
    """Turns every foreseeable error into a CommandFailure; server is named where it does not answer."""
    try:
        yield
    except grpc.RpcError as error:
        raise CommandFailure(_explain_call(error, server)) from error
    except InvalidRequest as error:
        lines = "\n".join(f"  {violation.field}: {violation.description}" for violation in error.violations)
        raise CommandFailure(f"malformed:\n{lines}", USAGE) from error
    except (ApplyError, ColumnError, ConfigError, FileError) as error:
        raise CommandFailure(str(error), USAGE) from error
    except BanditError as error:
        raise CommandFailure(str(error)) from error


def report(failure: CommandFailure) -> None:
    """Writes a failure to standard error."""
    sys.stderr.write(f"error: {failure}\n")


def _explain_call(error: grpc.RpcError, server: str) -> str:
    failure = failure_of(error)
    if failure.code is grpc.StatusCode.UNAVAILABLE:
        return (
            f"no service answers at {server} ({failure.message}). "
            "Start one with `banditsvc serve`, or name another with --server."
        )
    if failure.code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return f"the service at {server} did not answer in time; repeating the command is safe"
    if failure.code is grpc.StatusCode.UNIMPLEMENTED and failure.message.startswith("Method not found"):
        return f"the service at {server} does not offer this: {failure.message}"
    return str(failure)
