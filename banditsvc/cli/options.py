"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Config: TypeAlias = Annotated[
    Path | None, typer.Option("--config", help="Settings file (TOML). Default: the one that BANDITSVC_CONFIG names.")
]
Server: TypeAlias = Annotated[
    str | None, typer.Option("--server", help="Address of the service, host:port. Default: from the settings.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]
PortfolioId: TypeAlias = Annotated[
    str, typer.Option("--portfolio", "-p", help="Id of the portfolio. Default: the only one, if there is one only.")
]
OrganizationId: TypeAlias = Annotated[
    str, typer.Option("--organization", "-o", help="Id of the organization. Default: the only one.")
]
Data: TypeAlias = Annotated[
    Path | None, typer.Option("--data", help="Data directory of the service. Default: from the settings.")
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
