"""`banditsvc export`: the log as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import only_one
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.failure import CommandFailure, reported
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import notes, write_json, write_table
from banditsvc.log_parquet import write_parquet
from banditsvc.open_log import open_log


def export(
    to: Annotated[Path, typer.Option("--to", help="Directory for the Parquet files.")],
    portfolio: PortfolioId = "",
    data: Data = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Writes decisions, outcomes, activations and the joined table of a portfolio as Parquet.

    The service may go on meanwhile.
    """
    with reported(), open_log(data_directory(data, config)) as log, notes.status("reading the log") as status:
        chosen = portfolio or only_one(log.portfolio_ids())
        try:
            rows = write_parquet(log, chosen, to, lambda name, count: status.update(f"{name}: {count:,} rows"))
        except OSError as error:
            raise CommandFailure(f"cannot write to {to}: {error.strerror}") from error
    if as_json:
        write_json({"directory": str(to), "rows": rows})
    else:
        write_table(["file", ">rows"], [(str(to / name), f"{count:,}") for name, count in rows.items()])
