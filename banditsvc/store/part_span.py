"""Part spans: rows of an audience's part that stand one after another, as columns and in outline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.decision import Decision
from banditsvc.core.decision_id import audience_decision_id
from banditsvc.ports import Recorded
from banditsvc.store.part_files import PartFiles


@dataclass(frozen=True, slots=True)
class PartSpan:
    """Rows of a part from a place to another. Every method that reads them raises RecordDamaged where they cannot be."""

    part: Recorded[AudiencePart]
    files: PartFiles
    start: int
    end: int
    """Exclusive."""

    def __len__(self) -> int:
        """Returns how many rows there are."""
        return self.end - self.start

    @property
    def position(self) -> int:
        """Returns the position of the first row."""
        return self.part.position + self.start

    def slice(self, start: int, end: int) -> PartSpan:
        """Returns the rows from a place in this span to another, exclusive."""
        return replace(self, start=self.start + start, end=self.start + end)

    def columns(self, names: Sequence[str]) -> pa.RecordBatch:
        """Returns columns as log_schema.DECISIONS has them, all but position and record_time."""
        found = self.files.columns(self.part.value, self.start, self.end, names)
        return pa.Table.from_batches(found).combine_chunks().to_batches()[0]

    def kinds(self) -> NDArray[np.uint32]:
        """Returns a number for each row: what was decided is the same, but for its customer, where these are the same."""
        return self.files.index(self.part.value).codes[self.start : self.end]

    def customer_ids(self) -> pa.StringArray:
        """Returns the customer of each row."""
        return self.files.index(self.part.value).customer_ids[self.start : self.end]

    def decision_ids(self) -> list[str]:
        """Returns the id of each row's decision."""
        run_id = self.part.value.run_id
        rows = self.files.index(self.part.value).rows[self.start : self.end]
        return [audience_decision_id(run_id, row) for row in rows]

    def outline(self, place: int) -> Recorded[Decision]:
        """Returns the outline of the decision at a place in this span; see DecisionLog.get_outline."""
        part, index, place = self.part.value, self.files.index(self.part.value), self.start + place
        decision_id = audience_decision_id(part.run_id, index.rows[place])
        outline = index.kind(place).outline(part, index.request, decision_id, index.customer_id(place))
        return Recorded(self.part.position + place, self.part.record_time_us, outline)
