"""`banditsvc simulate`: worlds that drive the service, or its core, and what comes of it. One command per file."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

HOMES = {
    "run": "simulators.cli.run:run",
    "sweep": "simulators.cli.sweep:sweep",
    "report": "simulators.cli.report:report",
    "world": "simulators.cli.world:world",
    "fit": "simulators.cli.fit:fit",
    "trial": "simulators.cli.trial:trial",
    "two-segments": "simulators.cli.two_segments:two_segments",
    "demo": "simulators.cli.demo:demo",
}
"""Where each command is. One is loaded when it is asked for: what the others need takes seconds."""


class _Commands(TyperGroup):
    """The commands of HOMES."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(HOMES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        if cmd_name not in HOMES:
            return None
        module, _, attribute = HOMES[cmd_name].partition(":")
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(getattr(importlib.import_module(module), attribute))
        return typer.main.get_command(alone)


app = typer.Typer(
    name="simulate",
    cls=_Commands,
    help="Worlds to see the service learn in: worlds whose truth is known, a randomised trial file, a made-up shop.",
    no_args_is_help=True,
)
