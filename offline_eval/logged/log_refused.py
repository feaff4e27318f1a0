"""The error of a log that cannot be evaluated."""

from __future__ import annotations

from banditsvc.usage_error import UsageError


class LogRefused(UsageError):
    """A log cannot be read, or what is at fault in it is too much to go on. The text says what, where, and the remedy."""
