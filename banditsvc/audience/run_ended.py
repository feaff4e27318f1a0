"""Runs that cannot go on, as they have ended."""

from __future__ import annotations

from banditsvc.audience.begun_run import BegunRun
from banditsvc.usage_error import UsageError


class RunEnded(UsageError):
    """A run cannot go on as it has ended. `begun` is what it was held to."""

    def __init__(self, message: str, begun: BegunRun) -> None:
        """Takes the text, and what the run was held to."""
        super().__init__(message)
        self.begun = begun


class RunCutShort(RunEnded):
    """A run has ended, and what the log has of it is not all that was asked for."""
