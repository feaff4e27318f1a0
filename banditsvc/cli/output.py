"""What commands write: tables and JSON to standard output, notes and progress to standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from google.protobuf.message import Message
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from banditsvc.plain import json_values

notes = Console(stderr=True, highlight=False, emoji=False)
"""For what is no result: progress, questions, remarks."""


_GREAT = 10_000.0
"""Below it four digits are enough without an exponent."""


def write_json(value: object) -> None:
    """Writes a message, or plain values, as JSON with the field names of the contract."""
    plain = json_values(value) if isinstance(value, Message) else value
    print(json.dumps(plain, indent=2, ensure_ascii=False))  # noqa: T201 - this is the command's result


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Writes a table; columns whose name starts with > are aligned to the right."""
    table = empty_table(*columns, header_style="bold")
    table.title, table.title_justify = title or None, "left"
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    results().print(table)


def write_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Writes names and values, one pair a line."""
    table = Table.grid(padding=(0, 2))
    for name, value in fields:
        table.add_row(Text(name), Text(str(value)))
    results().print(table)


def counted(number: int, what: str) -> str:
    """Returns a number of things, such as "1 row" or "1,200 rows"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def short_number(value: float) -> str:
    """Returns a number with four significant digits, whole ones of more digits as they are; JSON has all of them."""
    return f"{value:.4g}" if abs(value) < _GREAT else f"{value:.0f}"


def empty_table(*columns: str, header_style: str = "dim") -> Table:
    """Returns a table without rows; columns whose name starts with > are aligned to the right."""
    table = Table(box=None, pad_edge=False, header_style=header_style)
    for column in columns:
        table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
    return table


def results(width: int = 1000) -> Console:
    """Returns the console for results. A pipe has no width of its own: lines are cut at this one there."""
    console = Console(highlight=False, emoji=False)
    console.width = console.width if console.is_terminal else width
    return console


def progress_bar() -> Progress:
    """Returns a progress bar that goes away when it is done and shows nothing where there is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=notes,
        transient=True,
        disable=not notes.is_terminal,
    )
