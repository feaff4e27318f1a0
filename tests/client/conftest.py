"""Fixtures: a running service that learns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rpc.live import Live
from tests.rpc.messages import open_shop


@pytest.fixture
def live() -> Iterator[Live]:
    """A running service with one portfolio of three campaigns, and a learner."""
    with Live(learns=True) as service:
        open_shop(service)
        yield service
