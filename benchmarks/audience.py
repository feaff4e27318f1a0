"""A whole audience beside stock Vowpal Wabbit, from a Parquet file to the decision log; ends with one JSON line.

5,000,000 customers with 12 features, 20 campaigns, groups and a floor, on all processors: what counts is the whole of
`banditsvc rank-audience`, from its start to its end, with the service that enters the parts in its log. Three
portfolios: SquareCB with Vowpal Wabbit's model, Thompson sampling with the posterior's, and SquareCB with 5 rules a
campaign and 3 caps where every tenth customer got something the night before. Runs alternate; the medians count. A run
counts only if the log has a decision for every customer.

- Beside: `vw` with the same model's arguments predicts the first of the same customers, from a file of its own format,
  as one process, as it comes.
- Peak: the memory of the command and its workers together, what they share counted once.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track
from rich.table import Table

if not __package__:  # run as `python benchmarks/audience.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from banditsvc.client import Client
from benchmarks.audience_model import publish_model
from benchmarks.audience_vw import vw_per_second
from benchmarks.decisions import campaign_fields, check_logged, create_portfolio, decision_count, workspace
from benchmarks.family_use import FamilyUse, processor_seconds, watched
from benchmarks.peers import peers_python
from benchmarks.servers import ranking_server

CUSTOMERS = 5_000_000
CAMPAIGNS = 20
RUNS = 5
BEFORE = 10
"""One customer of so many was in the run of the night before."""
_GROUP = 1 << 17
"""Rows made at a time."""

_console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A portfolio to measure."""

    name: str
    settings: dict[str, Any]
    exploration: dict[str, Any]
    rules: tuple[str, ...] = ()


_GROUPS = {"holdout": 0.05, "uniform_random": 0.05, "business_as_usual": 0.05}
_RULES = (
    "recency_days < 340 and frequency >= 1",
    'not (segment == "segment-3" and monetary > 600)',
    'lifecycle_stage != "LAPSED" or monetary > 15 or newsletter',
    "basket < 900 and m >= 1",
    'region not in ["region-5", "elsewhere"]',
)
_CAPS = (
    {"name": "all", "max_contacts": 2, "window": "7d"},
    {"name": "by channel", "per": "CHANNEL", "max_contacts": 2, "window": "3d"},
    {"name": "by campaign", "per": "CAMPAIGN", "max_contacts": 1, "window": "30d"},
)
_SCHEMA = {"region": "TEXT", "newsletter": "FLAG", "basket": "NUMBER"}
_KINDS = (
    _Kind("squarecb", {"learner_spec": {"learner": "VOWPAL_WABBIT"}}, {"square_cb": {}}),
    _Kind("thompson", {"learner_spec": {"learner": "POSTERIOR"}}, {"thompson": {}}),
    _Kind(
        "rules",
        {
            "learner_spec": {"learner": "VOWPAL_WABBIT"},
            "context_schema": _SCHEMA,
            "contact_policy": {"caps": _CAPS},
        },
        {"square_cb": {}},
        _RULES,
    ),
)
_VW_CUSTOMERS = 20_000


def write_customers(path: Path, rows: int, every: int = 1) -> None:
    """Writes customers with 12 features: one in so many of them."""
    writer = None
    for start in range(0, rows, _GROUP):
        table = _customers(start, min(_GROUP, rows - start)).take(
            pa.array(np.arange(0, min(_GROUP, rows - start), every))
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def _customers(start: int, rows: int) -> pa.Table:
    rng = np.random.default_rng(start)

    def texts(name: str, count: int) -> pa.Array:
        return pa.DictionaryArray.from_arrays(
            pa.array(rng.integers(0, count, rows).astype(np.int32)), [f"{name}-{place}" for place in range(count)]
        ).dictionary_decode()

    stages = ["PROSPECT", "NEW", "ACTIVE", "HIGH_VALUE", "AT_RISK", "LAPSED", "WON_BACK"]
    return pa.table(
        {
            "customer_id": [f"customer-{number:08d}" for number in range(start, start + rows)],
            "recency_days": np.floor(rng.exponential(60.0, rows)),
            "frequency": rng.poisson(5.0, rows).astype(np.float64),
            "monetary": np.round(rng.exponential(120.0, rows), 2),
            "r": rng.integers(1, 6, rows),
            "f": rng.integers(1, 6, rows),
            "m": rng.integers(1, 6, rows),
            "segment": texts("segment", 8),
            "lifecycle_stage": pa.array(stages).take(pa.array(rng.integers(0, 7, rows))),
            "features.region": texts("region", 12),
            "features.newsletter": rng.random(rows) < 0.5,
            "features.basket": np.round(rng.exponential(80.0, rows), 2),
            "features.visits": rng.poisson(3.0, rows).astype(np.float64),
        }
    )


def _set_up(client: Client, kind: _Kind) -> None:
    rules = [{"name": one[:20], "stage": "ELIGIBILITY", "expression": one} for one in kind.rules]
    campaigns = [{**campaign_fields(number), "channel": "email", "rules": rules} for number in range(CAMPAIGNS)]
    settings = {"sandbox": True, "assignments": [_GROUPS], **kind.settings}
    create_portfolio(client, kind.name, campaigns, settings)
    policy = client.create_policy({"portfolio_id": kind.name, "floor": 0.01, **kind.exploration})
    client.deploy_policy(kind.name, policy.policy_version)


def _prepare(folder: Path, kind: _Kind, before: Path) -> Path:
    """Returns a data directory with a portfolio and its model, and, where there are caps, the contacts of a run."""
    data = folder / kind.name
    with ranking_server(data, None, lambda client: _set_up(client, kind), "--no-learner"):
        pass
    publish_model(data, kind.name)
    if kind.rules:
        with ranking_server(data, None, lambda _: None, "--no-learner") as (_, address):
            _run(data, address, kind, before, "before")
    return data


@dataclass(frozen=True, slots=True)
class _Measured:
    """One run."""

    per_second: float
    processor_us: float
    """Microseconds of all processors a decision, those of the service included."""
    peak_mib: float


def _measure(folder: Path, kind: _Kind, customers: Path, rows: int) -> _Measured:
    """Runs the command once on a fresh copy of the portfolio's data."""
    data = folder / "run"
    shutil.copytree(folder / kind.name, data)
    before = decision_count(data, kind.name)
    with ranking_server(data, None, lambda _: None, "--no-learner") as (service, address):
        of_service = processor_seconds(service.pid)
        start = time.perf_counter()
        used = _run(data, address, kind, customers, "night")
        seconds = time.perf_counter() - start
        of_service = processor_seconds(service.pid) - of_service
    check_logged(kind.name, rows, decision_count(data, kind.name) - before)
    shutil.rmtree(data)
    return _Measured(rows / seconds, (used.seconds + of_service) / rows * 1e6, used.peak_mib)


def _run(data: Path, address: str, kind: _Kind, customers: Path, run_id: str) -> FamilyUse:
    """Runs the command to its end, and returns what it and its workers used."""
    command = [sys.executable, "-m", "banditsvc", "rank-audience", "--portfolio", kind.name, "--input", str(customers)]
    command += ["--channel", "email", "--occasion", run_id, "--run-id", run_id, "--data", str(data)]
    command += ["--server", address, "--json"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        used = watched(process)
        if process.returncode:
            raise SystemExit(process.stderr.read() if process.stderr else process.returncode)
    return used


def main() -> None:
    """Runs the benchmark."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=CUSTOMERS, help="customers of the audience")
    options.add_argument("--runs", type=int, default=RUNS, help="runs of each")
    chosen = options.parse_args()
    peers_python()
    with workspace() as folder:
        customers, before = folder / "customers.parquet", folder / "before.parquet"
        with _console.status("making the customers"):
            write_customers(customers, chosen.rows)
            write_customers(before, chosen.rows, BEFORE)
        with _console.status("Vowpal Wabbit"):
            some = _customers(0, min(chosen.rows, _VW_CUSTOMERS))
            beside = statistics.median(vw_per_second(folder, some, CAMPAIGNS, chosen.runs))
        with _console.status("making the portfolios"):
            for kind in _KINDS:
                _prepare(folder, kind, before)
        found: dict[str, list[_Measured]] = {kind.name: [] for kind in _KINDS}
        for _ in track(range(chosen.runs), description="runs", console=_console):
            for kind in _KINDS:
                found[kind.name].append(_measure(folder, kind, customers, chosen.rows))
    _show(found, beside)
    medians = {name: statistics.median([one.per_second for one in runs]) for name, runs in found.items()}
    line = {
        "decisions_per_s": round(medians["squarecb"]),
        "thompson_per_s": round(medians["thompson"]),
        "vs_vw": round(medians["squarecb"] / beside, 1),
        "with_rules_per_s": round(medians["rules"]),
        "peak_mib": round(max(one.peak_mib for runs in found.values() for one in runs), 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def _show(found: dict[str, list[_Measured]], beside: float) -> None:
    table = Table("decisions a second", "median", "least", "greatest", "processor us", "peak MiB")
    for name, runs in found.items():
        rates = [one.per_second for one in runs]
        peak, spent = max(one.peak_mib for one in runs), statistics.median([one.processor_us for one in runs])
        table.add_row(
            name,
            f"{statistics.median(rates):,.0f}",
            f"{min(rates):,.0f}",
            f"{max(rates):,.0f}",
            f"{spent:.2f}",
            f"{peak:,.0f}",
        )
    table.add_row("vw, one process", f"{beside:,.0f}", "", "", f"{1e6 / beside:.2f}", "")
    _console.print(table)


if __name__ == "__main__":
    main()
