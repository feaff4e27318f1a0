"""The gRPC server: servicers, health, reflection, TLS, limits and a graceful end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import grpc
from google.protobuf.descriptor import FileDescriptor, ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from banditsvc.address import check_exposure
from banditsvc.rpc.audience_service import AudienceServicer
from banditsvc.rpc.campaign_service import CampaignServicer
from banditsvc.rpc.certificate_service import CertificateServicer
from banditsvc.rpc.consent_service import ConsentServicer
from banditsvc.rpc.customer_service import CustomerServicer
from banditsvc.rpc.exclusion_service import ExclusionServicer
from banditsvc.rpc.guard import Guard
from banditsvc.rpc.guardrail_service import GuardrailServicer
from banditsvc.rpc.history_service import HistoryServicer
from banditsvc.rpc.metrics import Metrics
from banditsvc.rpc.model_service import ModelServicer
from banditsvc.rpc.operations_service import OperationsServicer, SettableClock
from banditsvc.rpc.organization_service import OrganizationServicer
from banditsvc.rpc.patient_threads import patient_threads
from banditsvc.rpc.phase_service import PhaseServicer
from banditsvc.rpc.policy_service import PolicyServicer
from banditsvc.rpc.portfolio_service import PortfolioServicer
from banditsvc.rpc.price_service import PriceServicer
from banditsvc.rpc.ranking_service import RankingServicer
from banditsvc.rpc.services import Services
from banditsvc.rpc.settings_service import SettingsServicer
from banditsvc.v1 import (
    audience_pb2,
    campaign_pb2,
    certificate_pb2,
    consent_pb2,
    customer_pb2,
    exclusion_pb2,
    guardrail_pb2,
    history_pb2,
    model_pb2,
    operations_pb2,
    organization_pb2,
    phase_pb2,
    policy_pb2,
    portfolio_pb2,
    price_pb2,
    ranking_pb2,
    settings_pb2,
)

MOST_MESSAGE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """How to listen."""

    address: str = "127.0.0.1:50051"
    """`host:port`; port 0 takes a free one."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    """Authority whose certificate every client must present."""
    insecure: bool = False
    """True to listen in plain text on an address that other machines can reach."""
    reflection: bool = True
    simulated: bool = False
    """True to offer OperationsService; the services' clock must then be one that can be set."""
    most_in_flight: int = 1024
    """Calls answered at the same time; more are refused with RESOURCE_EXHAUSTED."""
    most_message_bytes: int = MOST_MESSAGE_BYTES


class Health(Protocol):
    """The part of the health servicer that is used here."""

    async def set(self, service: str, status: health_pb2.HealthCheckResponse.ServingStatus.ValueType) -> None:
        """Says how a service is."""
        ...

    async def enter_graceful_shutdown(self) -> None:
        """Says NOT_SERVING for every service, for good."""
        ...


@dataclass(frozen=True, slots=True)
class RpcServer:
    """A server that is bound and not started."""

    server: grpc.aio.Server
    port: int
    """The port it is bound to."""
    health: Health


async def build_server(services: Services, metrics: Metrics, options: ServerOptions) -> RpcServer:
    """Returns a server bound to the address; `await built.server.start()` makes it answer.

    Raises:
        UnsafeAddress: The address is open to other machines and nothing protects it.
        OSError: A TLS file cannot be read.
        ValueError: The address or the TLS files do not fit together.
        RuntimeError: The address cannot be bound.
    """
    credentials = _credentials(options)
    check_exposure(options.address, has_tls=credentials is not None, insecure=options.insecure)
    with patient_threads():  # The first server of a process begins gRPC's threads.
        server = grpc.aio.server(options=_channel_options(options))
    guard = Guard(metrics, options.most_in_flight)
    names = []
    for service, servicer in _servicers(services, metrics, simulated=options.simulated):
        server.add_generic_rpc_handlers((guard.handlers(service, servicer),))
        names.append(service.full_name)
    health_servicer = await _add_health(server, names)
    if options.reflection:
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    if credentials is None:
        port = server.add_insecure_port(options.address)
    else:
        port = server.add_secure_port(options.address, credentials)
    return RpcServer(server, port, health_servicer)


async def drain(built: RpcServer, grace_seconds: float) -> None:
    """Ends a server gracefully: says NOT_SERVING, takes no new calls, lets those in flight end.

    Args:
        built: The server.
        grace_seconds: How long calls in flight may take before they are cancelled.
    """
    await built.health.enter_graceful_shutdown()
    await built.server.stop(grace_seconds)


def _servicers(services: Services, metrics: Metrics, *, simulated: bool) -> Sequence[tuple[ServiceDescriptor, object]]:
    resources, models = services.resources, services.models
    found: list[tuple[FileDescriptor, object]] = [
        (ranking_pb2.DESCRIPTOR, RankingServicer(services, metrics)),
        (portfolio_pb2.DESCRIPTOR, PortfolioServicer(resources)),
        (campaign_pb2.DESCRIPTOR, CampaignServicer(resources, services.clock)),
        (policy_pb2.DESCRIPTOR, PolicyServicer(resources, models, services.clock)),
        (organization_pb2.DESCRIPTOR, OrganizationServicer(resources)),
        (consent_pb2.DESCRIPTOR, ConsentServicer(services)),
        (customer_pb2.DESCRIPTOR, CustomerServicer(services)),
        (settings_pb2.DESCRIPTOR, SettingsServicer(resources, services.clock)),
        (model_pb2.DESCRIPTOR, ModelServicer(resources, models)),
        (guardrail_pb2.DESCRIPTOR, GuardrailServicer(services.guardrails)),
        (history_pb2.DESCRIPTOR, HistoryServicer(services)),
        (phase_pb2.DESCRIPTOR, PhaseServicer(services.phases)),
        (exclusion_pb2.DESCRIPTOR, ExclusionServicer(services.excluder)),
        (audience_pb2.DESCRIPTOR, AudienceServicer(services.audiences)),
        (certificate_pb2.DESCRIPTOR, CertificateServicer(resources)),
        (price_pb2.DESCRIPTOR, PriceServicer(resources)),
    ]
    if simulated:
        if not hasattr(services.clock, "set_us"):
            raise ValueError("simulated needs a clock that can be set")
        clock = cast(SettableClock, services.clock)
        found.append((operations_pb2.DESCRIPTOR, OperationsServicer(services, clock)))
    return [(service, servicer) for file, servicer in found for service in file.services_by_name.values()]


async def _add_health(server: grpc.aio.Server, names: Sequence[str]) -> Health:
    servicer = health.aio.HealthServicer()  # type: ignore[attr-defined]  # absent from the stubs
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    for name in ("", *names):
        await servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
    return cast(Health, servicer)


def _channel_options(options: ServerOptions) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", options.most_message_bytes),
        # An answer may be larger than its question: no limit.
        ("grpc.max_send_message_length", -1),
        # Without this, a second server would silently share the port.
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]


def _credentials(options: ServerOptions) -> grpc.ServerCredentials | None:
    """Returns TLS credentials, None for plain text."""
    if (options.tls_certificate is None) != (options.tls_key is None):
        raise ValueError("a TLS certificate needs its key, and a key its certificate")
    if options.tls_certificate is None or options.tls_key is None:
        if options.tls_client_ca is not None:
            raise ValueError("a client authority needs a TLS certificate and key")
        return None
    client_ca = options.tls_client_ca.read_bytes() if options.tls_client_ca else None
    return grpc.ssl_server_credentials(
        [(options.tls_key.read_bytes(), options.tls_certificate.read_bytes())],
        root_certificates=client_ca,
        require_client_auth=client_ca is not None,
    )
