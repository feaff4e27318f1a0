"""Small experiments to run, and how the command runs them."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from simulators.cli.report import report
from simulators.cli.run import run
from simulators.cli.sweep import sweep

APP = typer.Typer()
for _command in (run, sweep, report):
    APP.command()(_command)

WORLD = """
name = "corner-shop"
days = 12
customers = 120
stateless = true
visits = {{ every_days = 1 }}
delay = {{ mean_days = 0.5 }}
reward = {{ of = "conversion", window_days = 2 }}
population.organic.rate_factor = 0.0
population.segments = {{ family = {{ share = 0.5 }}, student = {{ share = 0.5 }} }}

[[campaigns]]
campaign_id = "news"
base_rate = 0.1
fixed_priority = 1
odds.segment = {{ family = {odds}, student = {inverse} }}

[[campaigns]]
campaign_id = "sale"
base_rate = 0.1
fixed_priority = 2
odds.segment = {{ family = {inverse}, student = {odds} }}
"""

EXPERIMENT = """
name = "corner"
worlds = ["corner-shop.toml"]
seeds = 6
seeds_at_once = 3
baselines = ["fixed"]
without_exploration = { ours = "greedy" }

[policies]
ours = { policy = "epsilon_greedy:{epsilon}", epsilon = [0.05, 0.5] }
greedy = "greedy"
fixed = "fixed_order"

[settings]
customers = [60, 120]
"""
"""2 worlds x (4 policies + the oracle) x 2 groups of seeds: 20 parts."""
PARTS = 20


def write_experiment(folder: Path, text: str = EXPERIMENT, odds: float = 4.0) -> Path:
    """Writes the experiment and its world, and returns the path of the former."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "corner-shop.toml").write_text(WORLD.format(odds=odds, inverse=1.0 / odds))
    path = folder / "experiment.toml"
    path.write_text(text)
    return path


def command(*arguments: str | Path) -> list[str]:
    """Returns the command line of `banditsvc simulate`, for what cannot be done to this process."""
    return [sys.executable, "-m", "banditsvc", "simulate", *map(str, arguments)]


def simulate(*arguments: str | Path) -> Result:
    """Runs `banditsvc simulate` to its end, in this process; an error that it does not report itself is raised."""
    done = CliRunner().invoke(APP, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def digests(directory: Path) -> dict[str, str]:
    """Returns a digest of each file of results."""
    files = sorted((directory / "results").iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
