"""How the weights of a model are stored: the non-zero ones, compressed, exact to the bit."""

from __future__ import annotations

import hashlib
import zlib

import numpy as np
from numpy.typing import NDArray

from banditsvc.store.errors import StoreDamaged

_SIZE_BYTES = 8
_BOTH = b"\xff" * _SIZE_BYTES
"""Begins the stored form of weights with variances. No vector is so long."""
_ENTRY_BYTES = 8
"""Four of index, four of value."""


def weights_sha256(weights: NDArray[np.float32], variances: NDArray[np.float32] | None = None) -> str:
    """Returns the SHA-256 in hex of all weights in order, then variances if any, zeros included, little-endian float32."""
    digest = hashlib.sha256(np.ascontiguousarray(weights, dtype="<f4").tobytes())
    if variances is not None:
        digest.update(np.ascontiguousarray(variances, dtype="<f4").tobytes())
    return digest.hexdigest()


def pack_model(weights: NDArray[np.float32], variances: NDArray[np.float32] | None) -> bytes:
    """Returns the stored form of a model's weights and variances: that of the weights alone where there are none.

    Raises:
        ValueError: They are no float32 vectors, or a number is not finite.
    """
    first = pack_weights(weights)
    if variances is None:
        return first
    return _BOTH + len(first).to_bytes(_SIZE_BYTES, "little") + first + pack_weights(variances)


def unpack_model(stored: bytes) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Returns the weights and variances of a stored form, read-only.

    Raises:
        StoreDamaged: The stored form cannot be read.
    """
    if not stored.startswith(_BOTH):
        return unpack_weights(stored), None
    start = len(_BOTH) + _SIZE_BYTES
    end = start + int.from_bytes(stored[len(_BOTH) : start], "little")
    return unpack_weights(stored[start:end]), unpack_weights(stored[end:])


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
