"""Keyed draws: numbers that are a hash of what they are for, not of a generator's state.

So two policies meet the same customers with the same luck (common random numbers), and a seed gives the same numbers
alone or side by side with others. The hash is the finalizer of SplitMix64 (Steele, Lea and Flood 2014, figure 16),
applied to the key of the customer plus that of the purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_DROPPED = np.uint64(11)
_UNIT = 2.0**-53
_MASK = (1 << 64) - 1


class Stream(IntEnum):
    """What a draw is for."""

    SEGMENT = 1
    GAP = 2
    START_PURCHASES = 3
    START_RECENCY = 4
    START_SPEND = 5
    START_AGE = 6
    PREFERENCE = 7
    PROSPECT = 8
    START_SILENT = 9
    VISIT = 10
    SELECT = 11
    RESPONSE = 12
    AMOUNT = 13
    TAIL = 14
    TAIL_SIZE = 15
    DELAY = 16
    OPT_OUT = 18
    ORGANIC = 19
    ORGANIC_TIME = 20
    SILENT = 21
    CATEGORY = 22
    CART = 23
    MOVE = 24
    FEATURE = 25
    CAMPAIGN = 26
    DUPLICATED = 27
    REVISED = 28
    REFUNDED = 29
    LOST = 30
    LOGGING = 31
    FRESH = 32


def population_keys(seeds: Sequence[int], customers: int) -> NDArray[np.uint64]:
    """Returns the key of each customer of each seed, those of the first seed first, shape (seeds x customers,)."""
    numbers = np.arange(1, customers + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        offsets = numbers * _GAMMA
        return np.concatenate([_mixed(np.uint64(_purpose_key(seed, "seed")) + offsets) for seed in seeds])


def derived_keys(keys: NDArray[np.uint64], stream: Stream, day: int) -> NDArray[np.uint64]:
    """Returns other keys, such as those of the customers of another day."""
    return _hashed(keys, _purpose(stream, day, 0))


def name_code(name: str) -> int:
    """Returns the number, 0 to 2^63 - 1, that stands for a name, such as a campaign's id, in keys."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") >> 1


def uniform(
    keys: NDArray[np.uint64], stream: Stream, day: int = 0, code: int | NDArray[np.uint64] = 0
) -> NDArray[np.float64]:
    """Returns a number in (0, 1) for each key: an odd multiple of 2^-54.

    Args:
        keys: Of the customers.
        stream: What it is for.
        day: Day of the simulation.
        code: Of the campaign or another name, for all or for each.
    """
    drawn = (_hashed(keys, _purpose(stream, day, code)) >> _DROPPED).astype(np.float64)
    drawn += 0.5
    drawn *= _UNIT
    return drawn


def normal(
    keys: NDArray[np.uint64], stream: Stream, day: int = 0, code: int | NDArray[np.uint64] = 0
) -> NDArray[np.float64]:
    """Returns a standard normal number for each key."""
    return np.asarray(ndtri(uniform(keys, stream, day, code)))


def exponential(
    keys: NDArray[np.uint64], stream: Stream, day: int = 0, code: int | NDArray[np.uint64] = 0
) -> NDArray[np.float64]:
    """Returns an exponential number of mean 1 for each key."""
    return -np.log(uniform(keys, stream, day, code))


def _purpose(stream: Stream, day: int, code: int | NDArray[np.uint64]) -> np.uint64 | NDArray[np.uint64]:
    first = _purpose_key(int(stream), day)
    if isinstance(code, int):
        return np.uint64(_mixed_number(first ^ code))
    return _mixed(np.uint64(first) ^ code)


def _purpose_key(number: int, what: int | str) -> int:
    """Returns a key of 64 bits of what a draw is for; it is made once for many draws."""
    text = f"{number}:{what}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") & _MASK


def _hashed(keys: NDArray[np.uint64], purpose: np.uint64 | NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        return _mixed(keys + purpose)


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Returns the finalizer's words; the argument is a fresh array or left as it is."""
    with np.errstate(over="ignore"):
        mixed = words + _GAMMA
        mixed ^= mixed >> _SHIFTS[0]
        mixed *= _FIRST
        mixed ^= mixed >> _SHIFTS[1]
        mixed *= _SECOND
        mixed ^= mixed >> _SHIFTS[2]
    return mixed


def _mixed_number(word: int) -> int:
    """Returns the same of one word; an array of it would take many times as long."""
    mixed = (word + int(_GAMMA)) & _MASK
    mixed ^= mixed >> int(_SHIFTS[0])
    mixed = (mixed * int(_FIRST)) & _MASK
    mixed ^= mixed >> int(_SHIFTS[1])
    mixed = (mixed * int(_SECOND)) & _MASK
    return mixed ^ (mixed >> int(_SHIFTS[2]))
