"""Cells of a history file: times, numbers and texts as files write them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from banditsvc.import_files import Columns, Row

DAY_SECONDS = 86_400.0


class CellFault(Exception):
    """A row that cannot be used. The text names each cell at fault by its column."""


class CellReader:
    """Reads the fields of rows by a column map."""

    def __init__(self, columns: Columns, *, time_zone: str | None, decimal: str) -> None:
        """Takes the map of the file, resolved.

        Args:
            columns: The column or the constant of each field.
            time_zone: Zone of times without an offset; by default UTC.
            decimal: What stands before decimals, `.` or `,`.
        """
        self.columns = columns
        self._zone = ZoneInfo(time_zone or "UTC")
        self._decimal = decimal

    def has(self, name: str) -> bool:
        """Returns whether the file or the map gives a field."""
        return name in self.columns.columns or name in self.columns.constants

    def text(self, row: Row, name: str) -> str:
        """Returns a text without blanks around it, empty where there is none."""
        cell = self._cell(row, name)
        # Tables with gaps turn whole numbers into floats: customer 17 must not become "17.0".
        if isinstance(cell, float) and cell.is_integer():
            return str(int(cell))
        return "" if cell is None else str(cell).strip()

    def number(self, row: Row, name: str) -> float:
        """Returns a number, NaN where there is none."""
        cell = self._cell(row, name)
        if cell is None:
            return math.nan
        return self._read(name, cell, lambda: float(str(cell).strip().replace(self._decimal, ".")), "a number")

    def day(self, row: Row, name: str) -> float:
        """Returns a time in days since 1970, UTC; NaN where there is none."""
        cell = self._cell(row, name)
        if cell is None:
            return math.nan
        return self._read(name, cell, lambda: self._moment(cell), "a time, such as 2026-11-23T08:00:00Z or 2026-11-23")

    def _moment(self, cell: object) -> float:
        if isinstance(cell, datetime):
            moment = cell
        elif isinstance(cell, date):
            moment = datetime.combine(cell, time())
        else:
            moment = datetime.fromisoformat(str(cell).strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        return moment.timestamp() / DAY_SECONDS

    def _read(self, name: str, cell: object, read: Callable[[], float], what: str) -> float:
        try:
            value = read()
        except ValueError:
            raise CellFault(f"{self.columns.label(name)}: {cell!r} is not {what}") from None
        if not math.isfinite(value):
            raise CellFault(f"{self.columns.label(name)}: {cell!r} is not {what}")
        return value

    def _cell(self, row: Row, name: str) -> object:
        constants: Mapping[str, object] = self.columns.constants
        cell = row.cells.get(self.columns.columns[name]) if name in self.columns.columns else constants.get(name)
        # NaN is how tables say "missing".
        return None if cell is None or cell == "" or cell != cell else cell  # noqa: PLR0124
