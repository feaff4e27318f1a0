"""A page of figures: tables with what they show and how they were made, as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table; a caption stands above it."""

    headers: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    caption: str = ""

    def markdown(self) -> str:
        """Returns the table as Markdown."""
        lines = [self.headers, tuple("---" for _ in self.headers), *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"{self.caption}\n\n{table}" if self.caption else table


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One plot, a file of its own beside the page."""

    file: str
    """Its name, which ends in .svg."""
    shows: str
    """What it shows, for those who do not see it."""
    svg: str
    """As a part of a page."""

    def markdown(self) -> str:
        """Returns the link that shows it."""
        return f"![{self.shows}]({self.file})"

    def document(self) -> str:
        """Returns the content of the file."""
        names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        return self.svg.replace("<svg", f"<svg {names}", 1) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one figure came to."""

    title: str
    shows: str
    """What the figure shows, and how it is made, in a few sentences."""
    scale: str
    """How much was run: rounds, seeds, shuffles."""
    tables: tuple[Table, ...]
    plots: tuple[Plot, ...] = ()
    verdict: str = ""
    """What to read in the tables."""


def render(page: Page, command: str, seconds: float, day: date) -> str:
    """Returns the page as Markdown, with the command that made it, the machine and the day."""
    made = (
        f"Made by `{command}` on {day.isoformat()} in {seconds:,.0f} s, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. {page.scale}"
    )
    tables = [table.markdown() for table in page.tables]
    plots = [plot.markdown() for plot in page.plots]
    parts = [f"# {page.title}", page.shows, *tables, *plots, page.verdict, made]
    return "\n\n".join(part for part in parts if part) + "\n"
