"""Puts the commands together and turns failures into messages and exit codes."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, NoReturn

import typer

from banditsvc.cli.command_failure import FAILED, CommandFailure, report

COMMANDS = {
    "serve": "banditsvc.cli.serve:serve",
    "learn": "banditsvc.cli.learn:learn",
    "apply": "banditsvc.cli.apply:apply",
    "rank": "banditsvc.cli.rank:rank",
    "rank-audience": "banditsvc.cli.rank_audience:rank_audience",
    "decision": "banditsvc.cli.decision:decision",
    "explain": "banditsvc.cli.explain:explain",
    "funnel": "banditsvc.cli.funnel:funnel",
    "report": "banditsvc.cli.report:report",
    "lift": "banditsvc.cli.lift:lift",
    "coverage": "banditsvc.cli.coverage:coverage",
    "evaluate": "banditsvc.cli.evaluate:evaluate",
    "drift": "banditsvc.cli.drift:drift",
    "sweep": "banditsvc.cli.sweep:sweep",
    "activate": "banditsvc.cli.activate:activate",
    "reward": "banditsvc.cli.reward:reward",
    "import": "banditsvc.cli.import_history:import_history",
    "status": "banditsvc.cli.status:status",
    "export": "banditsvc.cli.export:export",
    "exclude": "banditsvc.cli.exclude:exclude",
    "relearn": "banditsvc.cli.relearn:relearn",
    "rehearse": "banditsvc.cli.rehearse:rehearse",
    "certify": "banditsvc.cli.certify:certify",
}
"""Where each command is."""
GROUPS = {
    "audience-runs": "banditsvc.cli.audience_runs:commands",
    "models": "banditsvc.cli.models:commands",
    "policies": "banditsvc.cli.policies:commands",
    "campaigns": "banditsvc.cli.campaigns:commands",
    "certificates": "banditsvc.cli.certificates:commands",
    "consents": "banditsvc.cli.consents:commands",
    "customers": "banditsvc.cli.customers:commands",
    "exclusions": "banditsvc.cli.exclusions:commands",
    "guardrails": "banditsvc.cli.guardrails:commands",
    "prices": "banditsvc.cli.prices:commands",
    "simulate": "simulators.cli:app",
}
"""Where each group of commands is."""
_ALLOCATIONS_BETWEEN_COLLECTIONS = 250_000
"""More than a command allocates by loading what it needs: to look through all of that once took 30 ms."""


def command_line(wanted: str | None = None) -> typer.Typer:
    """Returns the command line: with the wanted command alone, if there is one of that name, else with all.

    Loading one command keeps a process small: the service and its learner do not load what reads Parquet files.
    """
    app = typer.Typer(name="banditsvc", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_describe)
    names = (wanted,) if wanted in COMMANDS or wanted in GROUPS else (*COMMANDS, *GROUPS)
    for name in names:
        module, _, attribute = (COMMANDS.get(name) or GROUPS[name]).partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if name in COMMANDS:
            app.command(name)(found)
        else:
            app.add_typer(found, name=name)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"banditsvc {metadata.version('banditsvc')}")  # noqa: T201 - this is the result
        raise typer.Exit


def _describe(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Decides which campaign a customer gets, and learns from what happens."""
    del version


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and ends the process: 0 done, 1 refused or failed, 2 not usable as given."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What a command loads stays: to look now and then whether it is garbage takes longer than it frees.
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS, 20, 20)
    try:
        command_line(given[0] if given else None)(args=given)
    except CommandFailure as failure:
        report(failure)
        sys.exit(failure.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has gone; there is nobody to tell
        sys.exit(FAILED)
    except OSError as error:
        report(CommandFailure(f"{error.filename}: {error.strerror}" if error.filename else str(error)))
        sys.exit(FAILED)
    finally:
        # All of it goes with the process: to look for garbage in it first took a sixth of a second.
        gc.freeze()
    sys.exit(0)
