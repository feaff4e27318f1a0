"""The rows of a part as what is decided for: Arrow columns to AudienceRows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows, ConsentColumn, Standings
from banditsvc.audience.canonical_order import HASH, SpilledRows, repeated_places
from banditsvc.audience.occasion import is_among
from banditsvc.audience.source.audience_fields import (
    ASSIGNMENT_KEY,
    CANDIDATES,
    CONSENTS,
    CUSTOMER,
    EXCLUDED,
    TIME_ZONE,
)
from banditsvc.audience.source.candidate_lists import excludable
from banditsvc.audience.source.list_cells import given_consents
from banditsvc.core.context_columns import Coded, ContextColumns, FeatureColumn
from banditsvc.core.text_lists import TextLists, text_lists
from banditsvc.import_files.context_rows import FAVOURITE, FEATURE

StandingsOf = Callable[[int, NDArray[np.uint64], pa.StringArray], Standings]
"""Returns the standings of the customers of a part, who are given by hash and id in canonical order."""


def part_rows(
    spilled: SpilledRows,
    part: int,
    candidate_ids: tuple[str, ...],
    standings_of: StandingsOf,
    *,
    left_out: NDArray[np.uint64] | None = None,
) -> AudienceRows:
    """Returns the customers of a part in canonical order, without those who are in several rows.

    Nor with those whose hashes, rising, are left out: the others keep their row numbers.
    """
    table = spilled.read(part)
    rows = np.arange(spilled.first_rows[part], spilled.first_rows[part + 1])
    repeated = repeated_places(table)
    if len(repeated):
        kept = np.delete(np.arange(table.num_rows), repeated)
        table, rows = table.take(pa.array(kept)), rows[kept]
    hashes = table.column(HASH).to_numpy() if table.num_rows else np.zeros(0, dtype=np.uint64)
    if left_out is not None and len(left_out):
        kept = np.flatnonzero(~is_among(hashes, left_out))
        table, rows, hashes = table.take(pa.array(kept)), rows[kept], hashes[kept]
    customers = _strings(table.column(CUSTOMER))
    return AudienceRows(
        rows=rows,
        customer_ids=customers,
        contexts=context_columns(table),
        standings=standings_of(part, hashes, customers),
        assignment_keys=_texts(table, ASSIGNMENT_KEY) if ASSIGNMENT_KEY in table.column_names else None,
        candidate_ids=candidate_ids if CANDIDATES in table.column_names else (),
        candidates=_members(table, CANDIDATES, len(candidate_ids)) if CANDIDATES in table.column_names else None,
        consents=_consents(table.column(CONSENTS)) if CONSENTS in table.column_names else None,
        excluded_ids=excludable(candidate_ids),
        excluded=_members(table, EXCLUDED, len(candidate_ids) + 1) if EXCLUDED in table.column_names else None,
        customer_hashes=hashes,
    )


def context_columns(table: pa.Table) -> ContextColumns:
    """Returns the contexts of a table of typed columns."""
    favourites = sorted(name for name in table.column_names if name.startswith(FAVOURITE))
    return ContextColumns(
        rows=table.num_rows,
        recency_days=_numbers(table, "recency_days"),
        frequency=_numbers(table, "frequency"),
        monetary=_numbers(table, "monetary"),
        r=_scores(table, "r"),
        f=_scores(table, "f"),
        m=_scores(table, "m"),
        segment=_coded(table.column("segment")) if "segment" in table.column_names else None,
        lifecycle_stage=_scores(table, "lifecycle_stage"),
        favourite_names=tuple(name.removeprefix(FAVOURITE) for name in favourites),
        favourites=np.column_stack([table.column(name).to_numpy() for name in favourites]) if favourites else None,
        features=feature_columns(table),
        time_zone=_coded(table.column(TIME_ZONE)) if TIME_ZONE in table.column_names else None,
    )


def feature_columns(table: pa.Table) -> dict[str, FeatureColumn]:
    """Returns the further features of a table of typed columns, by name."""
    return {
        name.removeprefix(FEATURE): _feature(table.column(name))
        for name in sorted(table.column_names)
        if name.startswith(FEATURE)
    }


def _strings(column: pa.ChunkedArray) -> pa.StringArray:
    return column.combine_chunks() if column.num_chunks else pa.array([], pa.string())


def _texts(table: pa.Table, name: str) -> NDArray[np.object_]:
    if name not in table.column_names:
        return np.zeros(0, dtype=np.object_)
    texts: NDArray[np.object_] = table.column(name).to_numpy().astype(np.object_, copy=False)
    return texts


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64] | None:
    return table.column(name).to_numpy() if name in table.column_names else None


def _scores(table: pa.Table, name: str) -> NDArray[np.int64] | None:
    return table.column(name).to_numpy().astype(np.int64) if name in table.column_names else None


def _feature(column: pa.ChunkedArray) -> FeatureColumn:
    if pa.types.is_dictionary(column.type):
        return _coded(column)
    if pa.types.is_list(column.type):
        return _lists(column)
    if pa.types.is_boolean(column.type):
        known: FeatureColumn = pc.fill_null(column.cast(pa.int8()), -1).to_numpy()
        return known
    values: FeatureColumn = column.to_numpy()
    return values


def _lists(column: pa.ChunkedArray) -> TextLists:
    lists = _whole(column)
    members = lists.flatten().dictionary_encode()
    return text_lists(
        np.asarray(pc.fill_null(pc.list_value_length(lists), -1)).astype(np.int64),
        np.asarray(members.indices).astype(np.int64),
        members.dictionary.to_pylist(),
    )


def _consents(column: pa.ChunkedArray) -> ConsentColumn:
    coded = _coded(column)
    # The last one stands for nothing, which is coded as -1.
    said = [*[given_consents(text) for text in coded.names], ()]
    return ConsentColumn(codes=np.where(coded.codes < 0, len(said) - 1, coded.codes), distinct=said)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _coded(column: pa.ChunkedArray) -> Coded:
    """Returns the codes of texts, of which the names are those that occur, sorted: in whatever order the rows came."""
    coded = _whole(column)
    codes = np.asarray(pc.fill_null(coded.indices, -1)).astype(np.int64)
    used = np.flatnonzero(np.bincount(codes + 1, minlength=1)[1:])
    names = coded.dictionary.take(pa.array(used)).to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place_of = np.full(len(coded.dictionary) + 1, -1, dtype=np.int64)
    place_of[used[order]] = np.arange(len(order))
    return Coded(place_of[codes], tuple([names[place] for place in order]))


def _members(table: pa.Table, name: str, width: int) -> NDArray[np.bool_]:
    """Returns which places each row's list has, of so many."""
    lists = _whole(table.column(name))
    has = np.zeros((table.num_rows, width), dtype=np.bool_)
    has[np.asarray(pc.list_parent_indices(lists)), np.asarray(lists.flatten())] = True
    return has
