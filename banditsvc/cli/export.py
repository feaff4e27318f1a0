"""`banditsvc export`: the log as Parquet, or what was learned as dsjson."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.app import LOG_FILE, REGISTRY_FILE
from banditsvc.cli.chosen_portfolio import only_one
from banditsvc.cli.command_failure import CommandFailure
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.failure import reported
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import notes, write_fields, write_json, write_table
from banditsvc.log_parquet import write_parquet
from banditsvc.open_log import open_log


class ExportFormat(StrEnum):
    """What is written."""

    PARQUET = "parquet"
    DSJSON = "dsjson"


def export(
    to: Annotated[Path, typer.Option("--to", help="Directory for the files.")],
    portfolio: PortfolioId = "",
    file_format: Annotated[
        ExportFormat,
        typer.Option(
            "--format", help="The whole log as Parquet, or what was learned from as dsjson for Vowpal Wabbit."
        ),
    ] = ExportFormat.PARQUET,
    data: Data = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Writes decisions, outcomes, activations and the joined table of a portfolio as Parquet.

    With --format dsjson it writes the decisions that were learned from, in their order, and the arguments with which stock
    Vowpal Wabbit learns the same model from them. The service may go on meanwhile.
    """
    with reported(), notes.status("reading the log") as status:
        directory = data_directory(data, config)
        with open_log(directory) as log:
            chosen = portfolio or only_one(log.portfolio_ids())
            try:
                if file_format is ExportFormat.DSJSON:
                    _write_dsjson(directory, chosen, to, as_json=as_json)
                    return
                rows = write_parquet(log, chosen, to, lambda name, count: status.update(f"{name}: {count:,} rows"))
            except OSError as error:
                raise CommandFailure(f"cannot write to {to}: {error.strerror}") from error
    if as_json:
        write_json({"directory": str(to), "rows": rows})
    else:
        write_table(["file", ">rows"], [(str(to / name), f"{count:,}") for name, count in rows.items()])


def _write_dsjson(directory: Path, portfolio: str, to: Path, *, as_json: bool) -> None:
    # Loaded here: it loads Vowpal Wabbit.
    from banditsvc.log_dsjson import ARGUMENTS_FILE, FILE, write_dsjson  # noqa: PLC0415
    from banditsvc.store import SqliteLog, SqliteRegistry  # noqa: PLC0415

    lineage = None
    if (directory / REGISTRY_FILE).exists():
        with closing(SqliteRegistry(directory / REGISTRY_FILE, read_only=True)) as registry:
            lineage = registry.serving_lineage(portfolio)
    with closing(SqliteLog(directory / LOG_FILE, read_only=True)) as log:
        written = write_dsjson(log, lineage, portfolio, to)
    for name in written.unseen:
        notes.print(f"Vowpal Wabbit's JSON passes over the feature {name}, as its name begins with _", markup=False)
    if not written.is_same_model:
        notes.print(
            "The portfolio learns with the posterior, or from the last days alone: from these files Vowpal Wabbit learns a model of its own, of the same "
            "data.",
            soft_wrap=True,
        )
    if as_json:
        write_json(
            {
                "directory": str(to),
                "rows": {FILE: written.rows},
                "arguments": written.arguments,
                "reward_mean": written.reward_mean,
                "reward_span": written.reward_span,
                "is_same_model": written.is_same_model,
            }
        )
        return
    write_fields(
        [
            (str(to / FILE), f"{written.rows:,} decisions, in the order in which they were learned"),
            (str(to / ARGUMENTS_FILE), written.arguments),
            ("predicted reward", f"{written.reward_mean:.6g} - {written.reward_span:.6g} x predicted cost"),
        ]
    )
