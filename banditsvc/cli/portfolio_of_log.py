"""Which portfolio a command is about that reads the log itself."""

from __future__ import annotations

from pathlib import Path

from banditsvc.cli.chosen_portfolio import only_one


def portfolio_of_log(directory: Path, given: str) -> str:
    """Returns the portfolio given, or else the only one that the log in a data directory has.

    Raises:
        CommandFailure: None is given, and the log has none or several.
        StoreError: There is no log, or it cannot be read.
    """
    if given:
        return given
    # Loaded here: reading the log as tables loads Arrow.
    from banditsvc.open_log import open_log  # noqa: PLC0415

    with open_log(directory) as log:
        return only_one(log.portfolio_ids())
