"""The joined table of a span of the log, for everything that evaluates its decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.core.merges import Merges
from banditsvc.log_time import EPOCH
from banditsvc.open_log import Log
from banditsvc.ports import DecisionLog
from banditsvc.store.sqlite_log import SqliteLog


def joined_between(
    log: SqliteLog,
    portfolio_id: str,
    since_us: int | None,
    until_us: int | None,
    *,
    columns: Sequence[str],
    progress: Callable[[int, int], None],
) -> Iterator[pa.RecordBatch]:
    """Yields the decisions recorded at since <= time < until.

    Args:
        log: The log; left open.
        portfolio_id: The portfolio.
        since_us: Log time; None means from the first decision.
        until_us: Log time; None means to the last.
        columns: Columns of the joined table; record_time is among them.
        progress: Told again and again how many decisions were read, and how many there are at most.

    Raises:
        NotFound: There is no such portfolio.
    """
    since = None if since_us is None else EPOCH + timedelta(microseconds=since_us)
    total, done = log.count_decisions(portfolio_id, 0), 0
    for batch in Log(log).joined_batches(portfolio_id, since=since, columns=columns):
        # Record times never fall.
        end = batch.num_rows if until_us is None else int(np.searchsorted(_times_us(batch), until_us))
        if end:
            yield batch.slice(0, end)
        done += batch.num_rows
        progress(done, max(done, total))
        if end < batch.num_rows:
            return


def _times_us(batch: pa.RecordBatch) -> NDArray[np.int64]:
    return np.asarray(batch["record_time"].cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def merges_of(log: DecisionLog, organization_id: str) -> Merges:
    """Returns the merges of customer ids of an organization."""
    return Merges((one.record_time_us, one.value) for one in log.read_merges(organization_id, 0))
