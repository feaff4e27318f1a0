"""Options of the commands that run experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ExperimentFile = Annotated[Path, typer.Argument(help="The experiment (TOML): worlds, policies, settings, seeds.")]
Out = Annotated[Path, typer.Option("--out", help="Directory of the results. What is finished there is not run again.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Worker processes. Default: one for each core. Results are the same."),
]
Html = Annotated[Path | None, typer.Option("--html", help="Write the report as a page to this file.")]
