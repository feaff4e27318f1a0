"""The learner's state in bytes, from which it goes on bit for bit."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np

from banditsvc.posterior.drift_watch import DriftWatch, StoredWatch
from banditsvc.posterior.prior import Prior
from banditsvc.posterior.provisional import Provisional, StoredProvisional
from banditsvc.posterior.statistics import Statistics, Totals

_FIRST = Prior()


class State(msgspec.Struct, kw_only=True):
    """What the trainer knows besides the statistics."""

    learned_count: int = 0
    reward_sum: float = 0.0
    """Weighted sum of the scaled rewards, which never fades: predictions are differences from their mean."""
    weight_sum: float = 0.0
    """Sum of the weights of the decisions, likewise."""
    next_evidence: int
    """Learned count at which the prior is moved next, and mostly the reference of the drift watch taken anew."""
    evidence_step: int
    """How far that is from the time before."""
    prior: tuple[int, int, int, int] = (_FIRST.shared, _FIRST.own, _FIRST.kinship, _FIRST.noise)
    last_day: int | None = None
    """Latest day of a sending, in days since 1970."""
    campaigns: dict[int, tuple[tuple[int, float], ...]] = msgspec.field(default_factory=dict)
    """Features of each campaign as it was last learned of, hash and value, by the hash of its own feature."""


class _Stored(msgspec.Struct, array_like=True):
    state: State
    totals: Totals
    features: list[int]
    node_of: dict[int, int]
    parents: list[int]
    depths: list[int]
    last_learned: list[int]
    gram: bytes
    moment: bytes
    watch: StoredWatch
    provisional: StoredProvisional | None = None


_DECODER: msgspec.msgpack.Decoder[_Stored] = msgspec.msgpack.Decoder(_Stored)


def stored(state: State, statistics: Statistics, watch: DriftWatch, provisional: Provisional | None) -> bytes:
    """Returns the bytes of a state with its statistics, its watch and what is provisional."""
    count, size = statistics.node_count, statistics.size
    upper = np.triu_indices(size)
    value = _Stored(
        state,
        statistics.totals,
        list(statistics.column_of),
        statistics.node_of,
        statistics.parents,
        statistics.depths,
        statistics.last_learned,
        statistics.gram[:count, upper[0], upper[1]].tobytes(),
        statistics.moment[:count, :size].tobytes(),
        watch.stored(),
        None if provisional is None else provisional.stored(statistics),
    )
    return zlib.compress(msgspec.msgpack.encode(value), 1)


def restored(stored_state: bytes, provisional: Provisional | None) -> tuple[State, Statistics, DriftWatch]:
    """Returns the state, the statistics and the watch of such bytes, which are trusted.

    Args:
        stored_state: What stored returned.
        provisional: Takes over what is provisional; None where there are no checkpoints.
    """
    value = _DECODER.decode(zlib.decompress(stored_state))
    statistics = Statistics()
    statistics.restore(
        value.totals,
        features=value.features,
        node_of=value.node_of,
        parents=value.parents,
        depths=value.depths,
        last_learned=value.last_learned,
    )
    count, size = statistics.node_count, statistics.size
    upper = np.triu_indices(size)
    # Each product was added on both sides of the diagonal, so these are equal.
    half = np.frombuffer(value.gram).reshape(count, -1)
    statistics.gram[:count, upper[0], upper[1]] = half
    statistics.gram[:count, upper[1], upper[0]] = half
    statistics.moment[:count, :size] = np.frombuffer(value.moment).reshape(count, size)
    watch = DriftWatch()
    watch.restore(value.watch)
    if provisional is not None and value.provisional is not None:
        provisional.restore(value.provisional, statistics)
    return value.state, statistics, watch
