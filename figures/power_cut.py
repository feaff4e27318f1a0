"""Simulated power cuts: the durable log, and the control without a sync at each commit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from banditsvc.store import SqliteLog
from figures.page import Page, Table
from figures.run import Track, main
from tests.store.test_power_cut import _cut_once as cut_once

NAME = "power_cut"
CUTS, SHORT_CUTS = 2_000, 400
CONTROL_SHARE = 4
"""The control has one in so many cuts."""


def measure(*, short: bool, track: Track) -> Page:
    """Returns what 2,000 power cuts lost, 400 in the short form."""
    cuts = SHORT_CUTS if short else CUTS
    control = cuts // CONTROL_SHARE
    with tempfile.TemporaryDirectory(prefix="banditsvc-cuts-") as directory:
        empty = Path(directory) / "log.db"
        SqliteLog(empty).close()
        durable = _cut(empty, cuts, "FULL", lambda done: track(done, cuts + control))
        without = _cut(empty, control, "NORMAL", lambda done: track(cuts + done, cuts + control))
    rows = [_row("FULL (the service's)", durable), _row("NORMAL (control)", without)]
    return Page(
        title="Power cuts",
        shows=(
            "A file layer under SQLite forgets, keeps or tears at a sector each write that was not synced when the "
            "power is cut, which is at a random write or sync. What is left is opened, checked and compared with what "
            "was acknowledged. The control shows that the simulation bites."
        ),
        scale=f"{cuts:,} cuts, {control:,} of the control.",
        tables=(
            Table(
                headers=(
                    "synchronous",
                    "cuts",
                    "cuts that lost an acknowledged decision",
                    "acknowledged decisions lost",
                ),
                rows=rows,
            ),
        ),
    )


def _cut(empty: Path, cuts: int, synchronous: str, done: Callable[[int], None]) -> list[int]:
    lost = []
    for seed in range(cuts):
        with tempfile.TemporaryDirectory(dir=empty.parent) as directory:
            lost.append(max(0, cut_once(empty, Path(directory) / "cut", seed, synchronous)))
        done(seed + 1)
    return lost


def _row(name: str, lost: list[int]) -> tuple[str, ...]:
    return name, f"{len(lost):,}", f"{sum(one > 0 for one in lost):,}", f"{sum(lost):,}"


if __name__ == "__main__":
    main(NAME, measure)
