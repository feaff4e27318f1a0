"""The file of rows that were refused."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from banditsvc.import_files.rows import Row
from banditsvc.import_files.text_format import TextFormat

if TYPE_CHECKING:
    from _csv import Writer


class RejectsFile:
    """Writes refused rows as CSV: line, reason, then the row as it was. Made with the first of them.

    Delimiter and encoding are those of the file that the rows come from, so that the same options read both.
    """

    def __init__(self, path: Path, columns: Sequence[str], text: TextFormat) -> None:
        """Removes what an earlier import left at path, so that the file tells of this one alone."""
        path.unlink(missing_ok=True)
        self.path = path
        self.count = 0
        self._columns = columns
        self._text = text
        self._file: TextIO | None = None
        self._writer: Writer | None = None

    def add(self, row: Row, reason: str) -> None:
        """Writes one row with the reason why it was refused."""
        columns = self._columns
        if self._writer is None:
            encoding = self._text.encoding
            # A reason may have letters that the file's encoding lacks.
            self._file = self.path.open("w", encoding=encoding, errors="backslashreplace", newline="")
            self._writer = csv.writer(self._file, delimiter=self._text.delimiter)
            self._writer.writerow(["row", "reason", *columns])
        self.count += 1
        self._writer.writerow([row.number, reason, *(row.cells.get(column, "") for column in columns), *row.surplus])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
