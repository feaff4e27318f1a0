"""Described rows: the campaigns that came with the rows of a part, read as they are asked for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from banditsvc.column_values import values_of
from banditsvc.core.campaign import Campaign, described_among
from banditsvc.log_decisions import candidates_of
from banditsvc.log_struct_values import Members, campaign_of


class DescribedRows:
    """Campaigns that are described with the rows of a batch, made of Arrow once somebody asks for them.

    Whoever learns asks for what was chosen alone, of many.
    """

    __slots__ = ("_chosen", "_chosen_ids", "_lists", "_of_rows")

    def __init__(self, lists: pa.ListArray, chosen: list[str | None]) -> None:
        """Takes the column inline_campaigns, and the campaign that was chosen of each row."""
        self._lists = lists
        self._chosen_ids = chosen
        self._of_rows: list[tuple[Members, ...]] | None = None
        self._chosen: dict[int, Campaign] | None = None

    def of_row(self, row: int) -> tuple[Members, ...]:
        """Returns all that are described with a row."""
        if self._of_rows is None:
            self._of_rows = values_of(self._lists)
        return self._of_rows[row]

    def campaign(self, row: int, campaign_id: str) -> Campaign | None:
        """Returns the one of an id that is described with a row, None where that is none."""
        if campaign_id != self._chosen_ids[row]:
            return described_among(candidates_of((campaign_id,), self.of_row(row)), campaign_id)
        if self._chosen is None:
            self._chosen = self._made()
        return self._chosen.get(row)

    def _made(self) -> dict[int, Campaign]:
        """Returns what was chosen of each row that describes it."""
        parents = pc.list_parent_indices(self._lists)
        members = self._lists.flatten()
        chosen = pa.array(self._chosen_ids, pa.string()).take(parents)
        is_chosen = pc.fill_null(pc.equal(members.field("campaign_id"), chosen), fill_value=False)
        found = values_of(members.filter(is_chosen))
        return {row: campaign_of(one) for row, one in zip(parents.filter(is_chosen).to_pylist(), found, strict=True)}
