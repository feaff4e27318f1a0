"""The Python client: one class for plain code, one for asyncio, with retries that are safe."""

from banditsvc.client.aio import AsyncClient
from banditsvc.client.channel import ClientOptions
from banditsvc.client.error import BanditsvcError, Violation, check_status
from banditsvc.client.sync import Client

__all__ = ["AsyncClient", "BanditsvcError", "Client", "ClientOptions", "Violation", "check_status"]
