"""Reads the part files of an audience's run, for whoever has these alone: in the open form, without the service or its log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa

from banditsvc.log_schema import DECISIONS
from banditsvc.open_part import open_part
from banditsvc.part_file import COLUMNS
from banditsvc.usage_error import UsageError


def read_run(directory: str | Path, columns: Sequence[str] = COLUMNS) -> pa.RecordBatchReader:
    """Returns the decisions of a run, or of a plan, in the order of the log, a group of rows at a time.

    They are as in `banditsvc export`, but for position and record_time, which the log alone knows.

    Args:
        directory: audience/RUN_ID of a data directory, or what --plan was given.
        columns: Columns to read, of the table decisions of the open form.

    Raises:
        UsageError: There is no such column, or no part; while reading, a part is damaged, or its next one is missing.
    """
    for name in columns:
        if name not in COLUMNS:
            close = get_close_matches(name, COLUMNS, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(COLUMNS)}"
            raise UsageError(f"parts have no column {name}{hint}")
    paths = sorted(Path(directory).glob("part-*.parquet"))
    if not paths:
        raise UsageError(
            f"{directory} has no parts: name audience/RUN_ID of the data directory, or the directory of a plan"
        )
    schema = pa.schema([DECISIONS.field(name) for name in columns])
    return pa.RecordBatchReader.from_batches(schema, _batches(paths, columns))


def _batches(paths: Sequence[Path], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for number, path in enumerate(paths):
        if path.stem != f"part-{number:05d}":
            raise UsageError(f"part {number:05d} is missing before {path}")
        with open_part(path) as part:
            for group in range(len(part.starts) - 1):
                yield part.group(group, columns)
