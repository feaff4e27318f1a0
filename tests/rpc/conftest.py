"""Fixtures: a running service and its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from banditsvc.client import Client
from tests.rpc.live import Live
from tests.rpc.messages import open_shop


@pytest.fixture
def live() -> Iterator[Live]:
    """A running service with one portfolio of three campaigns, without a learner."""
    with Live() as service:
        open_shop(service)
        yield service


@pytest.fixture
def client(live: Live) -> Iterator[Client]:
    """A client of that service."""
    with Client(live.address) as connected:
        yield connected
