"""`banditsvc simulate`: worlds that drive the service, or its core, and what comes of it. One command per file."""

from __future__ import annotations

import typer

from simulators.cli.demo import demo
from simulators.cli.fit import fit
from simulators.cli.report import report
from simulators.cli.run import run
from simulators.cli.sweep import sweep
from simulators.cli.trial import trial
from simulators.cli.two_segments import two_segments
from simulators.cli.world import world

app = typer.Typer(
    name="simulate",
    help="Worlds to see the service learn in: worlds whose truth is known, a randomised trial file, a made-up shop.",
    no_args_is_help=True,
)
app.command("trial")(trial)
app.command("two-segments")(two_segments)
app.command("demo")(demo)
app.command("fit")(fit)
app.command("run")(run)
app.command("sweep")(sweep)
app.command("report")(report)
app.command("world")(world)
