"""Starts and stops real services, and says what a command did."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SHOP = Path(__file__).parent.parent.parent / "examples" / "shop"
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
Start = Callable[..., Service]


def start_service(directory: Path, *options: str) -> Service:
    """Starts a real service on a free port and waits until it answers."""
    port_file = directory / "port"
    port_file.unlink(missing_ok=True)
    data = directory / "data"
    fixed = [f"--data={data}", "--address=127.0.0.1:0", f"--port-file={port_file}"]
    if not any(option.startswith("--metrics-address") for option in options):
        fixed.append("--metrics-address=off")
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
