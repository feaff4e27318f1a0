"""How the client connects: TLS, limits and which calls are tried again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import grpc

_MOST_SENT_BYTES = 16 * 1024 * 1024
_MOST_RECEIVED_BYTES = 64 * 1024 * 1024
_MOST_METADATA_BYTES = 64 * 1024

# An update names the version that it is based on, and each relearn request is one relearn: a second try of a call whose
# first one got through would fail or do the work twice. All other calls are harmless to repeat with the same ids.
_NOT_REPEATED = (
    {"service": "banditsvc.v1.OrganizationService", "method": "UpdateOrganization"},
    {"service": "banditsvc.v1.PortfolioService", "method": "UpdatePortfolio"},
    {"service": "banditsvc.v1.SettingsService", "method": "ApplySettings"},
    {"service": "banditsvc.v1.ModelService", "method": "RelearnModel"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How to connect."""

    timeout_seconds: float = 5.0
    """Time that a call may take in all, with its retries."""
    most_attempts: int = 4
    """Tries of a call that meets UNAVAILABLE, or RESOURCE_EXHAUSTED with a time to try again; 1 to 5."""
    tls: bool = False
    """True to connect by TLS; implied by the files below."""
    tls_ca: Path | None = None
    """Authority to trust instead of the system's."""
    tls_certificate: Path | None = None
    """Certificate of this client, where the server asks for one; likewise its key."""
    tls_key: Path | None = None


def open_channel(address: str, options: ClientOptions) -> grpc.Channel:
    """Returns a channel for plain code to host:port; it connects at the first call."""
    credentials, arguments = credentials_of(options), arguments_of(options)
    if credentials:
        return grpc.secure_channel(address, credentials, options=arguments)
    return grpc.insecure_channel(address, options=arguments)


def credentials_of(options: ClientOptions) -> grpc.ChannelCredentials | None:
    """Returns TLS credentials, None for plain text."""
    files = (options.tls_ca, options.tls_key, options.tls_certificate)
    if not options.tls and not any(files):
        return None
    ca, key, certificate = (file.read_bytes() if file else None for file in files)
    return grpc.ssl_channel_credentials(root_certificates=ca, private_key=key, certificate_chain=certificate)


def arguments_of(options: ClientOptions) -> list[tuple[str, int | str]]:
    """Returns the channel's arguments, with gRPC's own retries (gRFC A6)."""
    return [
        ("grpc.max_receive_message_length", _MOST_RECEIVED_BYTES),
        # The server's own limit: what it would refuse is not even sent.
        ("grpc.max_send_message_length", _MOST_SENT_BYTES),
        ("grpc.max_metadata_size", _MOST_METADATA_BYTES),
        ("grpc.enable_retries", 1),
        # A call is tried again only while its request is kept; by default that is 256 KiB.
        ("grpc.per_rpc_retry_buffer_size", 20 * 1024 * 1024),
        ("grpc.service_config", json.dumps(_service_config(options.most_attempts))),
    ]


def _service_config(most_attempts: int) -> dict[str, object]:
    once: dict[str, object] = {"name": list(_NOT_REPEATED)}
    # A retry policy has at least two attempts.
    if most_attempts < 2:
        return {"methodConfig": [once]}
    policy = {
        "maxAttempts": most_attempts,
        "initialBackoff": "0.1s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        # Where the server has no time to try again in mind, it says grpc-retry-pushback-ms -1, which ends the tries.
        "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
    }
    return {"methodConfig": [{"name": [{}], "retryPolicy": policy}, once]}
