"""Load from h2load on one core: closed loop, many payloads, a fixed number of requests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import Message

_SUCCEEDED = re.compile(r"requests: \d+ total, \d+ started, \d+ done, (\d+) succeeded")
_CLIENTS_AT_ONCE = 8


class LoadError(Exception):
    """The generator could not do what was asked of it."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did. HTTP success is not gRPC success: compare with what the server logged."""

    requests: int
    seconds: float

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds


def write_payloads(folder: Path, messages: Sequence[Message]) -> list[Path]:
    """Writes each message as one gRPC frame to a file of its own."""
    paths = []
    for number, message in enumerate(messages):
        body = message.SerializeToString()
        path = folder / f"payload-{number:04d}.bin"
        path.write_bytes(b"\0" + len(body).to_bytes(4, "big") + body)
        paths.append(path)
    return paths


def run_load(
    address: str, method: str, payloads: Sequence[Path], *, in_flight: int, requests_per_payload: int, core: int
) -> LoadResult:
    """Sends every payload requests_per_payload times, 8 payloads at a time, in_flight requests together.

    Raises:
        LoadError: h2load is missing, or a request did not succeed.
    """
    if shutil.which("h2load") is None:
        message = "h2load is not installed: apt-get install nghttp2-client"
        raise LoadError(message)
    streams = max(1, in_flight // _CLIENTS_AT_ONCE)
    sent = 0
    started = time.perf_counter()
    for first in range(0, len(payloads), _CLIENTS_AT_ONCE):
        running = [
            _start(address, method, payload, streams=streams, requests=requests_per_payload, core=core)
            for payload in payloads[first : first + _CLIENTS_AT_ONCE]
        ]
        sent += sum(_succeeded(process, requests_per_payload) for process in running)
    return LoadResult(sent, time.perf_counter() - started)


def _start(
    address: str, method: str, payload: Path, *, streams: int, requests: int, core: int
) -> subprocess.Popen[str]:
    command = ["h2load", "-n", str(requests), "-c", "1", "-m", str(streams), "-d", str(payload)]
    command += ["-H", "content-type: application/grpc", "-H", "te: trailers", f"http://{address}{method}"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - single-threaded here
    )


def _succeeded(process: subprocess.Popen[str], requests: int) -> int:
    output, _ = process.communicate(timeout=300)
    found = _SUCCEEDED.search(output)
    if found is None or int(found[1]) != requests:
        message = f"the load did not succeed:\n{output}"
        raise LoadError(message)
    return int(found[1])
