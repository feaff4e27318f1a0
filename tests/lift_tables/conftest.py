"""A log of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from banditsvc.ports import DecisionLog
from banditsvc.store.memory import MemoryLog
from banditsvc.store.sqlite_log import SqliteLog
from tests.lift_tables.lift_log import ORGANIZATION, PORTFOLIO, put


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DecisionLog]:
    """Gives a log with a shop that divides its customers, and so does its organization."""
    opened: DecisionLog = MemoryLog() if request.param == "memory" else SqliteLog(tmp_path / "log.db")
    put(opened, ORGANIZATION, PORTFOLIO)
    yield opened
    opened.close()
