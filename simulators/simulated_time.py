"""The simulated clock of a running service, as a simulation moves it: a whole day at a time."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.client import Client
from banditsvc.core.times import DAY_US


def timestamp(time_us: int) -> Timestamp:
    """Returns a time of the core as the contract has it."""
    return Timestamp(seconds=time_us // 1_000_000, nanos=time_us % 1_000_000 * 1000)


def next_midnight_us(client: Client, portfolio_id: str) -> int:
    """Returns the first midnight (UTC) that the service's clock has not passed, told by a dry run of Rank."""
    # A dry run tells the time and writes nothing.
    told = client.rank(portfolio_id=portfolio_id, customer_id="clock", dry_run=True).decision.decision_time
    now_us = told.seconds * 1_000_000 + told.nanos // 1000
    return -(-now_us // DAY_US) * DAY_US
