"""What can stop a simulation besides a faulty input file."""

from __future__ import annotations

from google.rpc.status_pb2 import Status


class SimulationError(Exception):
    """The service could not be started, or answered otherwise than the simulation relies on. Its text is for people."""


def check_status(status: Status, what: str) -> None:
    """Returns where one result of a batch is a success.

    Raises:
        SimulationError: It is not; what says which it was.
    """
    if status.code:
        raise SimulationError(f"the service refused {what}: {status.message}")
