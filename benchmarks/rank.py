"""Rank and BatchRank, durable, beside a server that does nothing; ends with one JSON line.

Load: 10 candidates by id, 12 context features, no decision_id, 104 payloads, 64 requests in flight. Each server has one
core and the generator the other. Runs alternate; the medians count. A run counts only if the new decisions in the log
are as many as the requests sent.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

if not __package__:  # run as `python benchmarks/rank.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from banditsvc.client import Client
from banditsvc.v1 import ranking_pb2
from benchmarks.decisions import (
    IN_FLIGHT,
    LOAD_CORE,
    PAYLOADS,
    SERVER_CORE,
    campaign_fields,
    campaign_id,
    check_logged,
    create_portfolio,
    decision_count,
    rank_request,
    workspace,
)
from benchmarks.load import run_load, write_payloads
from benchmarks.servers import empty_server, ranking_server

PORTFOLIO_ID = "bench"
CAMPAIGNS = 20
CANDIDATES = 10
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


def _request(number: int) -> ranking_pb2.RankRequest:
    candidates = [campaign_id((number + place) % CAMPAIGNS) for place in range(CANDIDATES)]
    return rank_request(PORTFOLIO_ID, number, candidates)


def _set_up(client: Client) -> None:
    create_portfolio(client, PORTFOLIO_ID, [campaign_fields(number) for number in range(CAMPAIGNS)], {})


def _loads(folder: Path) -> list[_Load]:
    unary, batch = folder / "unary", folder / "batch"
    unary.mkdir()
    batch.mkdir()
    batches = [
        ranking_pb2.BatchRankRequest(requests=[_request(number * BATCH_SIZE + place) for place in range(BATCH_SIZE)])
        for number in range(PAYLOADS)
    ]
    service = "/banditsvc.v1.RankingService"
    return [
        _Load(
            "rank",
            f"{service}/Rank",
            write_payloads(unary, [_request(number) for number in range(PAYLOADS)]),
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
    before = decision_count(data_dir, PORTFOLIO_ID)
    per_second = _measure(address, load)
    sent = len(load.payloads) * load.requests_per_payload * load.decisions_per_request
    check_logged(load.name, sent, decision_count(data_dir, PORTFOLIO_ID) - before)
    return per_second


def _peak_rss_mib(process: subprocess.Popen[bytes]) -> float:
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main() -> None:
    """Runs the benchmark."""
    os.sched_setaffinity(0, {LOAD_CORE})
    figures: dict[str, list[float]] = {}
    with workspace() as folder:
        loads = _loads(folder)
        data_dir = folder / "data"
        with empty_server(SERVER_CORE) as empty, ranking_server(data_dir, SERVER_CORE, _set_up) as (process, address):
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
