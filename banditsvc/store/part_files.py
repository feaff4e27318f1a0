"""Part files: the decisions of an audience's parts, read from their Parquet files a few groups of rows at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from banditsvc.core.audience_part import AudiencePart, part_name
from banditsvc.core.choice import Choice
from banditsvc.core.decision import Decision
from banditsvc.core.errors import RecordDamaged
from banditsvc.log_decisions import decisions_of
from banditsvc.part_file import COLUMNS, PartFault, PartFile
from banditsvc.store.part_choices import CHOICE_COLUMNS, choices_of
from banditsvc.store.part_index import PartIndex, PartKey, open_index

_MOST_FILES = 16
_MOST_GROUPS = 4
"""Groups of rows, by what was read of them, that are kept as columns, some ten MiB each."""
_MOST_INDEXES = 1_024
"""Indexes that stay mapped; each takes its pages of the system's cache, and no open file."""

T = TypeVar("T")


class PartFiles:
    """Reads the part files of a data directory. Safe to use from several threads.

    A file is looked at when it is first read: its size must be that of its record. Pages carry checksums, which are
    compared as they are read; a damaged one harms those who need its rows, and nobody else.
    """

    def __init__(self, directory: Path) -> None:
        """Takes the data directory."""
        self._directory = directory
        self._lock = threading.Lock()
        self._files: OrderedDict[PartKey, PartFile] = OrderedDict()
        self._groups: OrderedDict[tuple[PartKey, int, tuple[str, ...]], pa.Table] = OrderedDict()
        self._indexes: OrderedDict[PartKey, PartIndex] = OrderedDict()

    def index(self, part: AudiencePart) -> PartIndex:
        """Returns where the rows of a part stand.

        Raises:
            RecordDamaged: The part cannot be read.
        """
        key = _key(part)
        with self._lock:
            found = self._indexes.get(key)
            if found is not None:
                self._indexes.move_to_end(key)
                return found
            self._check_size(part)
            with _told(part, 0, part.row_count):
                found = open_index(self._directory / part_name(*key), key)
                if len(found.rows) != part.row_count:
                    raise PartFault(f"it has {len(found.rows)} rows")
            self._indexes[key] = found
            if len(self._indexes) > _MOST_INDEXES:
                self._indexes.popitem(last=False)
            return found

    def decisions(self, part: AudiencePart, start: int, end: int) -> list[Decision]:
        """Returns the decisions at the places from start to end, exclusive, of a part.

        Raises:
            RecordDamaged: They cannot be read.
        """
        return self._rows(part, start, end, COLUMNS, lambda rows, file: decisions_of(rows, file.unwritten))

    def choices(self, part: AudiencePart, start: int, end: int) -> list[Choice]:
        """Returns of the same what settling and learning look at.

        Raises:
            RecordDamaged: They cannot be read.
        """
        return self._rows(part, start, end, CHOICE_COLUMNS, lambda rows, _: choices_of(rows))

    def columns(self, part: AudiencePart, start: int, end: int, names: Sequence[str]) -> list[pa.RecordBatch]:
        """Returns columns of the same, which hold them one after another.

        Raises:
            RecordDamaged: They cannot be read.
        """
        return self._rows(part, start, end, names, lambda rows, _: [rows])

    def _rows(
        self,
        part: AudiencePart,
        start: int,
        end: int,
        columns: Sequence[str],
        read: Callable[[pa.RecordBatch, PartFile], list[T]],
    ) -> list[T]:
        found: list[T] = []
        with self._lock:
            opened = self._opened(part)
            for group, (first, behind) in enumerate(pairwise(opened.starts)):
                if first < end and start < behind:
                    stored = self._group(part, opened, group, tuple(columns))
                    begin, stop = max(start - first, 0), min(end - first, behind - first)
                    with _told(part, first + begin, first + stop):
                        found += read(opened.rows(stored.slice(begin, stop - begin), stop - begin, columns), opened)
        return found

    def _opened(self, part: AudiencePart) -> PartFile:
        key = _key(part)
        opened = self._files.get(key)
        if opened is not None:
            self._files.move_to_end(key)
            return opened
        self._check_size(part)
        with _told(part, 0, part.row_count):
            opened = PartFile(self._directory / part_name(*key))
            if (opened.run_id, opened.number, opened.starts[-1]) != (*key, part.row_count):
                raise PartFault("it is another part")
        self._files[key] = opened
        if len(self._files) > _MOST_FILES:
            _, oldest = self._files.popitem(last=False)
            oldest.close()
        return opened

    def _group(self, part: AudiencePart, opened: PartFile, group: int, columns: tuple[str, ...]) -> pa.Table:
        key = (_key(part), group, columns)
        rows = self._groups.get(key)
        if rows is not None:
            self._groups.move_to_end(key)
            return rows
        with _told(part, opened.starts[group], opened.starts[group + 1]):
            rows = opened.stored_group(group, columns)
        self._groups[key] = rows
        if len(self._groups) > _MOST_GROUPS:
            self._groups.popitem(last=False)
        return rows

    def _check_size(self, part: AudiencePart) -> None:
        name = part_name(*_key(part))
        try:
            size_bytes = (self._directory / name).stat().st_size
        except OSError as error:
            raise RecordDamaged(f"{name}, a part of the decision log, cannot be read: {error.strerror}") from error
        if size_bytes != part.size_bytes:
            raise RecordDamaged(f"{name}, a part of the decision log, has {size_bytes} bytes, not {part.size_bytes}")


@contextmanager
def _told(part: AudiencePart, start: int, end: int) -> Iterator[None]:
    """Says where a file is damaged."""
    try:
        yield
    except (OSError, pa.ArrowException, PartFault, KeyError, ValueError, TypeError) as error:
        rows = f"rows {start} to {end - 1}" if end > start else "no rows"
        raise RecordDamaged(f"{part_name(*_key(part))}, {rows}, cannot be read: {error}") from error


def _key(part: AudiencePart) -> PartKey:
    return part.run_id, part.number
