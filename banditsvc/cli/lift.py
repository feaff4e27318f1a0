"""`banditsvc lift`: what the policy earned over the control groups."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.failure import reported
from banditsvc.cli.lift_view import show_lift
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import notes, progress_bar, write_json
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from banditsvc.lift_tables import SLICES
from banditsvc.reports.extra import reports_extra
from banditsvc.reports.lift_of_log import HORIZONS, lift_of_log
from banditsvc.reports.lift_result import LogLift
from offline_eval.intervals import IntervalKind


def lift(
    portfolio: PortfolioId = "",
    organization: Annotated[
        str, typer.Option("--organization", help="An organization's own division, over all its portfolios.")
    ] = "",
    channel: Annotated[str, typer.Option(help="The division of this channel. Default: the one for all channels.")] = "",
    days: Annotated[
        list[int] | None,
        typer.Option(help=f"Horizon in days; may be repeated. Default: {', '.join(map(str, HORIZONS))}."),
    ] = None,
    fixed: Annotated[
        bool, typer.Option("--fixed", help="Intervals for a single reading, instead of ones for any number of them.")
    ] = False,
    parts: Annotated[
        list[str] | None,
        typer.Option("--slice", help=f"Also by what is known at entry: {', '.join(SLICES)}; may be repeated."),
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="assignment_version. Default: the newest that has enrolled anybody.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with plots to this file.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV, one line per estimate.")] = False,
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Shows what target and control groups brought: revenue and conversion per customer, with intervals.

    Reads the log beside the running service. Where the data are too thin it says so, and what would do.
    """
    if sum((as_csv, as_json, html is not None)) > 1:
        raise CommandFailure("--csv, --json and --html do not go together", USAGE)
    if portfolio and organization:
        raise CommandFailure("--portfolio and --organization do not go together", USAGE)
    with reported(), progress_bar() as progress:
        directory = data_directory(data, config)
        if not organization:
            portfolio = portfolio_of_log(directory, portfolio)
        task = progress.add_task("decisions", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        found = lift_of_log(
            directory,
            portfolio,
            organization_id=organization,
            channel=channel,
            version=version,
            horizons=days or HORIZONS,
            kind=IntervalKind.FIXED if fixed else IntervalKind.ANYTIME,
            slices=parts or (),
            progress=tell,
        )
    if html is not None:
        _write_page(found, html)
    elif as_json:
        write_json(found.plain())
    elif as_csv:
        found.to_pandas().to_csv(sys.stdout, index=False)
    else:
        show_lift(found)


def _write_page(found: LogLift, path: Path) -> None:
    with reported(), reports_extra():
        from banditsvc.reports.lift_page import lift_page  # noqa: PLC0415 - only pages need what it imports

        page = lift_page(found)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    notes.print(f"written: {path}", markup=False, soft_wrap=True)
