"""The service, durable, beside a server that does nothing; ends with one JSON line.

Load: 10 candidates by id, 12 context features, no decision_id, 104 payloads, 64 calls in flight (8 of a batch). The
portfolio has the product's defaults and a model that has learned, Thompson sampling on the posterior; the same with
Vowpal Wabbit and SquareCB is shown beside it. The learner does not run. Each server has one core and the generator the
other. Runs alternate; the medians count. A run counts only if the log has as many new records as were sent.

p99 is that of Rank at half the rate that it was answered at, of both servers at the same rate. The memory is the
greatest that the process held by the time the log had 1,000,000 decisions.
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

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp
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
    check_logged,
    last_position,
    workspace,
)
from benchmarks.learned_portfolios import DEFAULT, VOWPAL_WABBIT, click, learn, request
from benchmarks.load import LoadResult, repeated, run_load
from benchmarks.servers import empty_server, ranking_server

RUNS = 5
CALLS = 10_400
BATCH_SIZE = 100
BATCHES = 312
BATCHES_IN_FLIGHT = 8
REWARD_BATCH_SIZE = 1_000
REWARD_BATCHES = 30
REWARD_BATCHES_IN_FLIGHT = 4
REWARDED = 10_000
MOST_IN_FLIGHT = 1_000
"""At a fixed rate, when an answer may take its time."""
DECISIONS_FOR_MEMORY = 1_000_000

_SERVICE = "/banditsvc.v1.RankingService/"
_console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class _Load:
    """One kind of load."""

    name: str
    method: str
    messages: Sequence[bytes]
    in_flight: int
    records_per_message: int


def _rank_loads(portfolio_id: str, name: str) -> list[_Load]:
    unary = [request(portfolio_id, number).SerializeToString() for number in range(PAYLOADS)]
    batches = [
        ranking_pb2.BatchRankRequest(
            requests=[request(portfolio_id, number * BATCH_SIZE + place) for place in range(BATCH_SIZE)]
        ).SerializeToString()
        for number in range(PAYLOADS)
    ]
    return [
        _Load(f"Rank{name}", "Rank", repeated(unary, CALLS), IN_FLIGHT, 1),
        _Load(f"BatchRank{name}", "BatchRank", repeated(batches, BATCHES), BATCHES_IN_FLIGHT, BATCH_SIZE),
    ]


def _reward_loads(address: str, run: int) -> list[_Load]:
    """Returns outcomes that no run has sent before, of decisions made for them."""
    with Client(address) as client:
        decision_ids = [
            result.response.decision.decision_id
            for first in range(0, REWARDED, BATCH_SIZE)
            for result in client.batch_rank(
                [request(DEFAULT, number) for number in range(first, first + BATCH_SIZE)]
            ).results
        ]
    now = Timestamp()
    now.GetCurrentTime()

    def clicks(count: int, kind: str) -> list[ranking_pb2.RewardRequest]:
        return [click(DEFAULT, decision_ids[i % REWARDED], f"{kind}-{run}-{i}", now) for i in range(count)]

    unary = [one.SerializeToString() for one in clicks(REWARDED, "unary")]
    many = clicks(REWARD_BATCHES * REWARD_BATCH_SIZE, "batch")
    batches = [
        ranking_pb2.BatchRewardRequest(requests=many[first : first + REWARD_BATCH_SIZE]).SerializeToString()
        for first in range(0, len(many), REWARD_BATCH_SIZE)
    ]
    return [
        _Load("Reward", "Reward", unary, IN_FLIGHT, 1),
        _Load("BatchReward", "BatchReward", batches, REWARD_BATCHES_IN_FLIGHT, REWARD_BATCH_SIZE),
    ]


def _run(address: str, load: _Load, per_second: float | None = None) -> LoadResult:
    in_flight = load.in_flight if per_second is None else MOST_IN_FLIGHT
    return run_load(address, _SERVICE + load.method, load.messages, in_flight=in_flight, per_second=per_second)


def _run_logged(address: str, load: _Load, data_dir: Path, per_second: float | None = None) -> LoadResult:
    before = last_position(data_dir)
    result = _run(address, load, per_second)
    check_logged(load.name, len(load.messages) * load.records_per_message, last_position(data_dir) - before)
    return result


class _Figures:
    """What was measured, of both servers by the name of the load."""

    def __init__(self) -> None:
        self.ours: dict[str, list[float]] = {}
        self.empty: dict[str, list[float]] = {}

    def add(self, name: str, ours: float, empty: float) -> None:
        self.ours.setdefault(name, []).append(ours)
        self.empty.setdefault(name, []).append(empty)

    def median(self, name: str) -> float:
        """Returns the service's median."""
        return statistics.median(self.ours[name])

    def ratio(self, name: str) -> float:
        """Returns the service's median as a multiple of the empty server's."""
        return round(self.median(name) / statistics.median(self.empty[name]), 3)

    def show(self) -> None:
        table = Table("records a second, or ms", "service", "least", "greatest", "empty server", "ratio")
        for name, values in self.ours.items():
            empty = statistics.median(self.empty[name])
            numbers = [f"{value:,.1f}" for value in (self.median(name), min(values), max(values), empty)]
            table.add_row(name, *numbers, f"{self.ratio(name):.3f}")
        _console.print(table)


def _peak_rss_mib(process: subprocess.Popen[bytes]) -> float:
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _p99_ms(result: LoadResult) -> float:
    return float(np.quantile(result.seconds, 0.99)) * 1e3


def _measure(figures: _Figures, empty: str, address: str, data_dir: Path) -> None:
    """Runs every load once unmeasured and then RUNS times, on one server and the other."""
    rank_loads = [*_rank_loads(DEFAULT, ""), *_rank_loads(VOWPAL_WABBIT, ", SquareCB")]
    for run in track(range(RUNS + 1), description="runs", console=_console):
        for load in [*rank_loads, *_reward_loads(address, run)]:
            there, here = _run(empty, load), _run_logged(address, load, data_dir)
            if run:
                count = load.records_per_message
                figures.add(load.name, here.calls_per_second * count, there.calls_per_second * count)
    half = figures.median("Rank") / 2.0
    for _ in track(range(RUNS), description="half load", console=_console):
        there, here = _run(empty, rank_loads[0], half), _run_logged(address, rank_loads[0], data_dir, half)
        figures.add("p99 of Rank at half load", _p99_ms(here), _p99_ms(there))
    while last_position(data_dir) < DECISIONS_FOR_MEMORY:
        _run_logged(address, rank_loads[1], data_dir)


def main() -> None:
    """Runs the benchmark."""
    os.sched_setaffinity(0, {LOAD_CORE})
    figures = _Figures()
    with workspace() as folder:
        data_dir = folder / "data"
        learn(data_dir)
        with (
            empty_server(SERVER_CORE) as empty,
            ranking_server(data_dir, SERVER_CORE, lambda _: None, "--no-learner") as (process, address),
        ):
            _measure(figures, empty, address, data_dir)
            rss_mib = _peak_rss_mib(process)
    figures.show()
    line = {
        "rank_ratio": figures.ratio("Rank"),
        "rank_p99_ratio": figures.ratio("p99 of Rank at half load"),
        "batch_rank_ratio": figures.ratio("BatchRank"),
        "reward_ratio": figures.ratio("Reward"),
        "batch_reward_per_s": round(figures.median("BatchReward")),
        "rss_mib": round(rss_mib, 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
