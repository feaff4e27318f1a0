"""Laws of `guardrails`, on real services: what trips stays tripped until somebody turns it back."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banditsvc.client import Client
from banditsvc.v1 import decision_pb2
from tests.cli.services import Run, Service, Start, stop_service
from tests.cli.shop_files import write_shop

WAIT_SECONDS = 30.0
LIMITS = """
[portfolio.guardrail_spec]
max_unsubscribe_rate = 0.02
max_silence = "2d"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A file with a portfolio that has limits."""
    path = write_shop(tmp_path / "shop.toml", "shop")
    path.write_text(path.read_text(encoding="utf-8") + LIMITS, encoding="utf-8")
    return path


def wait_until(is_so: Callable[[], bool]) -> None:
    """Waits for another process."""
    end = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def harm(client: Client) -> None:
    """Has twelve customers unsubscribe right after a contact."""
    for number in range(12):
        decision = client.rank(portfolio_id="shop", customer_id=f"c{number}").decision
        client.reward(
            portfolio_id="shop", type="UNSUBSCRIBE", decision_id=decision.decision_id, occur_time=datetime.now(UTC)
        )


def decided_by(service: Service) -> str:
    """Returns who decides now."""
    with Client(service.address) as client:
        decision = client.rank(portfolio_id="shop", customer_id="new").decision
    return decision_pb2.DecidedBy.Name(decision.decided_by)


def test_a_breach_is_told_loudly_and_turned_back_by_hand(start: Start, run: Run, shop: Path, tmp_path: Path) -> None:
    """A running service trips by itself, also over a restart; `status`, metrics and its log say so; `resume` ends it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        metrics = f"127.0.0.1:{free.getsockname()[1]}"
    service = start(f"--apply={shop}", f"--metrics-address={metrics}")
    quiet = run("guardrails", "show", "--server", service.address)
    assert (0, True) == (quiet.exit_code, "the policy" in quiet.out)
    with Client(service.address) as client:
        harm(client)
        wait_until(lambda: bool(client.get_guardrails("shop").tripped))
    assert "DECIDED_BY_GUARDRAIL" == decided_by(service)
    line = 'banditsvc_guardrail_tripped{guardrail="UNSUBSCRIBE_RATE",portfolio="shop"} 1.0'
    wait_until(lambda: line in urllib.request.urlopen(f"http://{metrics}/metrics").read().decode())
    assert 0 == stop_service(service)
    assert "guardrail_tripped" in (tmp_path / "service.log").read_text()

    service = start()
    assert "DECIDED_BY_GUARDRAIL" == decided_by(service)
    loud = run("status", "--metrics", "off", "--server", service.address).error
    assert "GUARDRAIL TRIPPED: portfolio shop decides by business as usual" in loud
    assert "banditsvc guardrails resume --portfolio shop --reason TEXT" in loud
    [told] = json.loads(run("status", "--metrics", "off", "--json", "--server", service.address).out)["portfolios"]
    assert "UNSUBSCRIBE_RATE" == told["guardrail_tripped"]
    assert "12 of 12 contacts" in told["guardrail_text"]
    shown = run("guardrails", "show", "--server", service.address).out
    assert ["business as usual", "12 of 12"] == [word for word in ("business as usual", "12 of 12") if word in shown]

    resumed = run("guardrails", "resume", "-p", "shop", "--reason", "mended", "--json", "--server", service.address)
    assert {"portfolio_id": "shop", "tripped": "UNSUBSCRIBE_RATE"} == json.loads(resumed.out)
    assert "DECIDED_BY_POLICY" == decided_by(service)
    again = run("guardrails", "resume", "-p", "shop", "--reason", "mended", "--server", service.address)
    assert (1, True) == (again.exit_code, "its policy decides" in again.error)
    assert 0 == stop_service(service)


def test_readings_are_shown_as_a_table_and_as_json(start: Start, run: Run, shop: Path) -> None:
    """`guardrails show` gives each limit with what was seen; a portfolio without limits says so."""
    service = start("--simulated-clock", f"--apply={shop}")
    with Client(service.address) as client:
        client.set_time(datetime(2026, 1, 5, 8, tzinfo=UTC))
        client.rank(portfolio_id="shop", customer_id="c1")
        client.catch_up("shop")
        table = run("guardrails", "show", "--server", service.address).out
        found = json.loads(run("guardrails", "show", "--json", "--server", service.address).out)
        client.create_portfolio(
            {
                "portfolio_id": "free",
                "currency": "EUR",
                "reward_spec": {
                    "weights": [{"type": "CLICK", "weight": 1.0}],
                    "greatest_reward": 1.0,
                    "outcome_window": "1h",
                },
            }
        )
        free = run("guardrails", "show", "-p", "free", "--server", service.address)

    assert ["UNSUBSCRIBE_RATE", "SILENCE", "172,800 s"] == [
        word for word in ("UNSUBSCRIBE_RATE", "SILENCE", "172,800 s") if word in table
    ]
    assert ("UNSPECIFIED", 1, 0.0) == (
        found["tripped"],
        found["readings"][0]["count"],
        found["readings"][0]["observed"],
    )
    assert "no limit is set" in free.error
    assert 0 == stop_service(service)
