"""The file of rows that were refused."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from banditsvc.import_files.rows import Row

if TYPE_CHECKING:
    from _csv import Writer


class RejectsFile:
    """Writes refused rows as CSV: row number, reason, then the row as it was. Made with the first of them."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        """Removes what an earlier import left at path, so that the file tells of this one alone."""
        path.unlink(missing_ok=True)
        self.path = path
        self.count = 0
        self._columns = columns
        self._file: TextIO | None = None
        self._writer: Writer | None = None

    def add(self, row: Row, reason: str) -> None:
        """Writes one row with the reason why it was refused."""
        if self._writer is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["row", "reason", *self._columns])
        self.count += 1
        self._writer.writerow([row.number, reason, *(row.cells.get(column, "") for column in self._columns)])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
