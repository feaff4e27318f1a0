"""`banditsvc report`: the week on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.failure import reported
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import notes, progress_bar, write_json
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from banditsvc.reports.extra import reports_extra
from banditsvc.reports.monday.monday_of_log import monday_of_log
from banditsvc.reports.monday.monday_report import MondayReport


def report(
    portfolio: PortfolioId = "",
    week: Annotated[str | None, typer.Option(help="Such as 2026-W48. Default: the one that ended last.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the page to this file.")] = None,
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Writes what a marketer wants to know of a week: sent, earned, learned, unknown, cost, and what to decide.

    Reads the log beside the running service.
    """
    if as_json == (html is not None):
        raise CommandFailure("say what to write: --html FILE for the page, or --json for its values", USAGE)
    with reported(), progress_bar() as progress:
        directory = data_directory(data, config)
        portfolio = portfolio_of_log(directory, portfolio)
        found = _read(directory, portfolio, week, progress)
    if html is None:
        write_json(found.plain())
    else:
        _write_page(found, html)


def _read(directory: Path, portfolio: str, week: str | None, progress: Progress) -> MondayReport:
    tasks: dict[str, TaskID] = {}

    def tell(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=None)
        progress.update(tasks[what], completed=done, total=total)

    try:
        return monday_of_log(directory, portfolio, week=week, progress=tell)
    except ValueError as error:
        raise CommandFailure(f"--week: {error}", USAGE) from None


def _write_page(found: MondayReport, path: Path) -> None:
    with reported(), reports_extra():
        from banditsvc.reports.monday.monday_page import monday_page  # noqa: PLC0415 - only pages need what it imports

        page = monday_page(found)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    notes.print(f"written: {path}", markup=False, soft_wrap=True)
