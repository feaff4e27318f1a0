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

notes = Console(stderr=True, highlight=False)
"""For what is no result: progress, questions, remarks."""


def write_json(value: object) -> None:
    """Writes a message, or plain values, as JSON with the field names of the contract."""
    plain = json_values(value) if isinstance(value, Message) else value
    print(json.dumps(plain, indent=2, ensure_ascii=False))  # noqa: T201 - this is the command's result


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Writes a table; columns whose name starts with > are aligned to the right."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    out = Console(highlight=False)
    # A pipe has no width of its own; lines must not be cut there.
    out.width = out.width if out.is_terminal else 1000
    out.print(table)


def write_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Writes names and values, one pair a line."""
    table = Table.grid(padding=(0, 2))
    for name, value in fields:
        table.add_row(Text(name), Text(str(value)))
    out = Console(highlight=False)
    out.width = out.width if out.is_terminal else 1000
    out.print(table)


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
