"""Options of commands that read files of rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

File: TypeAlias = Annotated[Path | None, typer.Option("--file", "-f", help="CSV (with header) or Parquet file.")]
Map: TypeAlias = Annotated[list[str] | None, typer.Option("--map", help="field=column; may be repeated.")]
Set: TypeAlias = Annotated[list[str] | None, typer.Option("--set", help="field=value for all rows; may be repeated.")]
MapFile: TypeAlias = Annotated[
    Path | None, typer.Option("--map-file", help="TOML file with the tables columns, constants and separators.")
]
TimeZone: TypeAlias = Annotated[
    str | None, typer.Option("--time-zone", help="Zone of times without an offset, such as Europe/Paris.")
]
Rejects: TypeAlias = Annotated[
    Path | None, typer.Option("--rejects", help="Where rejected rows go. Default: FILE.rejects.csv.")
]
Delimiter: TypeAlias = Annotated[
    str | None, typer.Option("--delimiter", help="What separates the cells of CSV, such as ; or tab. Default: a comma.")
]
Decimal: TypeAlias = Annotated[
    str | None, typer.Option("--decimal", help="What stands before decimals: a comma or a dot. Default: a dot.")
]
Encoding: TypeAlias = Annotated[
    str | None, typer.Option("--encoding", help="How the text of CSV is written, such as latin-1. Default: utf-8.")
]
