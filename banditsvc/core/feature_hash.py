"""Hashes of features and namespaces, equal to Vowpal Wabbit's, so that servers need not load it.

Vowpal Wabbit's rule for a feature name (`--hash strings`, its default): blanks and control characters at both ends do
not count; a name of ASCII digits alone is its number plus the namespace's hash, modulo 2^64; any other is the 32-bit
MurmurHash3 of its UTF-8 bytes, seeded with the namespace's hash.
"""

from __future__ import annotations

import mmh3

CONSTANT_HASH = 11650396
"""Index of Vowpal Wabbit's constant feature, before masking."""

QUADRATIC_PRIME = 16777619
"""Vowpal Wabbit's index of a quadratic feature is ((first * 16777619) mod 2^64) xor second, before masking."""

_BLANKS = bytes(range(0x21))


def namespace_hash(namespace: str) -> int:
    """Returns the hash of a namespace's name: the seed of its features."""
    return mmh3.hash(namespace, 0, signed=False)


def feature_hash(name: str, seed: int) -> int:
    """Returns the 64-bit index of a feature, to be masked by the number of weights less one.

    Args:
        name: Any text.
        seed: The namespace_hash of the feature's namespace.
    """
    encoded = name.encode("utf-8", "surrogatepass").strip(_BLANKS)
    if not encoded:
        return seed
    if encoded.isdigit():
        return (int(encoded) + seed) % (1 << 64)
    return mmh3.hash(encoded, seed, signed=False)
