"""`banditsvc rehearse`: what the service would do on a retailer's own numbers, from past sends and orders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.failure import reported
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, MapFile, Set, TimeZone
from banditsvc.cli.options import Json
from banditsvc.cli.output import notes, progress_bar, results, write_json, write_table
from banditsvc.core.time_zones import is_time_zone
from banditsvc.import_files import Columns, TextFormat
from banditsvc.reports.extra import reports_extra
from simulators.policy_text import DEFAULT_POLICY
from simulators.rehearse.history_file import HistoryFormat, read_history
from simulators.rehearse.rehearsal import Rehearsal
from simulators.rehearse.rehearsal import rehearse as rehearsed
from simulators.rehearse.rehearsal_plain import rehearsal_plain
from simulators.rehearse.rehearsal_settings import RehearsalSettings
from simulators.rehearse.rehearsal_words import answers, assumptions, campaign_rows, headline, policy_rows

_WIDE = 120


def rehearse(
    *,
    history: Annotated[
        Path, typer.Option("--history", help="Past sends (CSV or Parquet); orders too, where --orders is not given.")
    ],
    orders: Annotated[Path | None, typer.Option("--orders", help="Past orders (CSV or Parquet).")] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="field=column, or a TOML file with the tables columns and constants; may be repeated."
        ),
    ] = None,
    constants: Set = None,
    map_file: MapFile = None,
    time_zone: TimeZone = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    window_days: Annotated[int, typer.Option(min=1, help="How long after a send its orders count, in days.")] = 7,
    weeks: Annotated[int, typer.Option(min=1, max=104, help="How long a pilot may take.")] = 26,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Rehearsed pilots.")] = 20,
    sends_a_day: Annotated[
        int | None,
        typer.Option(min=2, help="Of a pilot, where the history is a part only. Default: as many as it has."),
    ] = None,
    priority: Annotated[
        str, typer.Option(help="Campaigns in fixed order, separated by commas. Default: the most frequent first.")
    ] = "",
    policy: Annotated[str, typer.Option(help="Policy of the pilots.")] = DEFAULT_POLICY,
    control_share: Annotated[float, typer.Option(help="Share of the customers who keep the fixed order.")] = 0.5,
    currency: Annotated[str, typer.Option(help="Of the amounts.")] = "EUR",
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with plots to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Answers from your own past sends and orders: how soon a winner shows, and what it costs to find.

    Nothing is sent anywhere, and no service is needed.
    """
    if as_json and html is not None:
        raise CommandFailure("--json and --html do not go together", USAGE)
    if not 0.0 < control_share < 1.0:
        raise CommandFailure(f"--control-share is {control_share:g}: it must be between 0 and 1", USAGE)
    with reported(), progress_bar() as progress:
        written = HistoryFormat(
            columns=_columns(columns or [], constants or [], map_file),
            text=TextFormat.of_options(delimiter or ",", encoding or "utf-8"),
            time_zone=_zone(time_zone),
            decimal=_decimal(decimal),
        )
        task = progress.add_task("rows", total=None)
        found = read_history(history, orders, written=written, on_row=lambda: progress.advance(task))
        settings = RehearsalSettings(
            weeks=weeks,
            seeds=seeds,
            window_days=window_days,
            sends_a_day=sends_a_day,
            policy=policy,
            priority=tuple(one.strip() for one in priority.split(",") if one.strip()),
            target_share=1.0 - control_share,
            currency=currency,
        )
        task = progress.add_task("pilots", total=seeds)
        rehearsal = rehearsed(found, settings, lambda: progress.advance(task))
    if html is not None:
        _write_page(rehearsal, html)
    elif as_json:
        write_json(rehearsal_plain(rehearsal))
    else:
        _show(rehearsal)


def _columns(given: list[str], constants: list[str], map_file: Path | None) -> Columns:
    files = [Path(one) for one in given if "=" not in one]
    files += [] if map_file is None else [map_file]
    if len(files) > 1:
        raise CommandFailure("one file of columns is enough: --map FILE or --map-file FILE", USAGE)
    return Columns.of_options([one for one in given if "=" in one], constants, files[0] if files else None)


def _zone(name: str | None) -> str | None:
    if name is not None and not is_time_zone(name):
        raise CommandFailure(f"--time-zone {name!r} is no time zone, such as Europe/Paris", USAGE)
    return name


def _decimal(given: str | None) -> str:
    if given not in {None, ".", ","}:
        raise CommandFailure(f"--decimal {given!r} is neither a comma nor a dot", USAGE)
    return given or "."


def _show(rehearsal: Rehearsal) -> None:
    out = results(_WIDE)

    def show(text: str = "", style: str | None = None) -> None:
        out.print(text, style=style, markup=False, soft_wrap=True)

    show(headline(rehearsal), "bold")
    if rehearsal.too_little:
        show(rehearsal.too_little)
    for _, text in answers(rehearsal):
        show(text)
    currency = rehearsal.settings.currency
    show()
    write_table(
        ("fixed order", "campaign", ">sends", ">with an order", ">response", f">{currency} of those"),
        campaign_rows(rehearsal),
    )
    if rehearsal.pilots:
        show()
        write_table(("policy", f">{currency} per 1,000 sends", ">interval"), policy_rows(rehearsal))
    show()
    for text in assumptions(rehearsal):
        show(f"- {text}", "dim")


def _write_page(rehearsal: Rehearsal, path: Path) -> None:
    with reported(), reports_extra():
        from simulators.rehearse.rehearsal_page import rehearsal_page  # noqa: PLC0415 - only pages need what it imports

        page = rehearsal_page(rehearsal)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    notes.print(headline(rehearsal), markup=False, soft_wrap=True)
    notes.print(f"written: {path}", markup=False, soft_wrap=True)
