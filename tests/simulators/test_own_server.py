"""A server of one's own."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client, ClientOptions
from simulators import own_server as module
from simulators.errors import SimulationError
from simulators.own_server import own_server


def test_it_serves_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the block the server answers, whatever the caller's own settings; after it nobody does, and its directory
    is gone.
    """
    monkeypatch.setenv("BANDITSVC_STORE__LINGER_MS", "impossible")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    options = ClientOptions(timeout_seconds=5.0, most_attempts=1)

    with own_server() as address, Client(address, options) as client:
        assert client.list_portfolios() == []

    with Client(address, options) as client, pytest.raises(BanditsvcError) as caught:
        client.list_portfolios()
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_ends_is_told_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server cannot start, what it said is in the message."""
    monkeypatch.setitem(module._SETTINGS, "LOGS__LEVEL", "deafening")

    with pytest.raises(SimulationError, match=r"(?s)the server ended.*last words:.*logs\.level"), own_server():
        pass


def test_a_fault_of_the_server_is_told_with_its_last_words() -> None:
    """A call that fails by the server's fault ends with what the server said; a refused one stays as it is."""
    fault = BanditsvcError(grpc.StatusCode.INTERNAL, "something broke")
    refusal = BanditsvcError(grpc.StatusCode.NOT_FOUND, "no such portfolio")

    with pytest.raises(SimulationError, match=r"(?s)something broke.*the server's last words:"), own_server():
        raise fault
    with pytest.raises(BanditsvcError, match="no such portfolio"), own_server():
        raise refusal
