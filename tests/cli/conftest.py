"""A service to run commands against, and the commands."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from banditsvc.cli import main
from banditsvc.client import Client
from tests.cli.services import Outcome, Run, Service, Start, start_service, stop_service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = start_service(tmp_path_factory.mktemp("service"), "--simulated-clock")
    yield started
    assert stop_service(started) == 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts services on tmp_path/data; whatever a test leaves running is ended."""
    started: list[Service] = []

    def start_here(*options: str) -> Service:
        started.append(start_service(tmp_path, *options))
        return started[-1]

    yield start_here
    for service in started:
        service.process.kill()
        service.process.wait()


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(service.address) as client:
        yield client


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANDITSVC_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in this process."""
    # `serve` directs the logs of the process to where the test's output goes, which is closed after it.
    monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))

    def run_command(*arguments: str | Path) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0 if code is None else 1, captured.out, captured.err)

    return run_command


@pytest.fixture
def shell(run: Run, service: Service) -> Run:
    """Runs a command against the service."""

    def run_against_service(*arguments: str | Path) -> Outcome:
        return run(*arguments, "--server", service.address)

    return run_against_service
