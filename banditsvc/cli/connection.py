"""The connection of a command to the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banditsvc.address import split_address
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.failure import reported
from banditsvc.client import Client, ClientOptions
from banditsvc.config import Settings, load_settings


@contextmanager
def connected(server: str | None, config: Path | None) -> Iterator[Client]:
    """Gives a client of the service; failures within the block become a CommandFailure."""
    with reported():
        settings = load_settings(config, {"client": {"server": server}} if server else {})
        address = reachable_address(settings)
    with reported(address), open_client(settings, address) as client:
        yield client


def open_client(settings: Settings, address: str) -> Client:
    """Returns a client of the service at an address."""
    try:
        return Client(address, client_options(settings))
    except OSError as error:
        raise CommandFailure(f"cannot read {error.filename}: {error.strerror}", USAGE) from error


def client_options(settings: Settings) -> ClientOptions:
    """Returns how the settings say to connect."""
    client = settings.client
    return ClientOptions(
        timeout_seconds=client.timeout_seconds,
        tls_ca=client.tls_ca,
        tls_certificate=client.tls_certificate,
        tls_key=client.tls_key,
    )


def reachable_address(settings: Settings) -> str:
    """Returns the address to connect to: the client's setting, or else the server's, on this machine if on all."""
    address = settings.client.server or settings.server.address
    host, port = split_address(address)
    if host in ("0.0.0.0", "::"):  # noqa: S104 - only recognised here: it says where to listen, not whom to call
        return f"127.0.0.1:{port}"
    return address
