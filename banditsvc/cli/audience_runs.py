"""`banditsvc audience-runs`: list, end, release."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, write_fields, write_json, write_table
from banditsvc.plain import json_values
from banditsvc.v1 import audience_pb2 as pb

commands = typer.Typer(help="Runs over whole audiences, which `rank-audience` makes.", no_args_is_help=True)

RunId = Annotated[str, typer.Argument(help="The run, as `audience-runs list` shows it.")]


@commands.command("list")
def list_runs(portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None) -> None:
    """Lists the runs of a portfolio, newest first, and which of them holds the lease."""
    with connected(server, config) as client:
        found = client.list_audience_runs(chosen_portfolio(client, portfolio))
    if as_json:
        write_json({"runs": [json_values(one) for one in found]})
    elif found:
        write_table(["run", "state", "began", "occasion", ">parts", ">decisions", "lease until"], map(_row, found))
    else:
        notes.print("no runs: `banditsvc rank-audience` makes one", markup=False)


@commands.command("end")
def end(
    run: RunId, portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None
) -> None:
    """Ends a run for good and frees its lease: what it has decided stands, the rest it does not decide."""
    with connected(server, config) as client:
        ended = client.end_audience_run(chosen_portfolio(client, portfolio), run)
    _show(ended, as_json=as_json)


@commands.command("release")
def release(
    run: RunId, portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None
) -> None:
    """Frees the lease of a run whose command is gone; the same command goes on with it later."""
    with connected(server, config) as client:
        released = client.release_audience_run(chosen_portfolio(client, portfolio), run)
    _show(released, as_json=as_json)


def _show(run: pb.AudienceRun, *, as_json: bool) -> None:
    if as_json:
        write_json(run)
        return
    write_fields(
        [
            ("portfolio", run.portfolio_id),
            ("run", f"{run.run_id}, {_state(run)} since {run.change_time.ToJsonString()}"),
            ("stand", f"{run.decision_count:,} decisions in {run.part_count:,} parts"),
        ]
    )


def _row(run: pb.AudienceRun) -> list[str]:
    return [
        run.run_id,
        _state(run),
        run.begin_time.ToJsonString(),
        run.occasion or "-",
        f"{run.part_count:,}",
        f"{run.decision_count:,}",
        run.lease_expire_time.ToJsonString() if run.HasField("lease_expire_time") else "-",
    ]


def _state(run: pb.AudienceRun) -> str:
    return enum_name(pb.AudienceRunState, run.state)
