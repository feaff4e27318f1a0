"""Encoded contexts and campaigns: hashed features in one canonical order."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

NO_MATCH = 1 << 34
"""Hash of no context feature: of their upper 32 bits the lowest is set or none is."""


class EncodedContext(NamedTuple):
    """The context's features, sorted by hash; packed, because a batch is scored by joining them."""

    packed_hashes: bytes
    """Hashes as native unsigned 64-bit integers. Bits above the 32nd of a favourite's hash say which it is."""
    packed_values: bytes
    """Their values as native doubles."""

    @property
    def hashes(self) -> list[int]:
        """Returns the hashes, rising."""
        return list(array("Q", self.packed_hashes))

    @property
    def values(self) -> list[float]:
        """Returns the values, one per hash."""
        return list(array("d", self.packed_values))


@dataclass(frozen=True, slots=True)
class EncodedCampaign:
    """The campaign's features, sorted by hash, and what a favourite of the customer must be to match."""

    key: bytes
    """The whole content: campaigns with equal keys are scored alike."""
    packed_hashes: bytes = field(compare=False)
    packed_values: bytes = field(compare=False)
    match_hash: int = field(compare=False)
    """Hash of the favourite that the campaign's category is; NO_MATCH without a category."""
    ancestry: tuple[int, ...] = field(compare=False, default=())
    """Hashes of the features that say what it is, from the widest kind to itself: type, kind, category, family, id and,
    of a pair, treatment; those it has."""

    @property
    def hashes(self) -> list[int]:
        """Returns the hashes, rising."""
        return list(array("Q", self.packed_hashes))

    @property
    def values(self) -> list[float]:
        """Returns the values, one per hash."""
        return list(array("d", self.packed_values))


def pack(features: Iterable[tuple[int, float]]) -> tuple[bytes, bytes]:
    """Returns the hashes and the values of features in canonical order: by hash, then by value."""
    ordered = sorted(features)
    if not ordered:
        return b"", b""
    hashes, values = zip(*ordered, strict=True)
    hashes_form, values_form = _forms(len(ordered))
    return hashes_form.pack(*hashes), values_form.pack(*values)


@lru_cache(maxsize=256)
def _forms(count: int) -> tuple[Struct, Struct]:
    """Returns how so many hashes and values lie in memory: as arrays of theirs do."""
    return Struct(f"={count}Q"), Struct(f"={count}d")
