"""What the benchmarks have in common: a portfolio, requests for it, and counting what the log got."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from banditsvc.client import Client
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.v1 import context_pb2, ranking_pb2
from banditsvc.worker_processes import environment

PAYLOADS = 104
IN_FLIGHT = 64
SERVER_CORE, LOAD_CORE = 0, 1


def create_portfolio(
    client: Client, portfolio_id: str, campaigns: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]
) -> None:
    """Creates a portfolio with further settings and its campaigns."""
    reward = {"weights": [{"type": "CLICK", "weight": 1.0}], "greatest_reward": 1.0, "outcome_window": "7d"}
    client.create_portfolio({"portfolio_id": portfolio_id, "currency": "EUR", "reward_spec": reward, **settings})
    for campaign in campaigns:
        client.create_campaign(portfolio_id, campaign)


def campaign_fields(number: int) -> dict[str, Any]:
    """Returns one of the benchmarks' campaigns."""
    return {
        "campaign_id": campaign_id(number),
        "type": "GTM",
        "kind": "PROMOTION",
        "category": f"category-{number % 6}",
        "family": f"family-{number % 5}",
    }


def campaign_id(number: int) -> str:
    """Returns the id of one of the benchmarks' campaigns."""
    return f"campaign-{number:02d}"


def rank_request(portfolio_id: str, number: int, candidates: Sequence[str]) -> ranking_pb2.RankRequest:
    """Returns one of the benchmarks' requests: candidates by id and 12 context features."""
    context = context_pb2.CustomerContext(
        recency_days=3.0 + 7 * (number % 50),
        frequency=1.0 + number % 20,
        monetary=10.0 * (1 + number % 90),
        r=1 + number % 5,
        f=1 + number % 4,
        m=1 + number % 3,
        segment=f"segment-{number % 8}",
        lifecycle_stage=1 + number % 7,  # type: ignore[arg-type]  # enum numbers
        favourites={f"category-{number % 6}": 1.0},
        features={
            "region": context_pb2.FeatureValue(text=f"region-{number % 12}"),
            "newsletter": context_pb2.FeatureValue(flag=number % 2 == 0),
            "basket": context_pb2.FeatureValue(number=float(number)),
        },
    )
    return ranking_pb2.RankRequest(
        portfolio_id=portfolio_id,
        customer_id=f"customer-{number:05d}",
        context=context,
        candidates=[ranking_pb2.Candidate(campaign_id=candidate) for candidate in candidates],
    )


def decision_count(data_dir: Path, portfolio_id: str) -> int:
    """Returns how many decisions of a portfolio are in the log."""
    log = SqliteLog(data_dir / "log.db", read_only=True)
    try:
        return log.count_decisions(portfolio_id, 0)
    finally:
        log.close()


def last_position(data_dir: Path) -> int:
    """Returns the position of the last record in the log: each decision and each outcome has one."""
    log = SqliteLog(data_dir / "log.db", read_only=True)
    try:
        return log.watermark().position
    finally:
        log.close()


def check_logged(what: str, sent: int, logged: int) -> None:
    """Ends the benchmark where the log did not get a record for each request: in a batch each may fail for itself.

    Raises:
        SystemExit: The numbers differ.
    """
    if logged != sent:
        message = f"{what}: {sent} records asked for, {logged} in the log"
        raise SystemExit(message)


@contextlib.contextmanager
def workspace() -> Iterator[Path]:
    """Gives a folder beside the checkout, not in /tmp: that may be memory, where an fsync costs nothing.

    What begins meanwhile keeps its modules compiled in it, as an installed package has them.
    """
    build = Path("build")
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as folder:
        compiled = {"PYTHONPYCACHEPREFIX": str(Path(folder, "compiled").resolve()), "PYTHONDONTWRITEBYTECODE": ""}
        with environment(compiled):
            yield Path(folder)
