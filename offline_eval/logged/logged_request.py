"""Logged requests: what was asked for, read back from the columns of the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.decision import RankInput

_FURTHER = ("number_features", "text_features", "flag_features", "list_features")


def logged_requests(contexts: pa.Table) -> Iterator[RankInput]:
    """Yields the request of each row, as far as contexts, channel, placement and times go.

    Args:
        contexts: The columns offline_eval.logged.joined_table.CONTEXT_COLUMNS of the joined table.
    """
    times = contexts["send_time"].cast(pa.int64())
    columns = contexts.set_column(contexts.column_names.index("send_time"), "send_time", times)
    for batch in columns.to_batches():
        for row in batch.to_pylist():
            yield _request(row)


def _request(row: dict[str, Any]) -> RankInput:
    return RankInput(
        portfolio_id="",
        customer_id=row["customer_id"],
        send_time_us=row["send_time"],
        channel=row["channel"] or "",
        placement=row["placement"] or "",
        occasion=row["occasion"] or "",
        context=CustomerContext(
            **{name: row[name] for name in ("recency_days", "frequency", "monetary", "r", "f", "m", "segment")},
            lifecycle_stage=LifecycleStage[row["lifecycle_stage"]] if row["lifecycle_stage"] else None,
            favourites=dict(row["favourites"] or ()),
            features=_features(row),
            time_zone=row["time_zone"],
        ),
    )


def _features(row: dict[str, Any]) -> dict[str, FeatureValue]:
    named = {name: value for column in _FURTHER for name, value in row[column] or ()}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in named.items()}
