"""Laws of the lease of `banditsvc rank-audience`, with a real service, real processes and real signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.client import Client
from banditsvc.v1.audience_pb2 import AUDIENCE_RUN_STATE_ENDED, AUDIENCE_RUN_STATE_HELD, AUDIENCE_RUN_STATE_LAPSED
from tests.cli.services import SHOP, Service, Start

_MANY = 100_000
"""Rows that make two parts: they take a while."""
_WAIT_SECONDS = 60.0
_LEASE_SECONDS = 600


@pytest.fixture
def service(start: Start, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service whose leases hold so long that no test waits for one to lapse."""
    monkeypatch.setenv("BANDITSVC_AUDIENCE__LEASE_SECONDS", str(_LEASE_SECONDS))
    return start(f"--apply={SHOP / 'shop.toml'}", "--no-learner")


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def _state(client: Client) -> int:
    """Returns the state of the run; 0 where it has not begun."""
    return next((run.state for run in client.list_audience_runs("shop")), 0)


def _children(number: int) -> list[int]:
    found = Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()
    return [int(one) for one in found]


def _grandchildren(number: int) -> list[int]:
    """Returns the workers of a command: its fork server's children."""
    return [worker for child in _children(number) for worker in _children(child)]


@contextmanager
def _begun(client: Client, command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Starts a command and waits until it holds the lease."""
    before = _state(client)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert AUDIENCE_RUN_STATE_HELD != before
        _until(lambda: process.poll() is not None or _state(client) == AUDIENCE_RUN_STATE_HELD)
        yield process


def test_whatever_ends_a_run_gives_its_lease_back(service: Service, tmp_path: Path) -> None:
    """An interrupt, a scheduler's SIGTERM and a worker that is killed leave no lease behind, and say how to go on; the
    run begins again and decides for everybody once.
    """
    source = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"customer_id": [f"c{number}" for number in range(_MANY)]}), source)
    arguments = ["--data", service.data, "--input", source, "--portfolio=shop", "--run-id=night", "--occasion=night"]
    command = [sys.executable, "-m", "banditsvc", "rank-audience", *map(str, arguments), "--workers=1", "--json"]
    command.append(f"--server={service.address}")

    with Client(service.address) as client:
        for number in (signal.SIGTERM, signal.SIGINT):
            with _begun(client, command) as process:
                run = client.get_audience_run("shop", "night")
                process.send_signal(number)
                error = process.communicate()[1]
            assert 128 + number == process.returncode
            assert f"ended by {signal.Signals(number).name}: what is finished is kept" in error
            assert "run the same command again with --run-id night" in error
            assert AUDIENCE_RUN_STATE_LAPSED == _state(client)
            left = run.lease_expire_time.ToDatetime(UTC) - run.begin_time.ToDatetime(UTC)
            assert _LEASE_SECONDS == run.lease_duration.ToSeconds() <= left.total_seconds()
        with _begun(client, command) as process:
            _until(lambda: bool(_grandchildren(process.pid)))
            for one in _grandchildren(process.pid):
                os.kill(one, signal.SIGKILL)
            error = process.communicate()[1]
        assert 2 == process.returncode
        assert "a worker process ended without an answer" in error
        assert AUDIENCE_RUN_STATE_LAPSED == _state(client)

        resumed = subprocess.run(command, capture_output=True, text=True, check=False)

        assert 0 == resumed.returncode, resumed.stderr
        assert _MANY == json.loads(resumed.stdout)["decisions"]
        assert AUDIENCE_RUN_STATE_ENDED == _state(client)
