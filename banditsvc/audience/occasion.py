"""Who has a decision for a run's occasion already: Rank would repeat it, and so a run leaves the customer out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.text_hashes import text_hashes

_AT_ONCE = 100_000


def decided_on(
    log: SqliteLog, portfolio_id: str, occasion: str, position: int, survivors: Mapping[str, str]
) -> NDArray[np.uint64]:
    """Returns the hashes, rising, of the customers who have a decision for an occasion up to a position of the log.

    Needs eight bytes a customer. No occasion is no moment, and nobody has a decision for it.
    """
    if not occasion:
        return np.zeros(0, dtype=np.uint64)
    customers = log.customers_on(portfolio_id, occasion, position)
    found = [np.zeros(0, dtype=np.uint64)]
    while page := list(islice(customers, _AT_ONCE)):
        found.append(text_hashes(pa.array([survivors.get(one, one) for one in page], pa.string())))
    return np.unique(np.concatenate(found))


def is_among(hashes: NDArray[np.uint64], some: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Returns which hashes are among some others, which rise."""
    if not len(some):
        return np.zeros(len(hashes), dtype=np.bool_)
    found: NDArray[np.bool_] = some[np.minimum(np.searchsorted(some, hashes), len(some) - 1)] == hashes
    return found
