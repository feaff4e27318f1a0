"""The health that a service reports of itself (grpc.health.v1)."""

from __future__ import annotations

from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2

from banditsvc.cli.connection import reachable_address
from banditsvc.cli.failure import reported
from banditsvc.client.error import error_of_call
from banditsvc.config import load_settings
from banditsvc.stubs import Stubs

SERVING = "SERVING"


def check_health(server: str | None, config: Path | None) -> tuple[str, str]:
    """Returns the address of the service and the health that it reports."""
    with reported():
        settings = load_settings(config, {"client": {"server": server}} if server else {})
    address, client = reachable_address(settings), settings.client
    stubs = Stubs(
        address,
        tls_ca=client.tls_ca,
        tls_certificate=client.tls_certificate,
        tls_key=client.tls_key,
        timeout_seconds=client.timeout_seconds,
    )
    with reported(address), stubs:
        try:
            state = stubs.health.Check(health_pb2.HealthCheckRequest()).status
        except grpc.RpcError as error:
            raise error_of_call(error) from error
    return address, health_pb2.HealthCheckResponse.ServingStatus.Name(state)
