"""`banditsvc sweep`: what other policies would have learned and earned on the customers of the log."""

from __future__ import annotations

import math
import sys
from typing import Annotated

import pandas as pd
import typer

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.failure import reported
from banditsvc.cli.moment import moment
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import counted, notes, progress_bar, short_number, write_json, write_table
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from offline_eval.replay import ReplaySettings
from offline_eval.replay import sweep as sweep_of
from simulators.replay.candidates import candidates
from simulators.replay.replayable_log import ReplayableLog, replayable_log


def sweep(
    policies: Annotated[
        list[str],
        typer.Argument(
            metavar="POLICY...",
            help='Policies with their settings, such as "thompson floor=0.05" or "default half_life_decisions=20000".',
        ),
    ],
    portfolio: PortfolioId = "",
    incumbent: Annotated[
        str | None, typer.Option(help="The one of them that is in use: others are compared to it, not to the best.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Decisions from this time on (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Decisions before this time (RFC 3339).")] = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Times that the log is replayed; with one there is no verdict.")
    ] = 5,
    batch_rows: Annotated[int, typer.Option(min=1, help="Decisions between two times of learning.")] = 100,
    lag_batches: Annotated[int, typer.Option(min=0, help="So many batches later is a decision learned.")] = 0,
    quantile: Annotated[
        float,
        typer.Option(
            min=0.0, max=0.99, help="Share of decisions with smaller probabilities than accepted by: bias for speed."
        ),
    ] = 0.0,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV, one line per policy.")] = False,
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Replays policies that learn on the log, by rejection, and says which earn more: beside the running service.

    Each starts without a model, and learns from those decisions alone that it could have made itself: its value is that
    of a policy which has learned from so many. Intervals and p-values of differences hold for all policies together.
    """
    if as_csv and as_json:
        raise CommandFailure("--csv and --json do not go together", USAGE)
    if incumbent is not None and incumbent not in policies:
        raise CommandFailure(f"--incumbent {incumbent!r} is none of the policies: name one as it was written", USAGE)
    span = moment("--since", since), moment("--until", until)
    with reported(), progress_bar() as progress:
        directory = data_directory(data, config)
        portfolio = portfolio_of_log(directory, portfolio)
        progress.add_task("reading", total=None)
        log = replayable_log(directory, portfolio, since=span[0], until=span[1])
        settings = ReplaySettings(
            seeds=seeds,
            batch_rows=batch_rows,
            lag_batches=lag_batches,
            quantile=quantile,
            least_probability=None if quantile else log.least_probability,
            reward_range=log.reward_range,
            customer=log.customer,
        )
        found = sweep_of(log.rows, candidates(policies, log.portfolio), settings, incumbent=incumbent)
    for kind, count in sorted(log.left_out.items()):
        notes.print(f"left out: {counted(count, 'decision')}: {kind}", markup=False, soft_wrap=True)
    if as_json:
        write_json({"portfolio_id": portfolio, "policies": _plain(found)})
    elif as_csv:
        found.to_csv(sys.stdout)
    else:
        _show(found, portfolio, log)


def _plain(found: pd.DataFrame) -> list[dict[str, object]]:
    rows = found.reset_index().to_dict("records")
    return [{str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows]


def _show(found: pd.DataFrame, portfolio: str, log: ReplayableLog) -> None:
    decisions = len(log.rows.chosen)
    columns = (
        "policy",
        ">learned from",
        ">by them",
        ">by all",
        ">95 %",
        ">difference",
        ">together 95 %",
        ">p",
        "verdict",
    )
    rows = [
        (
            name,
            f"{row['learned_from']:,.0f}",
            short_number(row["value"]),
            short_number(row["ips_value"]),
            _interval(row["ips_low"], row["ips_high"]),
            "" if row["verdict"] == "REFERENCE" else f"{row['difference']:+.4g}",
            "" if row["verdict"] == "REFERENCE" else _interval(row["difference_low"], row["difference_high"]),
            "" if pd.isna(row["p_value"]) else f"{row['p_value']:.2g}",
            row["verdict"].lower(),
        )
        for name, row in found.iterrows()
    ]
    write_table(columns, rows, f"{portfolio}: reward per decision, replayed on {counted(decisions, 'decision')}")


def _interval(low: float, high: float) -> str:
    return "none" if math.isnan(low) else f"{short_number(low)} to {short_number(high)}"
