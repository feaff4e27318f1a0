"""Customer hash: the place of a customer in the canonical order of an audience."""

from __future__ import annotations

from collections.abc import Iterable

import mmh3
import numpy as np
from numpy.typing import NDArray


def customer_hash(customer_id: str) -> int:
    """Returns the first 64-bit word of MurmurHash3 x64 128 of the id's UTF-8 bytes, from 0 to 2^64 - 1.

    In the order of this hash, and of the id where two are equal, any stretch of an audience is a sample of the whole.
    """
    return mmh3.hash64(customer_id.encode("utf-8", "surrogatepass"), 0, x64arch=True, signed=False)[0]


def customer_hashes(customer_ids: Iterable[str]) -> NDArray[np.uint64]:
    """Returns the hash of each."""
    return np.array([customer_hash(customer_id) for customer_id in customer_ids], dtype=np.uint64)
