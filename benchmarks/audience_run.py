"""Running `banditsvc rank-audience` for a portfolio that was prepared, as benchmarks measure it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from banditsvc.client import Client
from benchmarks.audience_model import publish_model
from benchmarks.decisions import campaign_fields, check_logged, create_portfolio, decision_count
from benchmarks.family_use import FamilyUse, processor_seconds, watched
from benchmarks.servers import ranking_server

_GROUPS = {"holdout": 0.05, "uniform_random": 0.05, "business_as_usual": 0.05}


def email_campaign(number: int) -> dict[str, Any]:
    """Returns one of the campaigns of an audience's benchmark."""
    return {**campaign_fields(number), "channel": "email"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A portfolio to measure."""

    name: str
    settings: dict[str, Any]
    exploration: dict[str, Any] = field(default_factory=lambda: {"square_cb": {}})
    rules: tuple[str, ...] = ()
    campaigns: int = 20
    campaign: Callable[[int], dict[str, Any]] = email_campaign
    """Gives each campaign by its number."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    seconds: float
    per_second: float
    processor_us: float
    """Microseconds of all processors a decision, those of the service included."""
    peak_mib: float
    log_bytes: float
    """Of the parts in the log, a decision."""
    contacts: Mapping[str, int]
    """By campaign_id."""


def prepare(folder: Path, kind: Kind, before: Sequence[Path] = ()) -> Path:
    """Returns a data directory with a portfolio and its model, after the runs of some nights."""
    data = folder / kind.name
    with ranking_server(data, None, lambda client: _set_up(client, kind), "--no-learner"):
        pass
    publish_model(data, kind.name)
    if before:
        with ranking_server(data, None, lambda _: None, "--no-learner") as (_, address):
            for number, customers in enumerate(before):
                _run(data, address, kind, customers, f"before-{number}")
    return data


def measure(folder: Path, kind: Kind, customers: Path, rows: int, *, pairs: Path | None = None) -> Measured:
    """Runs the command once on a fresh copy of the portfolio's data, with pairs as candidates if they are given."""
    data = folder / "run"
    shutil.copytree(folder / kind.name, data)
    before = decision_count(data, kind.name)
    with ranking_server(data, None, lambda _: None, "--no-learner") as (service, address):
        of_service = processor_seconds(service.pid)
        start = time.perf_counter()
        used, told = _run(data, address, kind, customers, "night", pairs=pairs)
        seconds = time.perf_counter() - start
        of_service = processor_seconds(service.pid) - of_service
    check_logged(kind.name, rows, decision_count(data, kind.name) - before)
    size = sum(path.stat().st_size for path in (data / "audience" / "night").iterdir())
    shutil.rmtree(data)
    processor_us = (used.seconds + of_service) / rows * 1e6
    return Measured(seconds, rows / seconds, processor_us, used.peak_mib, size / rows, told["contacts"])


def _set_up(client: Client, kind: Kind) -> None:
    rules = [{"name": one[:20], "stage": "ELIGIBILITY", "expression": one} for one in kind.rules]
    campaigns = [{**kind.campaign(number), "rules": rules} for number in range(kind.campaigns)]
    settings = {"sandbox": True, "assignments": [_GROUPS], **kind.settings}
    create_portfolio(client, kind.name, campaigns, settings)
    policy = client.create_policy({"portfolio_id": kind.name, "floor": 0.01, **kind.exploration})
    client.deploy_policy(kind.name, policy.policy_version)


def _run(
    data: Path, address: str, kind: Kind, customers: Path, run_id: str, *, pairs: Path | None = None
) -> tuple[FamilyUse, dict[str, Any]]:
    """Runs the command to its end, and returns what it and its workers used, and what it told."""
    command = [sys.executable, "-m", "banditsvc", "rank-audience", "--portfolio", kind.name, "--input", str(customers)]
    command += ["--channel", "email", "--occasion", run_id, "--run-id", run_id, "--data", str(data)]
    command += ["--server", address, "--json", *([] if pairs is None else ["--candidates", str(pairs)])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        used = watched(process)
        if process.returncode:
            raise SystemExit(process.stderr.read())
        told: dict[str, Any] = json.load(process.stdout)
    return used, told
