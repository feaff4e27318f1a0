"""`prices`, on a real service: what one more unit would earn, and whether it is in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from banditsvc.client import Client
from tests.cli.services import Run, Start, stop_service
from tests.cli.shop_files import write_shop

LIMITS = """
[[portfolio.capacities]]
name = "letters"
max_contacts = 100

[[portfolio.minimums]]
name = "lifecycle"
campaigns = { types = ["CLM"] }
min_share = 0.25

[[portfolio.minimums]]
name = "vendor"
campaigns = { types = ["GTM"] }
min_contacts = 9
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A file with a portfolio whose volumes are limited."""
    path = write_shop(tmp_path / "shop.toml", "shop")
    path.write_text(path.read_text(encoding="utf-8") + LIMITS, encoding="utf-8")
    return path


def test_prices_are_shown_until_a_limit_changes(start: Start, run: Run, shop: Path) -> None:
    """Limits in TOML are applied as they stand; prices are shown with what they take, and other limits end them, loudly."""
    service = start(f"--apply={shop}")

    def told(*words: str) -> str:
        found = run(*words, "--server", service.address)
        assert 0 == found.exit_code, found.error
        return found.out + found.error

    assert "Nothing to do" in told("apply", str(shop), "--dry-run")
    assert "no prices" in told("prices", "show")
    with Client(service.address) as client:
        client.set_prices(
            {
                "portfolio_id": "shop",
                "run_id": "monday",
                "limits": [
                    {"owner": "PORTFOLIO", "name": "letters", "kind": "MOST_CONTACTS", "price": 0.5, "bound": 100.0},
                    {"owner": "PORTFOLIO", "name": "lifecycle", "kind": "LEAST_SHARE", "price": 0.25, "is_met": True},
                    {"owner": "PORTFOLIO", "name": "vendor", "kind": "LEAST_CONTACTS", "bound": 9.0, "expected": 7.0},
                ],
            },
            portfolio_version=1,
            organization_version=0,
        )
    shown = told("prices", "show")
    words = ("monday", "in force", "yes", "letters", "earns 0.5", "by room", "lifecycle", "costs 0.25", "0.5625")
    assert list(words) == [word for word in words if word in shown]
    vendor = next(line for line in shown.splitlines() if line.startswith("vendor"))
    assert "no" in vendor.split(), "room does not hold a minimum"
    found = json.loads(told("prices", "show", "--json"))
    assert ("shop", True, 0.5625) == (found["portfolio_id"], found["in_force"], found["campaigns"][0]["price"])

    shop.write_text(
        shop.read_text(encoding="utf-8").replace("max_contacts = 100", "max_contacts = 50"), encoding="utf-8"
    )
    assert "run 'monday' found are not in force" in told("apply", str(shop), "--yes")
    assert "NO: a limit has changed since" in told("prices", "show")
    assert "the prices of monday" in told("prices", "end")
    assert "no prices are in force" in told("prices", "end")
    assert 0 == stop_service(service)
