"""How the weights of a model are stored: the non-zero ones, compressed, exact to the bit."""

from __future__ import annotations

import hashlib
import zlib

import numpy as np
from numpy.typing import NDArray

from banditsvc.store.errors import StoreDamaged

_SIZE_BYTES = 8
_ENTRY_BYTES = 8
"""Four of index, four of value."""


def weights_sha256(weights: NDArray[np.float32]) -> str:
    """Returns the SHA-256 in hex of all weights in order, zeros included, as little-endian float32."""
    return hashlib.sha256(np.ascontiguousarray(weights, dtype="<f4").tobytes()).hexdigest()


def pack_weights(weights: NDArray[np.float32]) -> bytes:
    """Returns the stored form of weights.

    Raises:
        ValueError: They are no float32 vector, or one of them is not finite.
    """
    if weights.dtype != np.float32 or weights.ndim != 1:
        raise ValueError(f"weights are a vector of float32, not {weights.dtype} of shape {weights.shape}")
    if not np.isfinite(weights).all():
        raise ValueError("a weight is not finite: the model is not stored")
    dense = np.ascontiguousarray(weights, dtype="<f4")
    # By bits, not by value: a negative zero is kept as it is.
    indices = np.flatnonzero(dense.view("<u4")).astype("<u4")
    # Steps between indices are small numbers, which compress well.
    steps = np.diff(indices, prepend=np.uint32(0)).astype("<u4")
    return len(dense).to_bytes(_SIZE_BYTES, "little") + zlib.compress(steps.tobytes() + dense[indices].tobytes(), 1)


def unpack_weights(stored: bytes) -> NDArray[np.float32]:
    """Returns the weights of a stored form, read-only.

    Raises:
        StoreDamaged: The stored form cannot be read.
    """
    size = int.from_bytes(stored[:_SIZE_BYTES], "little")
    try:
        entries = zlib.decompress(stored[_SIZE_BYTES:])
    except zlib.error as error:
        raise StoreDamaged(f"stored weights cannot be read: {error}") from error
    half = len(entries) // _ENTRY_BYTES * (_ENTRY_BYTES // 2)
    indices = np.cumsum(np.frombuffer(entries[:half], dtype="<u4"), dtype=np.int64)
    if 2 * half != len(entries) or (len(indices) and int(indices[-1]) >= size):
        raise StoreDamaged("stored weights cannot be read: an index lies outside the vector")
    weights = np.zeros(size, dtype=np.float32)
    weights[indices] = np.frombuffer(entries[half:], dtype="<f4")
    weights.flags.writeable = False
    return weights
