"""Puts the commands together and turns failures into messages and exit codes."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from banditsvc.cli import activate, apply, export, models, policies, rank, relearn, reward, serve, status
from banditsvc.cli.failure import CommandFailure, report

SIMULATE = "simulators.cli"
"""Module of the simulators' commands, mounted where it is installed."""


def command_line() -> typer.Typer:
    """Returns the whole command line."""
    app = typer.Typer(
        name="banditsvc",
        help="Decides which campaign a customer gets, and learns from what happens.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.command("serve")(serve.serve)
    app.command("learn")(serve.learn)
    app.command("apply")(apply.apply)
    app.command("rank")(rank.rank)
    app.command("activate")(activate.activate)
    app.command("reward")(reward.reward)
    app.command("status")(status.status)
    app.command("export")(export.export)
    app.command("relearn")(relearn.relearn)
    app.add_typer(models.commands, name="models")
    app.add_typer(policies.commands, name="policies")
    if importlib.util.find_spec(SIMULATE) is not None:
        app.add_typer(importlib.import_module(SIMULATE).app, name="simulate")
    return app


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and ends the process: 0 done, 1 refused or failed, 2 not usable as given."""
    try:
        command_line()(args=list(arguments) if arguments is not None else None)
    except CommandFailure as failure:
        report(failure)
        sys.exit(failure.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has gone; there is nobody to tell
        sys.exit(1)
    sys.exit(0)
