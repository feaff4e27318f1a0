"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Server = Annotated[
    str | None,
    typer.Option(
        "--server", help="Address of a running `serve --simulated-clock`. Default: one of its own, stopped in the end."
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything but the service's own draws.")]
Json = Annotated[bool, typer.Option("--json", help="End with one line of JSON on standard output.")]
