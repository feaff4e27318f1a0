"""Entry rows: the eligible sets of requests with equally many entries, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.exploration import ExclusiveRules, Exploration
from banditsvc.core.rule import FeatureType
from banditsvc.core.rule_order import entry_ranks
from banditsvc.serving.prepared_set import PreparedSet
from banditsvc.serving.to_decide import ToDecide

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class EntryRows:
    """One row per request, in their order; each array has shape (requests, K)."""

    requests: Sequence[ToDecide]
    fixed_rank: NDArray[np.int64]
    equal_parts: NDArray[np.float64]
    levers: NDArray[np.float64] | None
    """None where all are 1."""
    prices: NDArray[np.float64] | None
    """None where all are 0."""

    def ranks_for(self, exploration: Exploration, schema: Mapping[str, FeatureType]) -> NDArray[np.int64]:
        """Returns the fixed_rank that an exploration is to be given.

        Raises:
            RuleFault: A rule of the exploration does not fit the schema.
        """
        if not isinstance(exploration, ExclusiveRules):
            return self.fixed_rank
        return np.array(
            [
                entry_ranks(exploration, schema, one.input, one.prepared.ids, one.prepared.fixed_rank)
                for one in self.requests
            ]
        )


def entry_rows(requests: Sequence[ToDecide]) -> EntryRows:
    """Returns the rows of requests that have equally many entries, at least one."""
    sets, count = [request.prepared for request in requests], len(requests)
    first = sets[0]
    if count == 1 or all(_has_entries_of(one, first) for one in sets):
        levers = None if first.levers is None else _repeated(first.levers, count)
        prices = None if first.prices is None else _repeated(first.prices, count)
        return EntryRows(
            requests, _repeated(first.fixed_rank, count), _repeated(first.equal_parts, count), levers, prices
        )
    return EntryRows(
        requests,
        np.array([one.fixed_rank for one in sets]),
        np.array([one.equal_parts for one in sets]),
        _filled([one.levers for one in sets], len(first.ids), 1.0),
        _filled([one.prices for one in sets], len(first.ids), 0.0),
    )


def _has_entries_of(one: PreparedSet, other: PreparedSet) -> bool:
    # Sets that differ in rejections alone share the rest.
    return one is other or (
        one.ids is other.ids
        and one.fixed_rank is other.fixed_rank
        and one.levers is other.levers
        and one.prices is other.prices
    )


def _filled(rows: Sequence[NDArray[np.float64] | None], count: int, absent: float) -> NDArray[np.float64] | None:
    if all(row is None for row in rows):
        return None
    return np.array([np.full(count, absent) if row is None else row for row in rows])


def _repeated(row: NDArray[_T], count: int) -> NDArray[_T]:
    return row[None, :] if count == 1 else row[None, :].repeat(count, axis=0)
