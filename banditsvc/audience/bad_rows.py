"""Bad rows: what cannot be used stops a run, or goes to a file."""

from __future__ import annotations

from collections.abc import Mapping

from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.import_files import RejectsFile, Row
from banditsvc.usage_error import UsageError


class BadRow(UsageError):
    """A row that cannot be used, where a run is to stop at such."""


class BadRows:
    """Takes the rows that cannot be used."""

    def __init__(
        self, source: str, on_bad_row: OnBadRow, rejects: RejectsFile, columns: Mapping[str, str] | None = None
    ) -> None:
        """Takes the columns of the source by their fields; those that are not there have their fields' names."""
        self._columns = columns or {}
        self._source = source
        self._stops = on_bad_row is OnBadRow.STOP
        self._rejects = rejects
        self.count = 0

    def add(self, number: int, reason: str, cells: Mapping[str, object]) -> None:
        """Takes one.

        Args:
            number: Of the row in its source.
            reason: Why it cannot be used.
            cells: What was read of it, by column.

        Raises:
            BadRow: The run is to stop.
            OSError: It cannot be written.
        """
        if self._stops:
            raise BadRow(
                f"{self._source}, row {number:,}: {reason}. Nothing was decided; --on-bad-row reject goes on without "
                f"such rows and writes them to {self._rejects.path}"
            )
        self.count += 1
        self._rejects.add(Row(number, dict(cells)), reason)

    def add_fields(self, number: int, reason: str, fields: Mapping[str, object]) -> None:
        """Takes one of which some fields are known; as add."""
        self.add(number, reason, {self._columns.get(name, name): value for name, value in fields.items()})
