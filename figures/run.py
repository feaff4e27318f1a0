"""Runs a figure with a progress bar and writes its page."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from figures.page import Page, render

PAGES = Path(__file__).parent.parent / "docs" / "figures"
Track = Callable[[int, int], None]
"""Is told how many steps of how many are over."""


class Figure(Protocol):
    """Measures a figure: in full, or in a short form that shows the same with less certainty."""

    def __call__(self, *, short: bool, track: Track) -> Page: ...


def write_figure(name: str, figure: Figure, *, short: bool, pages: Path = PAGES) -> Path:
    """Measures a figure and writes its page; returns where."""
    console = Console(stderr=True, emoji=False)
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    start = time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        page = figure(short=short, track=lambda done, total: progress.update(task, completed=done, total=total))
    command = f"python -m figures {name}{' --short' if short else ''}"
    path = pages / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(page, command, time.monotonic() - start, datetime.now(UTC).date()), "utf-8")
    for plot in page.plots:
        (pages / plot.file).write_text(plot.document(), "utf-8")
    sys.stdout.write(f"{name}: {page.scale} -> {path.name}\n")
    return path


def main(name: str, figure: Figure) -> None:
    """Runs one figure as a program; `--short` asks for the short form."""
    write_figure(name, figure, short="--short" in sys.argv[1:])
