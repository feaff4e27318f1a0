"""The service's methods as messages in and out, service by service, over one connection.

The typed client (banditsvc.client) is for applications; this is for what drives the service message by message.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
from grpc_health.v1 import health_pb2_grpc

from banditsvc.client.channel import ClientOptions, arguments_of, credentials_of
from banditsvc.v1 import (
    campaign_pb2_grpc,
    model_pb2_grpc,
    operations_pb2_grpc,
    policy_pb2_grpc,
    portfolio_pb2_grpc,
    ranking_pb2_grpc,
)


class Stubs:
    """One synchronous connection, closed on leaving its `with` block. Its calls raise grpc.RpcError."""

    def __init__(
        self,
        server: str,
        *,
        tls_ca: Path | None = None,
        tls_certificate: Path | None = None,
        tls_key: Path | None = None,
        timeout_seconds: float = 30.0,
    ) -> None:
        """Prepares a connection to host:port; it is made at the first call.

        Raises:
            OSError: A TLS file cannot be read.
        """
        self.server = server
        self.timeout_seconds = timeout_seconds
        options = ClientOptions(tls_ca=tls_ca, tls_certificate=tls_certificate, tls_key=tls_key)
        credentials, arguments = credentials_of(options), arguments_of(options)
        self._channel = (
            grpc.secure_channel(server, credentials, options=arguments)
            if credentials
            else grpc.insecure_channel(server, options=arguments)
        )
        self.ranking = self._stub(ranking_pb2_grpc.RankingServiceStub)
        self.portfolios = self._stub(portfolio_pb2_grpc.PortfolioServiceStub)
        self.campaigns = self._stub(campaign_pb2_grpc.CampaignServiceStub)
        self.policies = self._stub(policy_pb2_grpc.PolicyServiceStub)
        self.models = self._stub(model_pb2_grpc.ModelServiceStub)
        self.operations = self._stub(operations_pb2_grpc.OperationsServiceStub)
        self.health = self._stub(health_pb2_grpc.HealthStub)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def _stub(self, kind: Any) -> _WithTimeout:
        return _WithTimeout(kind(self._channel), self.timeout_seconds)


class _WithTimeout:
    """A generated stub, which carries no types, with the deadline set on each of its calls."""

    def __init__(self, stub: Any, timeout_seconds: float) -> None:
        self._stub = stub
        self._timeout_seconds = timeout_seconds

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._stub, method)
        return lambda request: call(request, timeout=self._timeout_seconds)
