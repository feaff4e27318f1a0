"""Options of commands that read files of rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

File: TypeAlias = Annotated[Path | None, typer.Option("--file", "-f", help="CSV (UTF-8, with header) or Parquet file.")]
Map: TypeAlias = Annotated[list[str] | None, typer.Option("--map", help="field=column; may be repeated.")]
Set: TypeAlias = Annotated[list[str] | None, typer.Option("--set", help="field=value for all rows; may be repeated.")]
MapFile: TypeAlias = Annotated[
    Path | None, typer.Option("--map-file", help="TOML file with tables [columns] and [constants].")
]
TimeZone: TypeAlias = Annotated[
    str | None, typer.Option("--time-zone", help="Zone of times without an offset, such as Europe/Paris.")
]
Rejects: TypeAlias = Annotated[
    Path | None, typer.Option("--rejects", help="Where rejected rows go. Default: FILE.rejects.csv.")
]
