"""Reward maturity of a log of the service: which share of the reward had come by which age."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banditsvc.core.times import DAY_US
from banditsvc.open_log import open_log
from offline_eval.choices.entries import lengths, numbers
from offline_eval.diagnostics import Maturity, reward_maturity
from offline_eval.intervals import Floats

SHARES_OF_WINDOW = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Ages that are looked at by default, as shares of the longest time to an outcome."""
_COLUMNS = ("record_time", "is_test", "exclusion_id", "window_start", "is_mature", "outcome_ids", "reward")


def maturity_of_log(
    path: str | Path, portfolio_id: str, ages_days: Sequence[float] | None = None
) -> tuple[Maturity, ...]:
    """Returns the share of the reward of mature decisions that had come by each age; empty where none brought anything.

    A decision's reward is divided equally among the outcomes that it is made of. Tests and what is excluded do not count.

    Args:
        path: Data directory of the service, or its log file, which is read only.
        portfolio_id: The portfolio.
        ages_days: Days after the start of the outcome window; None for SHARES_OF_WINDOW of the latest outcome.

    Raises:
        NotFound: There is no such portfolio.
        StoreError: There is no log, or it cannot be read.
    """
    with open_log(path) as log:
        times = _occur_times(log.outcome_batches(portfolio_id))
        parts = [_delays(one, times) for one in log.joined_batches(portfolio_id, columns=_COLUMNS)]
    delay = np.concatenate([np.zeros(0), *(delay for delay, _ in parts)])
    amount = np.concatenate([np.zeros(0), *(amount for _, amount in parts)])
    if not len(delay):
        return ()
    ages = [share * float(delay.max()) for share in SHARES_OF_WINDOW] if ages_days is None else ages_days
    return reward_maturity(delay, amount, ages)


def _occur_times(batches: Iterable[pa.RecordBatch]) -> dict[str, int]:
    """Returns when each outcome happened, by its highest revision."""
    found: dict[str, tuple[int, int]] = {}
    for batch in batches:
        columns = batch["outcome_id"], batch["revision"], batch["occur_time"].cast(pa.int64())
        for outcome_id, revision, time_us in zip(*(column.to_pylist() for column in columns), strict=True):
            if outcome_id not in found or revision >= found[outcome_id][0]:
                found[outcome_id] = (revision, time_us)
    return {outcome_id: time_us for outcome_id, (_, time_us) in found.items()}


def _delays(batch: pa.RecordBatch, times: dict[str, int]) -> tuple[Floats, Floats]:
    """Returns how many days after the start of its window each outcome of mature decisions happened, and its reward."""
    counts = pc.and_(pc.invert(batch["is_test"]), pc.is_null(batch["exclusion_id"]))
    kept = batch.filter(pc.and_(counts, batch["is_mature"]))
    size = lengths(kept["outcome_ids"])
    start = np.repeat(numbers(kept["window_start"].cast(pa.int64())), size)
    occur = np.array([times[one] for one in kept["outcome_ids"].flatten().to_pylist()], dtype=np.float64)
    return (occur - start) / DAY_US, np.repeat(numbers(kept["reward"]) / np.maximum(size, 1), size)
