"""Moments given as options."""

from __future__ import annotations

from datetime import datetime

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.plain.values import parse_time


def moment(option: str, text: str | None) -> datetime | None:
    """Returns the moment that an option names (RFC 3339), None where it was not given.

    Raises:
        CommandFailure: It is none.
    """
    try:
        return None if text is None else parse_time(text)
    except ValueError as error:
        raise CommandFailure(f"{option}: {error}", USAGE) from None
