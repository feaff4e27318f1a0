"""A service to run commands against, and the commands."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from banditsvc.cli import main
from banditsvc.client import Client

ROOT = Path(__file__).parent.parent.parent
SHOP = ROOT / "examples" / "shop"
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    address: str
    data: Path
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did."""

    exit_code: int
    out: str
    error: str


Run = Callable[..., Outcome]


def start_service(directory: Path, *options: str, data: Path | None = None) -> Service:
    """Starts a real service on a free port and waits until it answers."""
    port_file = directory / "port"
    port_file.unlink(missing_ok=True)
    data = data or directory / "data"
    fixed = [f"--data={data}", "--address=127.0.0.1:0", "--metrics-address=off", f"--port-file={port_file}"]
    with (directory / "service.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "banditsvc", "serve", *fixed, *options], stderr=log)
    deadline = time.monotonic() + START_SECONDS
    while not port_file.exists():
        assert process.poll() is None, (directory / "service.log").read_text()
        assert time.monotonic() < deadline, "the service did not start in time"
        time.sleep(0.02)
    return Service(port_file.read_text().strip(), data, process)


def stop_service(service: Service) -> int:
    """Stops a service as an operator does and returns its exit code."""
    service.process.terminate()
    return service.process.wait(timeout=60)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = start_service(tmp_path_factory.mktemp("service"), "--simulated-clock")
    yield started
    assert stop_service(started) == 0


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(service.address) as client:
        yield client


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANDITSVC_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process."""

    def run_command(*arguments: str | Path) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0 if code is None else 1, captured.out, captured.err)

    return run_command
