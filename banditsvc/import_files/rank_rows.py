"""Requests of Rank from rows: one customer each."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.descriptor import FieldDescriptor

from banditsvc.import_files.columns import Columns
from banditsvc.import_files.context_rows import ContextRowReader, words_of
from banditsvc.import_files.messages import row_fields
from banditsvc.plain.values import enum_value
from banditsvc.v1 import consent_pb2, ranking_pb2

LISTS = ("candidates", "excluded_campaign_ids", "consents")
"""Fields whose cells hold several words, parted by semicolons or blanks, or by the separator that the map names."""


class RankRowReader(ContextRowReader[ranking_pb2.RankRequest]):
    """Makes one RankRequest of each row.

    Beside the fields of RankRequest and those of the context a column may be one of LISTS. Consents are written as
    parse_consent reads them.
    """

    def _own_fields(self, columns: Columns, available: tuple[str, ...]) -> Mapping[str, FieldDescriptor | None]:
        del columns, available
        return {**row_fields(ranking_pb2.RankRequest), **dict.fromkeys(LISTS)}

    def _is_list(self, name: str) -> bool:
        return name in LISTS or super()._is_list(name)

    def _free(self, name: str, cell: object) -> object:
        separator = self.columns.separators.get(name)
        if name == "consents":
            return [parse_consent(word) for word in words_of(cell, separator)]
        if name in LISTS:
            return words_of(cell, separator)
        return super()._free(name, cell)


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
