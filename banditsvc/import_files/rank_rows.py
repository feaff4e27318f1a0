"""Requests of Rank from rows: one customer each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from google.protobuf.descriptor import FieldDescriptor

from banditsvc.import_files.columns import Columns
from banditsvc.import_files.messages import RowReader, row_fields
from banditsvc.plain.values import enum_value
from banditsvc.v1 import consent_pb2, context_pb2, ranking_pb2

LISTS = ("candidates", "excluded_campaign_ids", "consents")
"""Fields whose cells hold several words, parted by semicolons or blanks."""
FAVOURITE = "favourites."
FEATURE = "features."
"""Begin the names of what there may be any number of: favourites.shoes, features.newsletter."""


class RankRowReader(RowReader[ranking_pb2.RankRequest]):
    """Makes one RankRequest of each row.

    Beside the fields of RankRequest a column may be a field of the context by its own name (recency_days, segment, ...),
    favourites.NAME with a weight, features.NAME with a number, a text or true and false, and one of LISTS. Consents are
    written as parse_consent reads them.
    """

    def _known_fields(self, columns: Columns, available: tuple[str, ...]) -> Mapping[str, FieldDescriptor | None]:
        self._of_context = row_fields(context_pb2.CustomerContext)
        names = (*columns.columns, *columns.constants, *available)
        free = [name for name in names if name.startswith((FAVOURITE, FEATURE))]
        of_request = row_fields(ranking_pb2.RankRequest)
        return {**of_request, **self._of_context, **dict.fromkeys(LISTS), **dict.fromkeys(free)}

    def _free(self, name: str, cell: object) -> object:
        if name == "consents":
            return [parse_consent(word) for word in _words(cell)]
        if name in LISTS:
            return _words(cell)
        value = self._value(cell)
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
        request: dict[str, object] = {}
        for name, value in plain.items():
            group, dot, key = name.partition(".")
            if dot:
                groups[group][key] = value
            elif name in self._of_context:
                context[name] = value
            else:
                request[name] = value
        context.update({name: values for name, values in groups.items() if values})
        return {**request, "context": context} if context else request


def feature_of(text: str, decimal: str = ".") -> bool | float | str:
    """Returns what a text reads as: true and false are flags, numbers are numbers, all else is text."""
    text = text.strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text.replace(decimal, "."))
    except ValueError:
        return text


def parse_consent(text: str) -> dict[str, object]:
    """Returns the plain values of a GivenConsent written PURPOSE/CHANNEL=GRANTED, or DENIED.

    `marketing=GRANTED` is for every channel, `/email=DENIED` for every purpose.

    Raises:
        ValueError: It is written otherwise.
    """
    target, equals, state = text.partition("=")
    purpose, _, channel = target.partition("/")
    if not equals or not target:
        raise ValueError(f"{text!r} is not of the form purpose/channel=GRANTED, or =DENIED")
    enum_value(consent_pb2.ConsentState.DESCRIPTOR, state)
    return {"purpose": purpose, "channel": channel, "state": state}


def _words(cell: object) -> list[str]:
    if isinstance(cell, list):
        return [str(word) for word in cell]
    return [word for word in re.split(r"[;\s]+", str(cell)) if word]
