"""`banditsvc drift`: when and where the world changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.drift_view import show_drift
from banditsvc.cli.failure import reported
from banditsvc.cli.moment import moment
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import notes, progress_bar, write_json
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from banditsvc.reports.extra import reports_extra
from banditsvc.reports.log_drift import drift_of_log
from offline_eval.drift import DriftReport, DriftSettings


def drift(
    portfolio: PortfolioId = "",
    since: Annotated[str | None, typer.Option(help="Decisions from this time on (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Decisions before this time (RFC 3339).")] = None,
    level: Annotated[
        float, typer.Option(help="Where nothing changes, so many readings say so; 0.99 for who reads it every day.")
    ] = 0.95,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with plots to this file.")] = None,
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Shows since when a campaign, a family or a segment earns something else than before.

    Reads the log beside the running service.
    """
    if as_json and html is not None:
        raise CommandFailure("--json and --html do not go together", USAGE)
    span = moment("--since", since), moment("--until", until)
    with reported(), progress_bar() as progress:
        settings = DriftSettings(level=level)
        directory = data_directory(data, config)
        portfolio = portfolio_of_log(directory, portfolio)
        task = progress.add_task("decisions", total=None)
        found = drift_of_log(
            directory,
            portfolio,
            settings=settings,
            since=span[0],
            until=span[1],
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if html is not None:
        _write_page(portfolio, found, html)
    elif as_json:
        write_json({"portfolio_id": portfolio, **found.plain()})
    else:
        show_drift(portfolio, found)


def _write_page(portfolio: str, found: DriftReport, path: Path) -> None:
    with reported(), reports_extra():
        from banditsvc.reports.drift_page import drift_page  # noqa: PLC0415 - only pages need what it imports

        page = drift_page(portfolio, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    notes.print(f"written: {path}", markup=False, soft_wrap=True)
