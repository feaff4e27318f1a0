"""The health that a service reports of itself (grpc.health.v1)."""

from __future__ import annotations

from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from banditsvc.cli.connection import client_options, reachable_address
from banditsvc.cli.failure import reported
from banditsvc.client.channel import open_channel
from banditsvc.client.error import error_of_call
from banditsvc.config import load_settings

SERVING = "SERVING"


def check_health(server: str | None, config: Path | None) -> tuple[str, str]:
    """Returns the address of the service and the health that it reports."""
    with reported():
        settings = load_settings(config, {"client": {"server": server}} if server else {})
        address, options = reachable_address(settings), client_options(settings)
    with reported(address), open_channel(address, options) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        try:
            answer = check(health_pb2.HealthCheckRequest(), timeout=options.timeout_seconds)
        except grpc.RpcError as error:
            raise error_of_call(error) from error
    return address, health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
