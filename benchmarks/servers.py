"""The servers that a benchmark compares, each in a process of its own on one core."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import grpc

from banditsvc.client import Client

_START_SECONDS = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def _running(command: Sequence[str], address: str, core: int | None) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a server until the block ends; ready once its port answers."""
    with _process(command, core) as process:
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(timeout=_START_SECONDS)
        yield process


@contextlib.contextmanager
def _process(command: Sequence[str], core: int | None) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a process until the block ends, on one core unless that is None."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - single-threaded here
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def empty_server(core: int) -> Iterator[str]:
    """Runs the peer; gives its address."""
    port = _free_port()
    address = f"127.0.0.1:{port}"
    with _running([sys.executable, str(Path(__file__).with_name("empty_server.py")), str(port)], address, core):
        yield address


@contextlib.contextmanager
def ranking_server(
    data_dir: Path, core: int | None, set_up: Callable[[Client], object], *options: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Runs the service on an empty log, with some options, set up over its API; gives its process and address."""
    address = f"127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "banditsvc", "serve", "--data", str(data_dir), "--address", address]
    with _running([*command, "--metrics-address", "off", *options], address, core) as process:
        with Client(address) as client:
            set_up(client)
        yield process, address


@contextlib.contextmanager
def learner(data_dir: Path, core: int) -> Iterator[None]:
    """Runs the learner of a service that has none of its own, as it is by default."""
    with _process([sys.executable, "-m", "banditsvc", "learn", "--data", str(data_dir)], core):
        yield
