"""`banditsvc customers`: enroll, merge."""

from __future__ import annotations

import typer

from banditsvc.cli.customers_enroll import enroll
from banditsvc.cli.customers_merge import merge

commands = typer.Typer(help="Who is in an experiment, and which ids are one customer.", no_args_is_help=True)
commands.command("enroll")(enroll)
commands.command("merge")(merge)
