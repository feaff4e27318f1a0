"""Small histories, written by hand and made by worlds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from simulators.rehearse.history import History
from simulators.rehearse.history_file import read_history
from simulators.rehearse.played_history import played_history
from simulators.runs.named_policies import named_policy
from simulators.worlds.read_world import parse_world
from simulators.worlds.world_spec import WorldSpec

TURNED: dict[str, dict[str, float]] = {
    "news": {"family": 3.0, "student": 0.3},
    "sale": {"family": 0.3, "student": 3.0},
    "club": {},
}
ALIKE: dict[str, dict[str, float]] = {"news": {}, "sale": {}, "club": {}}


def shop(odds: dict[str, dict[str, float]], *, customers: int, days: int) -> WorldSpec:
    """Returns a stateless shop in which campaigns differ by these odds of the segments, and orders are worth 42 each."""
    tables: dict[str, Any] = {
        "name": "shop",
        "days": days,
        "customers": customers,
        "stateless": True,
        "visits": {"every_days": 1},
        "delay": {"mean_days": 1.0},
        "reward": {"of": "revenue", "window_days": 7, "greatest": 500.0},
        "population": {
            "organic": {"rate_factor": 0.0, "prospect_share": 1.0},
            "segments": {"family": {"share": 0.5}, "student": {"share": 0.5}},
            "order_value": {"median": 40.0, "sigma": 0.3},
        },
        "campaigns": [
            {"campaign_id": one, "base_rate": 0.05, "odds": {"segment": own} if own else {}}
            for one, own in odds.items()
        ],
    }
    return parse_world(tables, "shop")


def lived_history(world: WorldSpec, folder: Path, seed: int = 1) -> History:
    """Returns what a retailer in a world has on file who drew campaigns by lot."""
    history = played_history(world, named_policy("coin", world), seed)
    history.sends.to_csv(folder / "sends.csv", index=False)
    history.orders.to_csv(folder / "orders.csv", index=False)
    return read_history(folder / "sends.csv", folder / "orders.csv")


def written_history(folder: Path, rows: list[dict[str, object]]) -> History:
    """Returns the history of rows of both kinds in one file."""
    pd.DataFrame(rows).to_csv(folder / "history.csv", index=False)
    return read_history(folder / "history.csv")
