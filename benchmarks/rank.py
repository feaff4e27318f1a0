"""Rank and BatchRank, durable, beside a server that does nothing; ends with one JSON line.

Load: 10 candidates by id, 12 context features, no decision_id, 104 payloads, 64 requests in flight. Each server has one
core and the generator the other. Runs alternate; the medians count. A run counts only if the new decisions in the log
are as many as the requests sent.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

if not __package__:  # run as `python benchmarks/rank.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.v1 import context_pb2, ranking_pb2
from benchmarks.load import run_load, write_payloads
from benchmarks.servers import PORTFOLIO_ID, empty_server, ranking_server

SERVER_CORE, LOAD_CORE = 0, 1
CAMPAIGNS = 20
CANDIDATES = 10
PAYLOADS = 104
IN_FLIGHT = 64
RUNS = 5
RANKS_PER_PAYLOAD = 100
BATCH_SIZE = 100
BATCHES_PER_PAYLOAD = 3
BATCHES_IN_FLIGHT = 8

_console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class _Load:
    """One kind of load."""

    name: str
    method: str
    payloads: Sequence[Path]
    in_flight: int
    requests_per_payload: int
    decisions_per_request: int


def rank_request(number: int) -> ranking_pb2.RankRequest:
    """Returns one of the benchmark's requests: 10 candidates by id and 12 context features."""
    context = context_pb2.CustomerContext(
        recency_days=3.0 + 7 * (number % 50),
        frequency=1.0 + number % 20,
        monetary=10.0 * (1 + number % 90),
        r=1 + number % 5,
        f=1 + number % 4,
        m=1 + number % 3,
        segment=f"segment-{number % 8}",
        lifecycle_stage=1 + number % 7,  # type: ignore[arg-type]  # enum numbers
        favourites={f"category-{number % 6}": 1.0},
        features={
            "region": context_pb2.FeatureValue(text=f"region-{number % 12}"),
            "newsletter": context_pb2.FeatureValue(flag=number % 2 == 0),
            "basket": context_pb2.FeatureValue(number=float(number)),
        },
    )
    candidates = [
        ranking_pb2.Candidate(campaign_id=f"campaign-{(number + place) % CAMPAIGNS:02d}") for place in range(CANDIDATES)
    ]
    return ranking_pb2.RankRequest(
        portfolio_id=PORTFOLIO_ID, customer_id=f"customer-{number:05d}", context=context, candidates=candidates
    )


def _loads(folder: Path) -> list[_Load]:
    unary, batch = folder / "unary", folder / "batch"
    unary.mkdir()
    batch.mkdir()
    batches = [
        ranking_pb2.BatchRankRequest(
            requests=[rank_request(number * BATCH_SIZE + place) for place in range(BATCH_SIZE)]
        )
        for number in range(PAYLOADS)
    ]
    service = "/banditsvc.v1.RankingService"
    return [
        _Load(
            "rank",
            f"{service}/Rank",
            write_payloads(unary, [rank_request(number) for number in range(PAYLOADS)]),
            IN_FLIGHT,
            RANKS_PER_PAYLOAD,
            1,
        ),
        _Load(
            "batch_rank",
            f"{service}/BatchRank",
            write_payloads(batch, batches),
            BATCHES_IN_FLIGHT,
            BATCHES_PER_PAYLOAD,
            BATCH_SIZE,
        ),
    ]


def _decision_count(data_dir: Path) -> int:
    log = SqliteLog(data_dir / "log.db", read_only=True)
    try:
        return log.count_decisions(PORTFOLIO_ID, 0)
    finally:
        log.close()


def _measure(address: str, load: _Load) -> float:
    result = run_load(
        address,
        load.method,
        load.payloads,
        in_flight=load.in_flight,
        requests_per_payload=load.requests_per_payload,
        core=LOAD_CORE,
    )
    return result.requests_per_second * load.decisions_per_request


def _measure_logged(address: str, load: _Load, data_dir: Path) -> float:
    before = _decision_count(data_dir)
    per_second = _measure(address, load)
    logged = _decision_count(data_dir) - before
    sent = len(load.payloads) * load.requests_per_payload * load.decisions_per_request
    if logged != sent:
        message = f"{load.name}: {sent} decisions asked for, {logged} in the log"
        raise SystemExit(message)
    return per_second


def _peak_rss_mib(process: subprocess.Popen[bytes]) -> float:
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")


@contextlib.contextmanager
def _workspace() -> Iterator[Path]:
    # Beside the checkout, not in /tmp: that may be memory, where an fsync costs nothing.
    build = Path("build")
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as folder:
        yield Path(folder)


def main() -> None:
    """Runs the benchmark."""
    os.sched_setaffinity(0, {LOAD_CORE})
    figures: dict[str, list[float]] = {}
    with _workspace() as folder:
        loads = _loads(folder)
        data_dir = folder / "data"
        with empty_server(SERVER_CORE) as empty, ranking_server(data_dir, SERVER_CORE, CAMPAIGNS) as (process, address):
            for load in loads:
                _measure(empty, load)
                _measure_logged(address, load, data_dir)
            for _ in track(range(RUNS), description="runs", console=_console):
                for load in loads:
                    figures.setdefault(f"empty {load.name}", []).append(_measure(empty, load))
                    figures.setdefault(load.name, []).append(_measure_logged(address, load, data_dir))
            rss_mib = _peak_rss_mib(process)
    _show(figures)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    line = {
        "rank_ratio": round(medians["rank"] / medians["empty rank"], 3),
        "batch_rank_ratio": round(medians["batch_rank"] / medians["empty batch_rank"], 3),
        "rss_mib": round(rss_mib, 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def _show(figures: dict[str, list[float]]) -> None:
    table = Table("decisions per second", "median", "least", "greatest")
    for name, values in figures.items():
        table.add_row(name, f"{statistics.median(values):,.0f}", f"{min(values):,.0f}", f"{max(values):,.0f}")
    _console.print(table)


if __name__ == "__main__":
    main()
