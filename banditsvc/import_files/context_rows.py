"""Messages that have a context, from rows."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from banditsvc.import_files.columns import Columns
from banditsvc.import_files.messages import RowReader, row_fields
from banditsvc.v1 import context_pb2

M = TypeVar("M", bound=Message)

FAVOURITE = "favourites."
FEATURE = "features."
"""Begin the names of what there may be any number of: favourites.shoes, features.newsletter."""


class ContextRowReader(RowReader[M]):
    """Makes a message with a field `context` of each row.

    Beside the message's own fields a column may be a field of the context by its own name (recency_days, segment, ...),
    favourites.NAME with a weight, and features.NAME with a number, a text or true and false.
    """

    @abstractmethod
    def _own_fields(self, columns: Columns, available: tuple[str, ...]) -> Mapping[str, FieldDescriptor | None]:
        """Returns what a column can be beside the context, as _known_fields does."""

    def _known_fields(self, columns: Columns, available: tuple[str, ...]) -> Mapping[str, FieldDescriptor | None]:
        self._of_context = row_fields(context_pb2.CustomerContext)
        names = (*columns.columns, *columns.constants, *available)
        free = [name for name in names if name.startswith((FAVOURITE, FEATURE))]
        return {**self._own_fields(columns, available), **self._of_context, **dict.fromkeys(free)}

    def _is_list(self, name: str) -> bool:
        return name.startswith(FEATURE)

    def _free(self, name: str, cell: object) -> object:
        separator = self.columns.separators.get(name)
        value = self._value(cell) if separator is None else words_of(cell, separator)
        if name.startswith(FAVOURITE) and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValueError(f"{cell!r} is not a number")
        return value

    def _value(self, cell: object) -> object:
        """Returns what a cell of any type reads as."""
        if not isinstance(cell, str):
            return cell if isinstance(cell, bool | int | float | list) else str(cell)
        return feature_of(cell, self._decimal)

    def _shape(self, plain: dict[str, object]) -> dict[str, object]:
        context: dict[str, object] = {}
        groups: dict[str, dict[str, object]] = {"favourites": {}, "features": {}}
        own: dict[str, object] = {}
        for name, value in plain.items():
            group, dot, key = name.partition(".")
            if dot:
                groups[group][key] = value
            elif name in self._of_context:
                context[name] = value
            else:
                own[name] = value
        context.update({name: values for name, values in groups.items() if values})
        return {**own, "context": context} if context else own


def feature_of(text: str, decimal: str = ".") -> bool | float | str:
    """Returns what a text reads as: true and false are flags, numbers are numbers, all else is text."""
    text = text.strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text.replace(decimal, "."))
    except ValueError:
        return text


def words_of(cell: object, separator: str | None = None) -> list[str]:
    """Returns the words of a cell that holds several, parted by a separator; None: by semicolons or blanks."""
    if isinstance(cell, list):
        return [str(word) for word in cell]
    if separator is None:
        return [word for word in re.split(r"[;\s]+", str(cell)) if word]
    return [word for part in str(cell).split(separator) if (word := part.strip())]
