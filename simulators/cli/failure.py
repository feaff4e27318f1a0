"""Failures as the commands report them: a message without a stack trace, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from banditsvc.core.errors import InvalidRequest
from banditsvc.usage_error import UsageError
from simulators.errors import SimulationError

FAILED = 1
"""Exit code: something went wrong on the way; what is finished is kept."""
USAGE = 2
"""Exit code: options or files are not usable; nothing was done."""


def failure(message: str, exit_code: int) -> typer.Exit:
    """Writes a message to standard error, and returns what ends the command when it is raised."""
    typer.echo(f"error: {message}", err=True)
    return typer.Exit(exit_code)


@contextmanager
def reported() -> Iterator[None]:
    """Turns every foreseeable error into a message and an exit code."""
    try:
        yield
    except InvalidRequest as error:
        faults = "\n".join(f"  {violation.field}: {violation.description}" for violation in error.violations)
        raise failure(f"malformed:\n{faults}", USAGE) from None
    except UsageError as error:
        raise failure(str(error), USAGE) from None
    except SimulationError as error:
        raise failure(str(error), FAILED) from None
