"""Off-policy evaluation beside obp and vw-estimators; ends with one JSON line.

One log for all: a million decisions, each with 10 eligible campaigns. Ours makes two cross-fitted reward models (shrunken
means and ridge regression), all estimators of the first row with each, the default interval with customers as units, and
the diagnostics: weights and their tail, unlogged mass, drift of eligible sets, audit of all probabilities.
obp makes IPW, SNIPW and DR with its bootstrap intervals, and gets the reward model as a gift; its default of 10,000 resamples
takes minutes, and its time grows with their number alone, so that fewer are measured and their time is scaled.
vw-estimators makes the Cressie-Read estimate and interval of the first decisions, one by one, and its time is scaled to all.
Times are of the processor, on one thread. The log is in memory; that of ten million decisions streams from a Parquet file.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

if not __package__:  # run as `python benchmarks/evaluate.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.decisions import LOAD_CORE
from benchmarks.evaluate_log import FLOOR, ROWS, STREAMED_ROWS, VW_ROWS, arrays_file, parquet_file
from benchmarks.peers import peers_python, run_peers, run_with

RESAMPLES, DEFAULT_RESAMPLES = 100, 10_000

_console = Console(stderr=True)


def main() -> None:
    """Runs the benchmark."""
    with _console.status("making the logs, once"):
        arrays, parquet = arrays_file(), parquet_file()
    peers_python()
    os.sched_setaffinity(0, {LOAD_CORE})
    with _console.status("obp and vw-estimators"):
        settings = {"resamples": RESAMPLES, "vw_rows": VW_ROWS, "floor": FLOOR}
        peers = json.loads(run_peers("benchmarks.evaluate_peers", arrays, json.dumps(settings)))
    with _console.status(f"{ROWS:,} decisions in memory"):
        ours = json.loads(run_with(sys.executable, "benchmarks.evaluate_ours", "memory", arrays))
    with _console.status(f"{STREAMED_ROWS:,} decisions from a file"):
        streamed = json.loads(run_with(sys.executable, "benchmarks.evaluate_ours", "stream", parquet))
    of_obp = sum(_obp_seconds(one) for one in peers["obp"].values())
    _show(ours, streamed, peers)
    line = {
        "seconds_1m": round(ours["seconds"], 2),
        "speedup_vs_obp": round(of_obp / ours["seconds"], 1),
        "cressie_read_ms": round(ours["cressie_read_ms"], 1),
        "peak_mib": round(max(ours["peak_mib"], streamed["peak_mib"]), 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def _obp_seconds(one: dict[str, float]) -> float:
    """Returns the seconds of an estimate with its interval, at the default number of resamples."""
    return one["seconds"] + one["bootstrap_seconds"] * DEFAULT_RESAMPLES / RESAMPLES


def _show(ours: dict[str, Any], streamed: dict[str, Any], peers: dict[str, Any]) -> None:
    table = Table("what", "value", "95 % interval", "seconds")
    values = ours["values"]
    for name, own in (("IPW", "IPS"), ("SNIPW", "SNIPS"), ("DR", "DR")):
        one = peers["obp"][name]
        seconds = f"{_obp_seconds(one):,.1f}, scaled from {RESAMPLES} resamples"
        table.add_row(f"obp {name}", f"{one['value']:.9f}", _ends(one["interval"]), seconds)
        table.add_row(f"ours {own}", f"{values[own]:.9f}", "", "")
    for name, seconds in ours["steps"].items():
        table.add_row(f"ours, {name}", "", "", f"{seconds:.3f}")
    table.add_row("ours, all of it", "", _ends(ours["interval"]), f"{ours['seconds']:.2f}")
    vw, own = peers["vw"], ours["first_rows"]
    scaled = f"{vw['seconds'] * ROWS / VW_ROWS:.2f}, scaled from {VW_ROWS:,} decisions"
    table.add_row(f"vw-estimators Cressie-Read, {VW_ROWS:,}", f"{vw['value']:.9f}", _ends(vw["interval"]), scaled)
    table.add_row(f"ours Cressie-Read, {VW_ROWS:,}", f"{own[0]:.9f}", _ends(own[1:]), "")
    table.add_row("ours Cressie-Read, all", "", "", f"{ours['cressie_read_ms'] / 1e3:.4f}")
    rate = f"{streamed['seconds']:.1f}, {streamed['peak_mib']:,.0f} MiB"
    table.add_row(f"ours, {STREAMED_ROWS:,} decisions read twice", "", _ends(streamed["interval"]), rate)
    _console.print(table)


def _ends(ends: list[float]) -> str:
    return f"{ends[0]:.6f} to {ends[1]:.6f}"


if __name__ == "__main__":
    main()
