"""Options for one row or for a file of rows, never for both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from banditsvc.cli.command_failure import USAGE, CommandFailure


def check_one_or_many(file: Path | None, of_one: Mapping[str, object], of_many: Mapping[str, object]) -> None:
    """Checks that options fit together.

    Args:
        file: The file of rows, if any.
        of_one: Values by option, those that describe one row; None and False were not given.
        of_many: Values by option, those that need a file.

    Raises:
        CommandFailure: A file comes with options of one row, or there is none and options need it.
    """
    wrong = [option for option, value in (of_one if file else of_many).items() if value not in (None, False)]
    if not wrong:
        return
    if file:
        hint = "take the values from columns (--map field=column), or give one for all rows (--set field=value)"
        raise CommandFailure(f"{', '.join(wrong)} cannot go with --file: {hint}", USAGE)
    raise CommandFailure(f"{', '.join(wrong)} need --file", USAGE)
