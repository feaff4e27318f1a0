"""Puts the commands together and turns failures into messages and exit codes."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from banditsvc.cli.activate import activate
from banditsvc.cli.apply import apply
from banditsvc.cli.export import export
from banditsvc.cli.failure import CommandFailure, report
from banditsvc.cli.models import commands as models
from banditsvc.cli.policies import commands as policies
from banditsvc.cli.rank import rank
from banditsvc.cli.relearn import relearn
from banditsvc.cli.reward import reward
from banditsvc.cli.serve import learn, serve
from banditsvc.cli.status import status

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
    for command in (serve, learn, apply, rank, activate, reward, status, export, relearn):
        app.command()(command)
    app.add_typer(models, name="models")
    app.add_typer(policies, name="policies")
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
