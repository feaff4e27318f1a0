"""Rows of the joined table, made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from banditsvc.core.times import DAY_US
from banditsvc.log_schema import JOINED

Row = dict[str, Any]


def joined_row(
    number: int = 0,
    *,
    chosen: str | None = "a",
    chances: Sequence[tuple[str, float]] = (("a", 0.5), ("b", 0.5)),
    **changes: Any,
) -> Row:
    """Returns a mature decision of the policy, a day after the one before it."""
    ids, shares = [one for one, _ in chances], [share for _, share in chances]
    row: Row = {
        "record_time": number * DAY_US,
        "due_time": (number + 1) * DAY_US,
        "customer_id": f"c{number}",
        "segment": "s",
        "result": "CAMPAIGN",
        "decided_by": "POLICY",
        "group": "OPTIMIZED",
        "campaign_id": chosen,
        "explored": False,
        "eligible": ids,
        "selection_probabilities": shares,
        "predicted_rewards": [[0.0] * len(ids)],
        "treatments": [],
        "levers": [],
        "prices": [],
        "rejections": [],
        "inline_campaigns": [],
        "is_test": False,
        "probability_known": True,
        "window_start": number * DAY_US,
        "is_mature": True,
        "reward": 0.0,
    }
    return row | changes


def joined_batch(rows: Iterable[Row]) -> pa.RecordBatch:
    """Returns the batch of some rows; columns that they do not have are null."""
    return pa.RecordBatch.from_pylist(list(rows), schema=JOINED)
