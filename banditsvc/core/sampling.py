"""Sampling: draws that are a hash of the decision, not of a generator's state, so that any can be repeated."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_BITS = 53
_MANY_ROWS = 64


def uniform_draw(salt: str, purpose: str, decision_id: str, attempt: int) -> float:
    """Returns a number in [0, 1), a multiple of 2^-53, that depends on nothing but the arguments.

    By BLAKE2b of the arguments, texts preceded by their length, so that different arguments are different messages.
    BLAKE2b rather than a faster hash that is not cryptographic: decision ids come from callers, and whatever structure
    they have, the draws show none of it. Without the salt nobody can work out a draw; but a caller may try ids with
    dry_run, which draws by the decision_id given just as the decision would. Whoever chooses ids by what came of them
    makes the logged probabilities untrue.

    Args:
        salt: The portfolio's; secret.
        purpose: Keeps apart the draws of one decision, such as "campaign".
        decision_id: The decision's.
        attempt: Number of draws thrown away before, from 0.
    """
    # Written out: this is done for every decision, and a loop over the three takes twice as long.
    first = salt.encode("utf-8", "surrogatepass")
    second = purpose.encode("utf-8", "surrogatepass")
    third = decision_id.encode("utf-8", "surrogatepass")
    message = b"%d:%b%d:%b%d:%b%d" % (len(first), first, len(second), second, len(third), third, attempt)
    word = int.from_bytes(blake2b(message, digest_size=8).digest(), "big")
    return float(word >> (64 - _BITS)) * 2.0**-_BITS


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
        chosen = np.zeros(len(probabilities), dtype=np.intp)
        for column in range(probabilities.shape[1]):
            total += probabilities[:, column]
            chosen += draws >= total
        beyond = np.flatnonzero(chosen == probabilities.shape[1])
    if beyond.size:
        last = probabilities.shape[1] - 1
        chosen[beyond] = last - (probabilities[beyond, ::-1] > 0.0).argmax(axis=1)
    return chosen
