"""`banditsvc rank-audience`: a campaign for each customer of a whole audience."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.audience.fork_server import start_fork_server
from banditsvc.audience.list_format import ListFormat
from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, Map, MapFile, Rejects, Set
from banditsvc.cli.interrupted import interruptible
from banditsvc.cli.options import Config, Data, Json, PortfolioId, Server

_PLAN_SENT = {"commit", "portfolio", "lists", "list_format", "workers", "data", "as_json", "server", "config"}
"""Parameters that sending a plan takes; all others are of the plan already."""


def rank_audience(
    context: typer.Context,
    portfolio: PortfolioId = "",
    source: Annotated[
        Path | None,
        typer.Option(
            "--input",
            "-i",
            help="Customers: Parquet, CSV with header, an Arrow file or stream; - reads an Arrow stream from standard input.",
        ),
    ] = None,
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    candidates: Annotated[
        Path | None, typer.Option(help="Pairs of customer_id and campaign_id, with features.NAME of the pair.")
    ] = None,
    candidate_columns: Annotated[
        list[str] | None, typer.Option("--candidate-map", help="field=column of --candidates; may be repeated.")
    ] = None,
    run_id: Annotated[
        str, typer.Option("--run-id", help="Name of the run, by which it goes on when it was ended. Default: made.")
    ] = "",
    occasion: Annotated[str, typer.Option(help="Moment it is for, such as 2026-11-27/email.")] = "",
    send_time: Annotated[str | None, typer.Option(help="When it will go out (RFC 3339). Default: now.")] = None,
    channel: Annotated[str, typer.Option(help="Channel; campaigns of another one drop out.")] = "",
    placement: Annotated[str, typer.Option(help="Placement; campaigns for others drop out.")] = "",
    exclude: Annotated[list[str] | None, typer.Option(help="A campaign id that must not be chosen.")] = None,
    defer: Annotated[bool, typer.Option("--defer", help="Count contacts only once they are activated.")] = False,
    on_bad_row: Annotated[OnBadRow, typer.Option(help="What to do about a row that cannot be used.")] = OnBadRow.STOP,
    rejects: Rejects = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that decide. Default: one a processor.")] = None,
    plan: Annotated[Path | None, typer.Option(help="Send nothing: put what would be sent into this directory.")] = None,
    commit: Annotated[
        Path | None, typer.Option(help="Send what is planned in this directory, and nothing else.")
    ] = None,
    lists: Annotated[Path | None, typer.Option(help="Write a list of contacts for each channel into it.")] = None,
    list_format: Annotated[ListFormat, typer.Option(help="How lists are written.")] = ListFormat.CSV,
    data: Data = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Picks a campaign for every customer of an audience and logs the decisions.

    Ended at any moment and started again with the same --run-id, it goes on where it was.
    """
    _check_together(context, source, plan, commit)
    if source is not None:
        start_fork_server("banditsvc.cli")
    # What follows takes as long to load as what workers need, and is loaded beside it.
    import pyarrow as pa  # noqa: PLC0415

    from banditsvc.arrow_alone import keep_pandas_out  # noqa: PLC0415
    from banditsvc.audience.check_terms import check_terms  # noqa: PLC0415
    from banditsvc.audience.new_terms import new_terms  # noqa: PLC0415
    from banditsvc.audience.read_audience import Audience  # noqa: PLC0415
    from banditsvc.audience.source.batch_sources import STANDARD_INPUT, open_source  # noqa: PLC0415
    from banditsvc.cli.audience_run import Lists, commit_plan, run_now  # noqa: PLC0415
    from banditsvc.cli.audience_view import disk_reported, remark, remark_nobody, show_result  # noqa: PLC0415
    from banditsvc.cli.connection import connected  # noqa: PLC0415
    from banditsvc.cli.data_directory import data_directory  # noqa: PLC0415
    from banditsvc.cli.failure import reported  # noqa: PLC0415
    from banditsvc.cli.moment import moment  # noqa: PLC0415
    from banditsvc.cli.portfolio_of_log import portfolio_of_log  # noqa: PLC0415
    from banditsvc.import_files import Columns, TextFormat  # noqa: PLC0415
    from banditsvc.structured_logs import configure_logs  # noqa: PLC0415

    configure_logs("warning")
    with reported():
        directory = data_directory(data, config)
    keep_pandas_out()
    made = None if lists is None else Lists(directory=lists, list_format=list_format)
    if source is None:
        assert commit is not None
        with _in_order(), connected(server, config) as client, disk_reported(directory):
            result, written = commit_plan(client, commit, directory, portfolio_id=portfolio, lists=made)
        show_result(result, None, written, as_json=as_json)
        return
    with reported():
        text = TextFormat.of_options(delimiter or ",", encoding or "utf-8")
        audience = Audience(
            source=open_source(source, text),
            rejects=rejects or (Path("rejects.csv") if str(source) == STANDARD_INPUT else _rejects_of(source)),
            columns=Columns.of_options(columns or (), constants or (), map_file),
            pairs=None if candidates is None else open_source(candidates, text),
            pair_columns=Columns.of_options(candidate_columns or (), ()),
            on_bad_row=on_bad_row,
            text=text,
            decimal=decimal or ".",
        )
        terms = new_terms(
            portfolio_of_log(directory, portfolio),
            run_id=run_id,
            occasion=occasion,
            send_time=moment("--send-time", send_time),
            channel=channel,
            placement=placement,
            excluded=exclude or (),
            defer_activation=defer,
        )
        check_terms(directory, terms)
        rejected = (audience.rejects, audience.pair_rejects)
        count = workers or os.cpu_count() or 1
        pa.set_memory_pool(pa.system_memory_pool())
        if plan is not None:
            from banditsvc.cli.audience_plan import PAGE, PlanMaker  # noqa: PLC0415 - only plans need what it imports

            with _in_order(), disk_reported(plan, kept=f"kept in {plan}", rejects=rejected):
                result = PlanMaker(audience=audience, directory=plan, data=directory, workers=count).make(terms)
            remark_nobody(result, occasion)
            remark(f"nothing is sent: look at {plan / PAGE}, then send it with rank-audience --commit {plan}")
            show_result(result, audience.rejects, {}, as_json=as_json)
            return
    with _in_order(terms.run_id), connected(server, config) as client, disk_reported(directory, rejects=rejected):
        result, written = run_now(client, audience, terms, directory, count, lists=made)
    show_result(result, audience.rejects, written, as_json=as_json)


def _in_order(run_id: str = "") -> AbstractContextManager[None]:
    named = f" with --run-id {run_id}" if run_id else ""
    return interruptible(f"what is finished is kept, and no lease is held; to go on, run the same command again{named}")


def _check_together(context: typer.Context, source: Path | None, plan: Path | None, commit: Path | None) -> None:
    if plan is not None and commit is not None:
        raise CommandFailure("--plan and --commit do not go together: a plan is sent by a command of its own", USAGE)
    given = {
        str(one.name): one.opts[0]
        for one in context.command.params
        if (source_of := context.get_parameter_source(str(one.name))) is not None and source_of.name == "COMMANDLINE"
    }
    planned = [option for name, option in given.items() if name not in _PLAN_SENT]
    if commit is not None and planned:
        raise CommandFailure(
            f"--commit sends what is planned, and the plan has {', '.join(planned)} already: leave that out", USAGE
        )
    if plan is not None and "lists" in given:
        raise CommandFailure("--lists belongs to --commit: a plan sends nothing", USAGE)
    if commit is None and source is None:
        raise CommandFailure("--input names the customers", USAGE)


def _rejects_of(source: Path) -> Path:
    return source.with_name(f"{source.name}.rejects.csv")
