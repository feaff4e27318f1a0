"""Types of the columns that a column map names: whether numbers, texts and times can be read from them."""

from __future__ import annotations

import pyarrow as pa

from offline_eval.logged.log_refused import LogRefused
from offline_eval.logged.table_columns import TableColumns


def check_types(columns: TableColumns, schema: pa.Schema, table: str) -> None:
    """Returns where the columns of a table, which has them all, are of types that can be read.

    Raises:
        LogRefused: Some are not; the text names them all.
    """
    numbers = {"reward": (columns.reward,), "probability": (columns.probability,), "features": columns.features}
    single = {
        "action": (columns.action,),
        "customer": (columns.customer,),
        "time": (columns.time,),
        "decision_id": (columns.decision_id,),
        "labels": columns.labels,
    }
    faults = [
        f"  {field}: column {name!r} is of type {schema.field(name).type}, which is no {what}"
        for fields, what in ((numbers, "number"), (single, "single value"))
        for field, names in fields.items()
        for name in filter(None, names)
        if not _is_readable(schema.field(name).type, as_number=what == "number")
    ]
    if faults:
        raise LogRefused("\n".join([f"{table} has columns that cannot be read as what the column map says:", *faults]))


def _is_readable(kind: pa.DataType, *, as_number: bool) -> bool:
    return not (pa.types.is_nested(kind) or (as_number and pa.types.is_temporal(kind)))
