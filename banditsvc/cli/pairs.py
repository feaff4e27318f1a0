"""Options of the form name=value."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.cli.command_failure import USAGE, CommandFailure


def split_pairs(option: str, pairs: Sequence[str]) -> list[tuple[str, str]]:
    """Returns name and value of each pair.

    Raises:
        CommandFailure: A pair has no equals sign or no name.
    """
    split = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise CommandFailure(f"{option} {pair!r} is not of the form name=value", USAGE)
        split.append((name, value))
    return split


def number_of(option: str, text: str) -> float:
    """Returns the number that a text is.

    Raises:
        CommandFailure: It is none.
    """
    try:
        return float(text)
    except ValueError:
        raise CommandFailure(f"{option}: {text!r} is not a number", USAGE) from None
