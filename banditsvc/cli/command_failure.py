"""Command failures: what ends a command, its message and its exit code."""

from __future__ import annotations

import sys

FAILED = 1
"""Exit code: the service refused or failed, or some rows were rejected."""
USAGE = 2
"""Exit code: options, settings or files are not usable; nothing was done."""


class CommandFailure(Exception):
    """Ends a command with a message for the user and an exit code."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        self.exit_code = exit_code
        super().__init__(message)


def report(failure: CommandFailure) -> None:
    """Writes a failure to standard error."""
    sys.stderr.write(f"error: {failure}\n")
