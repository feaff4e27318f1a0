"""The service that a command drives."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import grpc

from banditsvc.client import BanditsvcError, Client, ClientOptions
from simulators.cli.failure import FAILED, failure
from simulators.errors import SimulationError
from simulators.own_server import own_server

CALL_SECONDS = 300.0
"""Deadline of a call: catching up may take a while."""


@contextmanager
def service(server: str | None) -> Iterator[Client]:
    """Gives a client of the named service or of one of our own; what goes wrong ends the command with a message."""
    told: list[int] = []

    def end(number: int, _: object) -> None:
        told.append(number)
        sys.exit(128 + number)

    # So that our own server is stopped when the command is.
    signal.signal(signal.SIGTERM, end)
    try:
        with (
            own_server() if server is None else nullcontext(server) as address,
            Client(address, ClientOptions(timeout_seconds=CALL_SECONDS)) as client,
        ):
            yield client
            if told:  # where it came while an object was cleared away, Python goes on
                sys.exit(128 + told[0])
    except SimulationError as error:
        raise failure(str(error), FAILED) from None
    except BanditsvcError as error:
        hint = ""
        if error.code is grpc.StatusCode.UNIMPLEMENTED:
            hint = ". Is the service started with --simulated-clock?"
        elif error.code is grpc.StatusCode.UNAVAILABLE and server:
            hint = f". Does a service answer at {server}?"
        raise failure(f"{error.message or error.code.name}{hint}", FAILED) from None
