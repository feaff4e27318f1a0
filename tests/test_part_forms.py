"""Laws of part forms: whatever form a column is written in, it is read as what it was."""

from __future__ import annotations

import math
import struct

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.log_columns import NAMED_TEXTS, NUMBERS
from banditsvc.part_forms import opened, packed

ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True)
VECTORS = st.lists(st.lists(ANY_NUMBER, max_size=4), max_size=8)


def _bits(rows: object) -> object:
    """Returns nested lists with the bits of their numbers, of which NaN is equal to itself."""
    if isinstance(rows, list):
        return [_bits(one) for one in rows]
    return struct.pack("<d", rows)


def _through(column: pa.ChunkedArray) -> list[list[object]]:
    """Returns what is read of a column, whole and from its second row on: rows are read as slices of a group."""
    stored = pa.concat_arrays(packed(column).chunks)
    return [opened(one, column.type).to_pylist() for one in (stored, stored.slice(1))]


@settings(deadline=None)
@given(VECTORS, VECTORS)
def test_vectors_are_read_bit_for_bit(first: list[list[float]], second: list[list[float]]) -> None:
    """Lists of numbers of any lengths, in several chunks, keep every bit."""
    column = pa.chunked_array([pa.array(first, NUMBERS), pa.array(second, NUMBERS)])
    rows = [*first, *second]
    assert [_bits(rows), _bits(rows[1:])] == [_bits(one) for one in _through(column)]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.lists(ANY_NUMBER, max_size=3)), max_size=8))
def test_a_row_without_a_vector_stays_without(rows: list[list[float] | None]) -> None:
    """A vector of no numbers is another thing than no vector."""
    lists = [[] if one is None else [one] for one in rows]
    found = _through(pa.chunked_array([pa.array(lists, pa.list_(NUMBERS))]))
    assert [_bits(lists), _bits(lists[1:])] == [_bits(one) for one in found]


def test_vectors_of_one_length_are_of_one_width() -> None:
    """Where every row has as many numbers, no length is written."""
    column = pa.chunked_array([pa.array([[1.0, math.pi]] * 3, NUMBERS)])
    assert pa.binary(16) == packed(column).type


def test_what_has_several_vectors_or_none_known_is_left_as_it_is() -> None:
    """Several vectors in a row, lists that are null and numbers that are null have no form."""
    for rows, kind in (
        ([[[1.0], [2.0]]], pa.list_(NUMBERS)),
        ([None, [1.0]], NUMBERS),
        ([[None, 1.0]], NUMBERS),
        ([["a"]], pa.list_(pa.string())),
    ):
        column = pa.chunked_array([pa.array(rows, kind)])
        assert (rows, kind) == (packed(column).to_pylist(), packed(column).type)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=3)), max_size=8))
def test_structures_are_read_as_maps_without_what_is_null(rows: list[dict[str, str]]) -> None:
    """A map has the names whose fields are not null, in their order."""
    columns = [pa.array([one.get(name) for one in rows], pa.string()).dictionary_encode() for name in "abc"]
    stored = pa.StructArray.from_arrays(columns, names=list("abc"))
    expected = [[(name, one[name]) for name in "abc" if name in one] for one in rows]
    found = [opened(one, NAMED_TEXTS) for one in (stored, stored.slice(1))]
    assert [expected, expected[1:]] == [one.to_pylist() for one in found]
    assert NAMED_TEXTS == found[0].type
