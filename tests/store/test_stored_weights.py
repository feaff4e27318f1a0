"""The laws of stored weights."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.store.errors import StoreDamaged
from banditsvc.store.stored_weights import pack_model, pack_weights, unpack_model, unpack_weights, weights_sha256

_SPARSE = st.lists(st.one_of(st.just(0.0), st.floats(width=32, allow_nan=False, allow_infinity=False)), max_size=40)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(values=_SPARSE)
def test_weights_come_back_bit_for_bit(values: list[float]) -> None:
    """Unpacking undoes packing bit for bit, negative zeros and subnormal numbers included, and is read-only."""
    weights = np.array(values, dtype=np.float32)
    found = unpack_weights(pack_weights(weights))
    assert weights.tobytes() == found.tobytes()
    assert not found.flags.writeable


def test_few_weights_take_little_space() -> None:
    """A large model with few weights that are not zero is stored in a few bytes for each."""
    weights = np.zeros(1 << 18, dtype=np.float32)
    weights[::1000] = 0.5
    assert len(pack_weights(weights)) < 8 * 263
    assert unpack_weights(pack_weights(weights)).tobytes() == weights.tobytes()


def test_the_sha256_is_that_of_all_weights() -> None:
    """The SHA-256 is over all weights in order as little-endian float32, so anybody can check it."""
    weights = np.array([0.0, 1.5, -2.0], dtype=np.float32)
    assert weights_sha256(weights) == hashlib.sha256(weights.astype("<f4").tobytes()).hexdigest()


def test_other_arrays_are_refused() -> None:
    """Only vectors of float32 are weights."""
    for other in (np.zeros(4), np.zeros((2, 2), dtype=np.float32)):
        with pytest.raises(ValueError, match="vector of float32"):
            pack_weights(other)  # type: ignore[arg-type]  # what is refused


@pytest.mark.parametrize("cut", [0, 4, 8, 9, 12])
def test_damaged_weights_are_said_to_be(cut: int) -> None:
    """Stored weights that were cut short or changed are StoreDamaged, never other weights."""
    stored = pack_weights(np.array([0.0, 1.5, -2.0, 3.0], dtype=np.float32))
    with pytest.raises(StoreDamaged):
        unpack_weights(stored[:cut])
    with pytest.raises(StoreDamaged):
        unpack_weights((1).to_bytes(8, "little") + stored[8:])


@settings(derandomize=True, max_examples=60, deadline=None)
@given(values=_SPARSE, variances=st.one_of(st.none(), _SPARSE))
def test_variances_come_back_beside_the_weights(values: list[float], variances: list[float] | None) -> None:
    """Weights alone are stored as ever; with variances both come back bit for bit."""
    weights = np.array(values, dtype=np.float32)
    other = None if variances is None else np.array(variances, dtype=np.float32)
    stored = pack_model(weights, other)
    found, beside = unpack_model(stored)
    assert weights.tobytes() == found.tobytes()
    if other is None:
        assert stored == pack_weights(weights)
        assert beside is None
    else:
        assert beside is not None
        assert other.tobytes() == beside.tobytes()


def test_the_sha256_covers_the_variances() -> None:
    """Another variance, or none, is another SHA-256; and a cut form is said to be damaged."""
    weights = np.array([1.0, 2.0], dtype=np.float32)
    found = {weights_sha256(weights), weights_sha256(weights, weights), weights_sha256(weights, 2 * weights)}
    assert 3 == len(found)
    with pytest.raises(StoreDamaged):
        unpack_model(pack_model(weights, weights)[:-4])
