"""What the service says of itself carries nothing of its customers."""

from __future__ import annotations

import contextlib
import socket
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from banditsvc.client import BanditsvcError, Client
from tests.cli.services import SHOP, Start

CANARY = "kestrel"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _talk_of_canaries(client: Client) -> None:
    """Puts the canary into every text that a caller may send of a customer, in calls that succeed and that fail."""
    for send_time in (None, datetime.now(UTC) + timedelta(days=400)):
        with contextlib.suppress(BanditsvcError):
            client.rank(
                portfolio_id="shop",
                customer_id=f"{CANARY}-customer",
                context={
                    "segment": f"{CANARY}-segment",
                    "favourites": {f"{CANARY}-shoes": 1.0},
                    "features": {f"{CANARY}-name": f"{CANARY}-value", "list": [f"{CANARY}-item"]},
                },
                occasion=f"{CANARY}-occasion",
                channel=f"{CANARY}-channel",
                placement=f"{CANARY}-placement",
                decision_id=f"{CANARY}-decision",
                send_time=send_time,
            )
    for amount in (5.0, float("nan")):
        with contextlib.suppress(BanditsvcError):
            client.reward(
                portfolio_id="shop",
                type="CONVERSION",
                customer_id=f"{CANARY}-customer",
                outcome_id=f"{CANARY}-outcome",
                occur_time=datetime.now(UTC),
                amount=amount,
            )
    with contextlib.suppress(BanditsvcError):
        client.activate(decision_id=f"{CANARY}-decision", state="NOT_SENT", reason=f"{CANARY}-reason")


def test_no_log_and_no_metric_carries_customer_data(start: Start, tmp_path: Path) -> None:
    """Texts that callers send of a customer stand in the decision log alone, neither in the service's log nor metrics."""
    port = _free_port()
    service = start(f"--metrics-address=127.0.0.1:{port}", f"--apply={SHOP / 'shop.toml'}")
    with Client(service.address) as client:
        _talk_of_canaries(client)
        stored = client.get_decision(f"{CANARY}-decision").decision.customer_id
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        metrics = answer.read().decode()

    assert stored == f"{CANARY}-customer"
    assert "banditsvc_decisions_total" in metrics
    assert CANARY not in metrics
    assert CANARY not in (tmp_path / "service.log").read_text()
