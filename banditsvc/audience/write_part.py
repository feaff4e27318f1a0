"""Writing a part: its table as one Parquet file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from banditsvc.audience.part_table import PartTable
from banditsvc.core.run_terms import RunTerms
from banditsvc.described_campaigns import by_place, is_described
from banditsvc.part_file import ABOUT, CONSTANTS, SAME, VALUES
from banditsvc.part_forms import packed

ROWS_PER_GROUP = 1 << 14
"""Who reads one row reads its group."""
_ALL_DIFFERENT = frozenset({"decision_id", "customer_id", "assignment_key"})
"""Texts that are another in each row, so that a dictionary of them would be for nothing."""
_PROBABILITIES = frozenset({"selection_probability", "arm_probability", "treatment_probability"})
"""Columns that may be the same."""
_SHARES = frozenset({"group_share", "traffic_share"})
"""Measures of which there are few values all the same."""


def write_part(path: Path, table: PartTable, terms: RunTerms, number: int) -> None:
    """Writes a part's rows, with checksums of its pages. Whoever gives the file its final name sees that it is on disk.

    What all rows have in common stands in the metadata: the log has 160 columns, of which a run says most once. So do
    the values of nested columns that have few; the file has their places.

    Raises:
        OSError: It cannot be written.
    """
    shadow = table.shadow_learned
    about = {
        "run_id": terms.run_id,
        "number": number,
        "has_send_time": terms.has_send_time,
        "shadow_learned": shadow and [shadow.learned_count, shadow.reward_mean, shadow.reward_deviation],
    }
    metadata: dict[bytes, bytes] = {ABOUT: json.dumps(about).encode(), CONSTANTS: _stream(table.constants)}
    varying = table.varying
    columns: dict[str, pa.ChunkedArray] = {}
    same: dict[str, str] = {}
    for one in varying.schema:
        places, values = _by_place(varying[one.name])
        if values is not None:
            metadata[VALUES + one.name.encode()] = _stream(pa.RecordBatch.from_arrays([values], [one.name]))
        twins = [name for name in _PROBABILITIES & columns.keys() if one.name in _PROBABILITIES]
        twin = next((name for name in sorted(twins) if columns[name].equals(places)), None)
        if twin is None:
            columns[one.name] = packed(places)
        else:
            same[one.name] = twin
    if same:
        metadata[SAME] = json.dumps(same).encode()
    fields = [pa.field(name, one.type, nullable=one.null_count > 0) for name, one in columns.items()]
    varying = pa.table(list(columns.values()), pa.schema(fields))
    leaves = [leaf for one in varying.schema for leaf in _leaves(one.name, one.type)]
    with pq.ParquetWriter(
        # By its name: written through Python it takes a fifth longer.
        str(path),
        varying.schema,
        column_encoding={"decision_id": "DELTA_BINARY_PACKED"} if varying.num_rows else None,
        use_dictionary=[leaf for leaf, kind in leaves if _repeats(leaf, kind)],
        compression={leaf: "snappy" for leaf, kind in leaves if _shrinks(leaf, kind)},
        write_statistics=False,
        write_page_checksum=True,
        write_batch_size=ROWS_PER_GROUP,
        # Texts are read as texts, though they are written from dictionaries.
        store_schema=False,
    ) as writer:
        writer.write_table(varying, row_group_size=ROWS_PER_GROUP)
        writer.add_key_value_metadata(metadata)


def _by_place(column: pa.ChunkedArray) -> tuple[Any, pa.Array | None]:
    """Returns the places of the values of a column that is nested and has few, and these; else the column and None."""
    kind = column.type
    if is_described(kind):
        return by_place(column.chunk(0))
    is_list = pa.types.is_list(kind)
    if is_list:
        kind = kind.value_type
    if not (pa.types.is_dictionary(kind) and pa.types.is_nested(kind.value_type)):
        return column, None
    whole = column.chunk(0)
    if not is_list:
        return whole.indices, whole.dictionary
    return pa.ListArray.from_arrays(whole.offsets, whole.values.indices), whole.values.dictionary


def _stream(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _leaves(path: str, kind: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    """Gives the paths and types of the columns that Parquet has for one of Arrow."""
    if pa.types.is_map(kind):
        yield f"{path}.key_value.key", kind.key_type
        yield from _leaves(f"{path}.key_value.value", kind.item_type)
    elif pa.types.is_list(kind):
        yield from _leaves(f"{path}.list.element", kind.value_type)
    elif pa.types.is_struct(kind):
        for one in kind:
            yield from _leaves(f"{path}.{one.name}", one.type)
    else:
        yield path, kind


def _repeats(leaf: str, kind: pa.DataType) -> bool:
    """Returns whether a column has few values: all but ids, measures and vectors."""
    if leaf in _ALL_DIFFERENT or pa.types.is_floating(kind):
        return leaf in _SHARES
    return not _is_packed(kind)


def _shrinks(leaf: str, kind: pa.DataType) -> bool:
    """Returns whether compression makes a column smaller for next to no time: it does not with what a model said."""
    return not (_is_packed(kind) or (pa.types.is_floating(kind) and ("predicted" in leaf or "probabilit" in leaf)))


def _is_packed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind))
