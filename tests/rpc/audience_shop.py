"""A service with limits on contacts, and the parts that a run of it writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from banditsvc.client import Client
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.times import SECOND_US
from banditsvc.v1 import audience_pb2
from tests.rpc.live import Live
from tests.rpc.messages import open_shop
from tests.store.audience_files import rows_of, write_part

ORGANIZATION = "default"
SALES = {"campaign_ids": ["sale"]}
CUSTOMERS = [f"c{number}" for number in range(6)]


def open_limited_shop(live: Live) -> None:
    """Creates a portfolio in which one mail a week is sent of `sale`, and 1,000 a day of `winback`; `news` has no limit."""
    cap = {"name": "one-sale", "campaigns": SALES, "max_contacts": 1, "window": {"seconds": 7 * 86_400}}
    capacity = {"name": "call-center", "campaigns": {"campaign_ids": ["winback"]}, "max_contacts": 1000, "period": 1}
    open_shop(live, contact_policy={"caps": [cap]}, capacities=[capacity])


def begin(client: Client, run_id: str = "night", **terms: Any) -> audience_pb2.AudienceRun:
    """Begins a run of the shop."""
    return client.begin_audience_run({"portfolio_id": "shop", "run_id": run_id} | terms).run


def written(
    directory: Path,
    run: audience_pb2.AudienceRun,
    customers: Sequence[str] = CUSTOMERS,
    *,
    number: int = 0,
    first: int = 0,
    hold_seconds: int = 0,
) -> AudiencePart:
    """Writes a part of a run in which each customer gets `sale`."""
    send_time_us = run.send_time.seconds * SECOND_US + run.send_time.nanos // 1000
    rows = rows_of(
        customers,
        first=first,
        run_id=run.run_id,
        send_time_us=send_time_us,
        occasion=run.occasion,
        campaign_id="sale",
        hold_until_us=send_time_us + hold_seconds * SECOND_US if hold_seconds else None,
        organization_id=ORGANIZATION,
    )
    return write_part(directory, rows, run_id=run.run_id, number=number, organization_id=ORGANIZATION)


def commit(client: Client, part: AudiencePart) -> audience_pb2.CommitAudiencePartResponse:
    """Enters a part into the log."""
    return client.commit_audience_part(
        "shop", part.run_id, part.number, row_count=part.row_count, size_bytes=part.size_bytes
    )
