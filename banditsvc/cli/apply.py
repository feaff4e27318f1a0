"""`banditsvc apply`: organizations, portfolios, campaigns and policies from files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from banditsvc.apply import Action, Change, Checked, Plan, check, execute, make_plan, read_desired
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.failure import reported
from banditsvc.cli.options import Config, Server, Yes

COLOURS = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.DEPLOY: "yellow",
    Action.PAUSE: "red",
    Action.NOTHING: "dim",
    Action.REFUSED: "red",
}


def apply(
    files: Annotated[
        list[Path], typer.Argument(help="TOML files with the tables organization, portfolio, campaigns and policy.")
    ],
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Pause campaigns that the files do not name.")] = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Makes the service have what the files say, all of it or nothing.

    The difference is shown first, checked by the service; a repeat has nothing to do.
    """
    with reported():
        desired = read_desired(files)
    with connected(server, config) as client:
        plan = make_plan(client, desired, prune=prune)
        show_plan(plan)
        if plan.refusals:
            raise CommandFailure("\n".join(f"refused: {reason}" for reason in plan.refusals))
        show_warnings(check(client, plan))
        if dry_run or not plan.pending:
            return
        if not yes and not _confirmed(len(plan.pending)):
            raise CommandFailure("nothing was changed")
        count = execute(client, plan)
    Console(emoji=False).print(f"Applied {count} {'change' if count == 1 else 'changes'}.")


def show_plan(plan: Plan) -> None:
    """Writes what is to be done, field by field."""
    out = Console(highlight=False, emoji=False, soft_wrap=True)
    for change in plan.changes:
        _show_change(out, change)
    if not plan.pending:
        out.print("Nothing to do.")


def show_warnings(checked: Checked) -> None:
    """Writes what may be a mistake, and how many decisions wait for campaigns that are paused or ended, if any."""
    warnings = list(checked.warnings)
    if count := checked.unsent_count:
        decisions = "decision waits" if count == 1 else "decisions wait"
        warnings.append(f"{count} {decisions} to be sent for campaigns that this pauses or ends")
    out = Console(highlight=False, emoji=False, soft_wrap=True)
    for warning in warnings:
        out.print(f"[yellow]warning[/]   {escape(warning)}")


def _show_change(out: Console, change: Change) -> None:
    colour = COLOURS[change.action]
    out.print(f"[{colour}]{change.action.value:9}[/] {escape(change.subject)}")
    for field in change.fields:
        old = "(not set)" if field.old is None else field.old
        new = "(not set)" if field.new is None else field.new
        text = new if field.old is None and change.action is not Action.UPDATE else f"{old} -> {new}"
        out.print(f"            {escape(field.path)}: {escape(text)}")


def _confirmed(count: int) -> bool:
    if not sys.stdin.isatty():
        raise CommandFailure("there is nobody to ask: say --yes to make the changes", USAGE)
    return typer.confirm(f"Make {count} {'change' if count == 1 else 'changes'}?")
