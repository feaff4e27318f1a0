"""Growth: time and memory of an audience's run by customers, campaigns, features and the log before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from banditsvc.reports.html.svg import RULE, figure, series_color, svg_of
from benchmarks.audience_customers import write_customers
from benchmarks.audience_run import Kind, Measured, prepare
from benchmarks.audience_run import measure as run_measured
from benchmarks.decisions import workspace
from benchmarks.servers import ranking_server
from figures.page import Page, Plot, Table
from figures.run import Track, main

NAME = "growth"
CUSTOMERS, SHORT_CUSTOMERS = (10_000, 100_000, 1_000_000, 10_000_000), (10_000, 100_000)
CAMPAIGNS, SHORT_CAMPAIGNS = (5, 20, 50, 100, 200, 500), (5, 50)
FEATURES, SHORT_FEATURES = (12, 100, 1_000, 10_000), (12, 100)
LOG, SHORT_LOG = (100_000, 1_000_000, 10_000_000), (10_000, 100_000)
USUAL_CUSTOMERS, SHORT_USUAL_CUSTOMERS = 200_000, 20_000
MOST_CELLS = 40_000_000
"""Customers times features of one run."""
_BUILT_IN = 12
"""Features that every customer has."""
NIGHT_HOURS, DISK_TB = 6.0, 1.0
"""What a night and a disk have, for the point where one machine ends."""
_CAPS = {"contact_policy": {"caps": [{"name": "all", "max_contacts": 2, "window": "7d"}]}}
_VW = {"learner_spec": {"learner": "VOWPAL_WABBIT"}}


@dataclass(frozen=True, slots=True)
class Point:
    """One run."""

    size: int
    customers: int
    run: Measured
    start_seconds: float = 0.0
    """Until the service answered, started on the log of the runs before."""


def measure(*, short: bool, track: Track) -> Page:
    """Measures the figure."""
    usual = SHORT_USUAL_CUSTOMERS if short else USUAL_CUSTOMERS
    sizes = (
        SHORT_CUSTOMERS if short else CUSTOMERS,
        SHORT_CAMPAIGNS if short else CAMPAIGNS,
        SHORT_FEATURES if short else FEATURES,
        SHORT_LOG if short else LOG,
    )
    found: list[list[Point]] = []
    with workspace() as folder:
        runs: tuple[Callable[[int], Point], ...] = (
            lambda size: _point(folder, size, size),
            lambda size: _point(folder, size, usual, campaigns=size),
            lambda size: _point(folder, size, min(usual, MOST_CELLS // size), further=size - _BUILT_IN),
            lambda size: _after(folder, size, usual),
        )
        done, total = 0, sum(map(len, sizes))
        for run, of_run in zip(runs, sizes, strict=True):
            found.append([])
            for size in of_run:
                track(done, total)
                found[-1].append(run(size))
                done += 1
    customers, campaigns, features, log = found
    return _page(customers, campaigns, features, log)


def _point(folder: Path, size: int, rows: int, *, campaigns: int = 20, further: int = 0) -> Point:
    kind = Kind(f"grown-{campaigns}", _VW, campaigns=campaigns)
    with _customers(folder, rows, further) as path:
        if not (folder / kind.name).exists():
            prepare(folder, kind)
        return Point(size, rows, run_measured(folder, kind, path, rows))


def _after(folder: Path, size: int, rows: int) -> Point:
    """Returns a night after one in which each of so many customers was decided for."""
    kind = Kind(f"logged-{size}", {**_VW, **_CAPS})
    with _customers(folder, size, 0) as before:
        data = prepare(folder, kind, [before])
    began = time.perf_counter()
    with ranking_server(data, None, lambda _: None, "--no-learner"):
        seconds = time.perf_counter() - began
    with _customers(folder, rows, 0) as path:
        return Point(size, rows, run_measured(folder, kind, path, rows), seconds)


@contextmanager
def _customers(folder: Path, rows: int, further: int) -> Iterator[Path]:
    path = folder / "customers.parquet"
    write_customers(path, rows, further=further)
    try:
        yield path
    finally:
        path.unlink()


def _page(
    customers: Sequence[Point], campaigns: Sequence[Point], features: Sequence[Point], log: Sequence[Point]
) -> Page:
    most = customers[-1].run
    by_time = most.per_second * NIGHT_HOURS * 3600
    by_disk = DISK_TB * 1e12 / most.log_bytes
    return Page(
        title="Growth of an audience's run",
        shows="`banditsvc rank-audience` from a Parquet file to the log, with a service of its own: SquareCB on Vowpal "
        "Wabbit's model, groups and a floor; 20 campaigns and 12 features where the table does not say otherwise. "
        "Memory is that of the command and its workers together.",
        scale="One run of each size.",
        tables=(
            _table("Customers", customers),
            _table("Campaigns", campaigns),
            _table("Features of a customer", features),
            _table("Decisions in the log, of a night before that a cap counts", log),
        ),
        plots=tuple(
            Plot(file=f"{NAME}_{name}.svg", shows=f"Time and memory by {name}", svg=_plot(name, points))
            for name, points in (
                ("customers", customers),
                ("campaigns", campaigns),
                ("features", features),
                ("log", log),
            )
        ),
        verdict=f"**Where one machine ends**: at the rate of the largest run {NIGHT_HOURS:g} hours of a night are enough for "
        f"{by_time / 1e9:,.1f} billion customers, and a disk of {DISK_TB:g} TB holds {by_disk / 1e9:,.1f} billion decisions, "
        f"at {most.log_bytes:,.0f} bytes each: the disk comes first, after {by_disk / customers[-1].size:,.0f} nights of "
        f"{customers[-1].size:,} customers.",
    )


def _table(caption: str, points: Sequence[Point]) -> Table:
    starts = any(point.start_seconds for point in points)
    headers = ("size", "customers", "seconds", "decisions a second", "processor us a decision", "peak MiB", "bytes")
    rows = [
        (
            f"{point.size:,}",
            f"{point.customers:,}",
            f"{point.run.seconds:,.1f}",
            f"{point.run.per_second:,.0f}",
            f"{point.run.processor_us:,.2f}",
            f"{point.run.peak_mib:,.0f}",
            f"{point.run.log_bytes:,.0f}",
            *((f"{point.start_seconds:.1f}",) if starts else ()),
        )
        for point in points
    ]
    return Table(
        headers=(*headers, *(("start of the service, s",) if starts else ())), rows=rows, caption=f"**{caption}**"
    )


def _plot(name: str, points: Sequence[Point]) -> str:
    made, axes = figure(2.6)
    at = [point.size for point in points]
    for place, (label, values) in enumerate(
        (("seconds", [p.run.seconds for p in points]), ("peak MiB", [p.run.peak_mib for p in points]))
    ):
        axes.plot(at, values, "o-", color=series_color(place), linewidth=1.5, markersize=3.0, label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(name)
    axes.grid(axis="y", color=RULE, linewidth=0.5, alpha=0.7)
    axes.legend(frameon=False, fontsize=8)
    return str(svg_of(made, f"Time and memory by {name}"))


if __name__ == "__main__":
    main(NAME, measure)
