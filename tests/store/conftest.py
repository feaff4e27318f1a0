"""The logs that every law of DecisionLog holds for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from banditsvc.ports import DecisionLog
from banditsvc.store import MemoryLog, SqliteLog


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DecisionLog]:
    opened: DecisionLog = MemoryLog(tmp_path) if request.param == "memory" else SqliteLog(tmp_path / "log.db")
    yield opened
    opened.close()
