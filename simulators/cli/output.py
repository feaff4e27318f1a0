"""What the commands write: results to standard output, progress to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 1000
"""Columns of a console that is none: a pipe has no width of its own, and lines are cut at this one there."""


def write(text: str) -> None:
    """Writes a result."""
    sys.stdout.write(text + "\n")


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Writes a table; columns whose name starts with > are aligned to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(highlight=False, emoji=False)
    console.width = console.width if console.is_terminal else _PIPE_WIDTH
    console.print(table)


def note(text: str) -> None:
    """Writes what is no result to standard error."""
    Console(stderr=True, highlight=False, emoji=False).print(text, markup=False, soft_wrap=True)


def progress_bar() -> Progress:
    """Returns a progress bar that goes away when it is done and shows nothing where there is no terminal."""
    console = Console(stderr=True, emoji=False)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
