"""A server of one's own: `banditsvc serve` on the simulated clock, in a temporary directory, for as long as needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from banditsvc.client import BanditsvcError
from banditsvc.config import ENV_PREFIX
from simulators.errors import SimulationError

START_SECONDS = 60.0
"""How long the server may take until it serves."""
STOP_SECONDS = 20.0
_LAST_LINES = 20
_SERVERS_FAULT = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN})
_SETTINGS = {
    # On the simulated clock all time is spent waiting for the learner: it shall look often and publish at once.
    "LEARNER__POLL_SECONDS": "0.02",
    "LEARNER__PUBLISH_INTERVAL_SECONDS": "0",
    "LOGS__LEVEL": "warning",
}


@contextmanager
def own_server(data: Path | None = None) -> Iterator[str]:
    """Starts a server on a free port, gives its address, and stops it in the end; nothing of it is left but for data.

    Args:
        data: Directory for what it stores, to be kept; by default there is none.

    Raises:
        SimulationError: It ended or did not serve within START_SECONDS, or a call within the block met a fault of the
            server; its last words are in the message.
    """
    with tempfile.TemporaryDirectory(prefix="banditsvc-") as name:
        folder = Path(name)
        with (folder / "words").open("wb") as words:
            process = subprocess.Popen(  # noqa: S603 - our own program, no text from outside
                [sys.executable, "-m", "banditsvc", "serve", *_options(folder, data or folder / "data")],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                # A Ctrl-C is for the simulation, which then stops the server.
                start_new_session=True,
            )
        try:
            yield _wait_until_serving(process, folder)
        except BanditsvcError as error:
            if error.code not in _SERVERS_FAULT:
                raise
            # Its log goes with its directory.
            raise SimulationError(f"{error.message}\n{_last_words(folder)}") from error
        finally:
            _stop(process)


def _options(folder: Path, data: Path) -> list[str]:
    places = ["--data", str(data), "--port-file", str(folder / "address")]
    return [*places, "--address", "127.0.0.1:0", "--metrics-address", "off", "--simulated-clock"]


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(ENV_PREFIX)}
    return inherited | {ENV_PREFIX + name: value for name, value in _SETTINGS.items()}


def _wait_until_serving(process: subprocess.Popen[bytes], folder: Path) -> str:
    address = folder / "address"
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        if address.exists():
            return address.read_text("utf-8").strip()
        time.sleep(0.05)
    state = f"did not serve within {START_SECONDS:.0f} s" if process.poll() is None else "ended"
    raise SimulationError(f"the server {state}\n{_last_words(folder)}")


def _last_words(folder: Path) -> str:
    lines = (folder / "words").read_text("utf-8", "replace").splitlines()
    return "\n".join(["the server's last words:", *lines[-_LAST_LINES:]])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Its learner is in the same session, of which the server is the leader.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
