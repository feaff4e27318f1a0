"""Sampling: draws that are a hash of the decision, not of a generator's state, so that any can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision_id import audience_row_of

_BITS = 53
_MANY_ROWS = 64
_WORDS = 4
"""Words of Philox for one count."""
_STRETCH = 1 << 16
"""Rows whose words are made at a time, be they wanted or not."""
_KEYS = 1 << 10
"""Keys hashed at a time: what is made of them stays in the processor's cache."""


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class Keys(Protocol):
    """Keys as UTF-8, such as a list of them, of which some are looked at after the others."""

    def __len__(self) -> int:
        """Returns their number."""
        ...

    def __getitem__(self, span: slice, /) -> Sequence[bytes]:
        """Returns some of them."""
        ...


def decision_draw(salt: str, purpose: str, decision_id: str, attempt: int) -> float:
    """Returns the draw of a decision, by its id: that of uniform_draws for a row of an audience, else of uniform_draw."""
    found = audience_row_of(decision_id) if "/" in decision_id else None
    if found is None:
        return uniform_draw(salt, purpose, decision_id, attempt)
    return float(uniform_draws(salt, purpose, found.run_id, np.array([found.row]), attempt)[0])


def uniform_draws(salt: str, purpose: str, run_id: str, rows: NDArray[np.int64], attempt: int) -> NDArray[np.float64]:
    """Returns a number in [0, 1), a multiple of 2^-53, for each row of an audience's run; any row alone has the same.

    The draw of a row is word number `row` of Philox 4x64 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
    2011), counted from 0, under a key that is the BLAKE2b hash of the other arguments. Rows are numbered by the service,
    so nobody can choose them by what they would draw, and a run's key is nobody's to know without the salt.

    Args:
        salt: The portfolio's; secret.
        purpose: Keeps apart the draws of one decision.
        run_id: The run's.
        rows: Row numbers, rising, from 0; quickest where they are close together.
        attempt: Number of draws thrown away before, from 0.
    """
    key = int.from_bytes(blake2b(_message(salt, purpose, run_id, attempt), digest_size=16).digest(), "little")
    words = np.empty(len(rows), dtype=np.uint64)
    start = 0
    while start < len(rows):
        first = int(rows[start]) // _WORDS * _WORDS
        end = int(np.searchsorted(rows, first + _STRETCH))
        stretch = rows[start:end] - first
        stream = np.random.Philox(key=key, counter=first // _WORDS)
        words[start:end] = stream.random_raw(int(stretch[-1]) + 1)[stretch]
        start = end
    return (words >> np.uint64(64 - _BITS)).astype(np.float64) * 2.0**-_BITS


def uniform_draw(salt: str, purpose: str, key: str, attempt: int) -> float:
    """Returns a number in [0, 1), a multiple of 2^-53, that depends on nothing but the arguments.

    By BLAKE2b of the arguments, texts preceded by their length, so that different arguments are different messages.
    BLAKE2b rather than a faster hash that is not cryptographic: decision ids come from callers, and whatever structure
    they have, the draws show none of it. Without the salt nobody can work out a draw; but a caller may try ids with
    dry_run, which draws by the decision_id given just as the decision would. Whoever chooses ids by what came of them
    makes the logged probabilities untrue.

    Args:
        salt: The portfolio's; secret.
        purpose: Keeps apart the draws of one decision, such as "campaign".
        key: The decision's id, or whatever else is drawn for.
        attempt: Number of draws thrown away before, from 0.
    """
    word = int.from_bytes(blake2b(_message(salt, purpose, key, attempt), digest_size=8).digest(), "big")
    return float(word >> (64 - _BITS)) * 2.0**-_BITS


def key_draws(salt: str, purpose: str, keys: Keys, attempt: int) -> NDArray[np.float64]:
    """Returns uniform_draw of each key."""
    start, end = _message(salt, purpose, "", 0)[:-3], b"%d" % attempt
    # What messages begin with is hashed once for each length of a key, and copying that is cheaper than beginning anew.
    begun: dict[int, Callable[[], _Hash]] = {}
    digests = bytearray()
    for first in range(0, len(keys), _KEYS):
        some = keys[first : first + _KEYS]
        for length in {*map(len, some)} - begun.keys():
            begun[length] = blake2b(b"%b%d:" % (start, length), digest_size=8).copy
        hashes = [begun[len(key)]() for key in some]
        for one, key in zip(hashes, some, strict=True):
            one.update(key + end)
        digests += b"".join([one.digest() for one in hashes])
    return (np.frombuffer(digests, dtype=">u8") >> np.uint64(64 - _BITS)).astype(np.float64) * 2.0**-_BITS


def _message(salt: str, purpose: str, key: str, attempt: int) -> bytes:
    # Written out: this is done for every decision, and a loop over the three takes twice as long.
    first = salt.encode("utf-8", "surrogatepass")
    second = purpose.encode("utf-8", "surrogatepass")
    third = key.encode("utf-8", "surrogatepass")
    return b"%d:%b%d:%b%d:%b%d" % (len(first), first, len(second), second, len(third), third, attempt)


def choose(probabilities: NDArray[np.float64], draws: NDArray[np.float64]) -> NDArray[np.intp]:
    """Returns, for each row, the first k at which the draw is less than the sum of the probabilities up to k.

    Sums run left to right. An entry of probability 0 is never chosen. Where rounding leaves the whole sum at or below
    the draw, the last entry of positive probability is.

    Args:
        probabilities: Shape (rows, K), each row with a positive entry.
        draws: Shape (rows,), in [0, 1).
    """
    if len(probabilities) < _MANY_ROWS:
        sums = np.add.accumulate(probabilities, axis=1)
        chosen: NDArray[np.intp] = (draws[:, None] < sums).argmax(axis=1)
        beyond = np.flatnonzero(draws >= sums[:, -1])
    else:
        # The same, several times quicker where there are many rows of a few columns: sums never fall.
        total = np.zeros(len(probabilities))
        passed = np.zeros(len(probabilities), dtype=np.int16)
        for column in range(probabilities.shape[1]):
            total += probabilities[:, column]
            passed += draws >= total
        chosen = passed.astype(np.intp)
        beyond = np.flatnonzero(chosen == probabilities.shape[1])
    if beyond.size:
        last = probabilities.shape[1] - 1
        chosen[beyond] = last - (probabilities[beyond, ::-1] > 0.0).argmax(axis=1)
    return chosen
