"""`banditsvc coverage`: for whom which families are known, and for whom they are not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.coverage_view import show_coverage
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.failure import reported
from banditsvc.cli.moment import moment
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import notes, progress_bar, write_json
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from banditsvc.reports.extra import reports_extra
from banditsvc.reports.log_coverage import coverage_of_log
from offline_eval.coverage import CoverageReport, CoverageSettings, Grouping
from offline_eval.intervals import IntervalKind
from offline_eval.value import interval_of_values


def coverage(
    portfolio: PortfolioId = "",
    by: Annotated[Grouping, typer.Option(help="What customers are told apart by.")] = Grouping.SEGMENT,
    since: Annotated[str | None, typer.Option(help="Decisions from this time on (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Decisions before this time (RFC 3339).")] = None,
    precision: Annotated[
        float,
        typer.Option(help="Enough is known where half an interval is at most this share of the mean reward."),
    ] = 0.5,
    fixed: Annotated[
        bool, typer.Option("--fixed", help="Intervals for a single reading, instead of ones for any number of them.")
    ] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with the heat map to this file.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV, one line per pair of segment and family.")] = False,
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Shows for each segment and campaign family how much is known of the reward, and where it is too little.

    Reads the log beside the running service.
    """
    if sum((as_csv, as_json, html is not None)) > 1:
        raise CommandFailure("--csv, --json and --html do not go together", USAGE)
    span = moment("--since", since), moment("--until", until)
    with reported(), progress_bar() as progress:
        kind = IntervalKind.FIXED if fixed else IntervalKind.ANYTIME
        settings = CoverageSettings(by=by, precision=precision, interval=interval_of_values(kind))
        directory = data_directory(data, config)
        portfolio = portfolio_of_log(directory, portfolio)
        task = progress.add_task("decisions", total=None)
        found = coverage_of_log(
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
    elif as_csv:
        found.to_pandas().to_csv(sys.stdout, index=False)
    else:
        show_coverage(portfolio, found)


def _write_page(portfolio: str, found: CoverageReport, path: Path) -> None:
    with reported(), reports_extra():
        from banditsvc.reports.coverage_page import coverage_page  # noqa: PLC0415 - only pages need what it imports

        page = coverage_page(portfolio, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    notes.print(f"written: {path}", markup=False, soft_wrap=True)
