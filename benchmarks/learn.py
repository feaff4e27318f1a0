"""From the log to the live model, beside Vowpal Wabbit on ready-made examples; ends with one JSON line.

20 campaigns (and 10), 12 context and 5 campaign features, the same arguments of Vowpal Wabbit. Ours starts from a log that
the service wrote: 50,000 decisions, of which every tenth is answered. It reads them, settles them, joins the outcomes,
makes the rewards, encodes and learns, and publishes the model. The peer is vw-next's `learn_one`, given the examples of a
decision ready-made, one for each campaign. Times are of the processor, on one core; runs alternate, and the medians count.

Staleness is measured on the running service, with its learner beside it, both by their defaults: 2,000 decisions and
2,000 outcomes a second, windows of five seconds, a feed that is marked with each batch of outcomes. It is the time from the
moment when a decision is due (its window over, its feed complete to there) until a model that knows it decides.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

if not __package__:  # run as `python benchmarks/learn.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.decisions import LOAD_CORE, workspace
from benchmarks.learn_log import fill_log
from benchmarks.learn_staleness import OUTCOMES_PER_SECOND, RUN_SECONDS, staleness
from benchmarks.peers import run_with

RUNS = 5
CAMPAIGNS = (20, 10)
LOGS = (("VOWPAL_WABBIT", 20), ("VOWPAL_WABBIT", 10), ("POSTERIOR", 20))
"""Learners and numbers of campaigns."""

_console = Console(stderr=True)


def main() -> None:
    """Runs the benchmark."""
    os.sched_setaffinity(0, {LOAD_CORE})
    figures: dict[str, list[float]] = {}
    with workspace() as folder:
        logs = [(*one, folder / f"{one[0]}-{one[1]}") for one in LOGS]
        for learner, campaigns, data_dir in track(logs, description="logs", console=_console):
            fill_log(data_dir, campaigns, learner)
        for _ in track(range(RUNS), description="runs", console=_console):
            for campaigns in CAMPAIGNS:
                taken = _measure("benchmarks.learn_vw", campaigns)
                figures.setdefault(f"vw-next, {campaigns} campaigns", []).append(taken)
            for learner, campaigns, data_dir in logs:
                taken = _measure("benchmarks.learn_ours", data_dir.absolute())
                figures.setdefault(f"{learner}, {campaigns} campaigns", []).append(taken)
        with _console.status(f"{OUTCOMES_PER_SECOND:,} outcomes a second"):
            waited = staleness(folder / "live", RUNS)
    _show(figures, waited)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    line = {
        "learn_ratio": round(medians["vw-next, 20 campaigns"] / medians["VOWPAL_WABBIT, 20 campaigns"], 2),
        "staleness_s": round(statistics.median([float(run.max()) for run in waited]), 2),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def _measure(module: str, argument: object) -> float:
    """Returns the microseconds that a decision takes."""
    found = json.loads(run_with(sys.executable, module, argument))
    return float(found["seconds"] / found["learned"] * 1e6)


def _show(figures: dict[str, list[float]], waited: list[NDArray[np.float64]]) -> None:
    table = Table("microseconds a decision", "median", "least", "greatest", "vw-next's time / this")
    for name, values in figures.items():
        median = statistics.median(values)
        peer = statistics.median(figures[f"vw-next, {name.split(', ')[1]}"])
        table.add_row(name, f"{median:.1f}", f"{min(values):.1f}", f"{max(values):.1f}", f"{peer / median:.2f}")
    _console.print(table)
    table = Table(f"staleness in seconds, runs of {RUN_SECONDS} s", "median", "greatest", "decisions")
    for number, run in enumerate(waited):
        table.add_row(str(number + 1), f"{np.median(run):.2f}", f"{run.max():.2f}", f"{len(run):,}")
    _console.print(table)


if __name__ == "__main__":
    main()
