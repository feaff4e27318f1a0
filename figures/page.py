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
class Page:
    """What one figure came to."""

    title: str
    shows: str
    """What the figure shows, and how it is made, in a few sentences."""
    scale: str
    """How much was run: rounds, seeds, shuffles."""
    tables: tuple[Table, ...]
    verdict: str = ""
    """What to read in the tables."""


def render(page: Page, command: str, seconds: float, day: date) -> str:
    """Returns the page as Markdown, with the command that made it, the machine and the day."""
    made = (
        f"Made by `{command}` on {day.isoformat()} in {seconds:,.0f} s, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. {page.scale}"
    )
    tables = [table.markdown() for table in page.tables]
    parts = [f"# {page.title}", page.shows, *tables, page.verdict, made]
    return "\n\n".join(part for part in parts if part) + "\n"
