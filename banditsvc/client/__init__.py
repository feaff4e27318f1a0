"""The Python client: one class for plain code, one for asyncio, with retries that are safe."""

from banditsvc.client.aio import AsyncClient
from banditsvc.client.channel import ClientOptions
from banditsvc.client.error import BanditsvcError, check_status
from banditsvc.client.sync import Client
from banditsvc.core.errors import FieldViolation

__all__ = ["AsyncClient", "BanditsvcError", "Client", "ClientOptions", "FieldViolation", "check_status"]
