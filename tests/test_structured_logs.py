"""Laws of structured logs."""

from __future__ import annotations

import logging

import pytest
import structlog

from banditsvc.structured_logs import configure_logs


def test_logs_can_be_captured_however_often_they_were_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A logger that was used before logs were configured again is captured like any other."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    log = structlog.get_logger("tests.captured")
    configure_logs("warning")
    log.info("used_for_the_first_time")
    configure_logs("warning")

    with structlog.testing.capture_logs() as logs:
        log.warning("said")

    assert ["said"] == [one["event"] for one in logs]
