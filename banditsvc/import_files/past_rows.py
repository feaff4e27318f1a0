"""Past sends from rows: one send each."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.descriptor import FieldDescriptor

from banditsvc.import_files.columns import Columns
from banditsvc.import_files.context_rows import ContextRowReader, words_of
from banditsvc.import_files.messages import row_fields
from banditsvc.v1 import campaign_pb2, history_pb2

DESCRIPTION = ("type", "kind", "category", "offer_kind", "family", "cost")
"""Fields of a campaign that a column may give, for those that the catalogue does not have."""
_ELIGIBLE = "eligible_campaign_ids"
_PROBABILITIES = "selection_probabilities"


class PastRowReader(ContextRowReader[history_pb2.PastDecision]):
    """Makes one PastDecision of each row.

    Beside the fields of PastDecision and those of the context a column may be one of DESCRIPTION, and
    eligible_campaign_ids and selection_probabilities with several words, parted by semicolons or blanks.
    """

    def _own_fields(self, columns: Columns, available: tuple[str, ...]) -> Mapping[str, FieldDescriptor | None]:
        del columns, available
        of_campaign = row_fields(campaign_pb2.Campaign)
        described = {name: of_campaign[name] for name in DESCRIPTION}
        return {**row_fields(history_pb2.PastDecision), _ELIGIBLE: None, _PROBABILITIES: None, **described}

    def _free(self, name: str, cell: object) -> object:
        if name == _ELIGIBLE:
            return words_of(cell)
        if name == _PROBABILITIES:
            return cell if isinstance(cell, list) else [self._probability(word) for word in words_of(cell)]
        return super()._free(name, cell)

    def _probability(self, word: str) -> float:
        try:
            return float(word.replace(self._decimal, "."))
        except ValueError:
            raise ValueError(f"{word!r} is not a number") from None

    def _shape(self, plain: dict[str, object]) -> dict[str, object]:
        described = {name: plain.pop(name) for name in DESCRIPTION if name in plain}
        shaped = super()._shape(plain)
        return {**shaped, "campaign": described} if described else shaped
