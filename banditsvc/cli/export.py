"""`banditsvc export`: the log as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.options import Config, PortfolioId


def export(
    portfolio: PortfolioId,
    to: Annotated[Path, typer.Option("--to", help="Directory for the Parquet files.")],
    data: Annotated[Path | None, typer.Option(help="Data directory. Default: from the settings.")] = None,
    config: Config = None,
) -> None:
    """Writes decisions, outcomes and the joined table of a portfolio as Parquet. The service may go on meanwhile."""
