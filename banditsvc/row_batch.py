"""Row batches: rows of the open form, which have a value by each column's name, as a record batch."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from banditsvc.log_campaign_rows import Row


def row_batch(rows: Iterable[Row], schema: pa.Schema) -> pa.RecordBatch:
    """Returns the columns of a schema, of which the rows may have more."""
    columns: dict[str, list[object]] = {name: [] for name in schema.names}
    for row in rows:
        for name, values in columns.items():
            values.append(row[name])
    return pa.RecordBatch.from_pydict(columns, schema=schema)
