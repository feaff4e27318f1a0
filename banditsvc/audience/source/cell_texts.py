"""Cell texts: typed rows given back as the cells of a text file that are read as the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from banditsvc.audience.source.audience_fields import FieldKind, field_kind
from banditsvc.audience.source.candidate_lists import excludable
from banditsvc.audience.source.cells import MOST_WHOLE
from banditsvc.audience.source.list_cells import WORD_END
from banditsvc.audience.source.typed_batches import FEATURE_SEPARATOR
from banditsvc.core.context import LifecycleStage
from banditsvc.import_files import Columns
from banditsvc.import_files.context_rows import FAVOURITE


class CellTexts:
    """Writes the typed rows of one source as texts, by the source's columns."""

    def __init__(self, columns: Columns, campaign_ids: Sequence[str], decimal: str = ".") -> None:
        """Takes the resolved map, the campaigns that candidates name by place, and what stands before decimals."""
        self._columns = columns
        self._campaign_ids = tuple(campaign_ids)
        self._excludable = excludable(campaign_ids)
        self._decimal = decimal

    def of(self, rows: pa.Table) -> Iterator[dict[str, str]]:
        """Yields the cells of each row, by column; a cell without value is not among them."""
        # Of a column that is several fields, texts have kept more than numbers.
        fields = sorted(self._columns.columns, key=lambda field: _is_text(rows.column(field).type))
        names = [self._columns.columns[field] for field in fields]
        for texts in zip(*[self._texts(field, rows.column(field)) for field in fields], strict=True):
            yield {name: text for name, text in zip(names, texts, strict=True) if text}

    def _texts(self, field: str, values: pa.ChunkedArray) -> list[str]:
        write = self._writer(field)
        return ["" if value is None else write(value) for value in values.to_pylist()]

    def _writer(self, field: str) -> Callable[..., str]:
        separator = self._columns.separators.get(field, FEATURE_SEPARATOR)
        kind = field_kind(field)
        if kind is FieldKind.CAMPAIGN:
            return self._campaign_ids.__getitem__
        if kind in (FieldKind.IDS, FieldKind.EXCLUDED):
            ids = self._campaign_ids if kind is FieldKind.IDS else self._excludable
            return lambda places: separator.join([ids[place] for place in places])
        if kind is FieldKind.CONSENTS:
            return lambda words: words.replace(WORD_END, separator)
        if kind is FieldKind.STAGE:
            return lambda stage: LifecycleStage(stage).name if stage else ""
        if kind is FieldKind.SCORE or field.startswith(FAVOURITE):
            return lambda number: self._plain(number, separator) if number else ""
        return lambda value: self._plain(value, separator)

    def _plain(self, value: str | bool | float | list[str], separator: str) -> str:
        """Returns a value of a field that may have several types; NaN is no value."""
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return separator.join(value)
        if isinstance(value, bool):
            return str(value).lower()
        if math.isnan(value):
            return ""
        is_whole = abs(value) < MOST_WHOLE and value == int(value)
        return str(int(value) if is_whole else value).replace(".", self._decimal)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))
