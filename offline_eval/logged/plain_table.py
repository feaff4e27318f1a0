"""Reads a table of decisions of any origin by a column map, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from offline_eval.choices import UNKNOWN, Coded, Coder, Codes
from offline_eval.intervals import Floats
from offline_eval.logged import cells
from offline_eval.logged import left_out as kinds
from offline_eval.logged.entry_faults import SINGLE_TOLERANCE, without_faults
from offline_eval.logged.left_out import LeftOut
from offline_eval.logged.logged import Entries, Flags, Integers, Logged, starts_of
from offline_eval.logged.seen_ids import SeenIds
from offline_eval.logged.table_columns import TableColumns


@dataclass(frozen=True, slots=True)
class _Sets:
    """What was eligible in the decisions of a batch."""

    sizes: Integers
    campaign: Codes
    is_choice: Flags

    @property
    def decision(self) -> Integers:
        return np.repeat(np.arange(len(self.sizes)), self.sizes)


class TableReader:
    """Makes parts of a log of the batches of a table; texts are numbered alike in all of them.

    Without eligible campaigns a decision has one entry, what was chosen: enough for targets whose probability of it is
    known, not for those that depend on what else was eligible.
    """

    def __init__(self, columns: TableColumns, left_out: LeftOut | None = None) -> None:
        self.left_out = LeftOut() if left_out is None else left_out
        self._columns = columns
        self._campaigns, self._customers = Coder(), Coder()
        self._labels = {name: Coder() for name in columns.labels}
        self._always = np.array([self._campaigns.code_of(one) for one in columns.always_eligible], dtype=np.int32)
        self._seen = SeenIds() if columns.decision_id else None
        self._rows = 0
        self._customers_made = 0

    def read(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Logged]:
        """Yields a part for each batch; each has the columns that the map names."""
        for batch in batches:
            yield self._part(batch)
            self._rows += batch.num_rows

    def _part(self, batch: pa.RecordBatch) -> Logged:
        columns, rows = self._columns, np.arange(batch.num_rows) + self._rows + 1
        kept = self._fresh(batch)
        if columns.time:
            kept = self._leave(kept, kinds.TIME_FAULT, cells.times_us(batch[columns.time]) == cells.NO_TIME)
        if columns.eligible:
            kept = self._with_equal_lists(batch, kept)
        if not kept.all():
            batch, rows = batch.filter(pa.array(kept)), rows[kept]
        sets = self._sets(batch)
        probability = self._probability(batch, sets)
        reward = cells.numbers(batch[columns.reward])
        place, sound = without_faults(
            sets.sizes,
            sets.is_choice,
            probability,
            reward,
            left_out=self.left_out,
            place_of=lambda row: f"row {rows[row]}",
            tolerance=SINGLE_TOLERANCE,
        )
        if columns.probability and columns.probabilities:
            sound = self._agreeing(batch, probability, place, sound, rows)
        part = self._logged(batch, sets, place, probability, reward)
        return part if sound.all() else part.where(sound)

    def _fresh(self, batch: pa.RecordBatch) -> Flags:
        """Returns which rows are no decision that came before; those without an id count as new."""
        kept = np.ones(batch.num_rows, dtype=np.bool_)
        if self._seen is None:
            return kept
        ids = cells.texts(batch[self._columns.decision_id])
        has_id = np.asarray(ids.is_valid())
        repeated = np.zeros(batch.num_rows, dtype=np.bool_)
        repeated[has_id] = self._seen.repeated(ids.drop_null())
        return self._leave(kept, kinds.DUPLICATE, repeated)

    def _with_equal_lists(self, batch: pa.RecordBatch, kept: Flags) -> Flags:
        columns = self._columns
        sizes, _ = cells.lists(batch[columns.eligible], columns.separator)
        lists = [name for name in columns.targets if cells.has_lists(batch[name], columns.separator)]
        for name in filter(None, (columns.probabilities, columns.predicted, *lists)):
            beside, _ = cells.lists(batch[name], columns.separator)
            # No list at all is a probability that is missing.
            kept = self._leave(kept, kinds.LISTS_DIFFER, (beside != sizes) & (beside > 0))
            kept = self._leave(kept, kinds.PROBABILITY_MISSING, (beside != sizes) & (beside == 0))
        return kept

    def _leave(self, kept: Flags, kind: str, is_of_kind: Flags) -> Flags:
        return self.left_out.leave(kept, kind, is_of_kind, lambda row: f"row {self._rows + row + 1}")

    def _sets(self, batch: pa.RecordBatch) -> _Sets:
        columns = self._columns
        action = cells.texts(batch[columns.action])
        chosen = np.full(batch.num_rows, -1, dtype=np.int32)
        chosen[np.asarray(action.is_valid())] = self._campaigns.code(action.drop_null())
        if columns.eligible:
            sizes, members = cells.lists(batch[columns.eligible], columns.separator)
            campaign = self._campaigns.code(cells.texts(members))
        elif columns.always_eligible:
            sizes = np.full(batch.num_rows, len(self._always), dtype=np.int64)
            campaign = np.tile(self._always, batch.num_rows)
        else:
            return _Sets(np.ones(batch.num_rows, dtype=np.int64), np.maximum(chosen, 0), chosen >= 0)
        return _Sets(sizes, campaign, campaign == np.repeat(chosen, sizes))

    def _probability(self, batch: pa.RecordBatch, sets: _Sets) -> Floats:
        columns = self._columns
        if columns.probabilities:
            return self._beside(batch, columns.probabilities)
        own = cells.numbers(batch[columns.probability])[sets.decision]
        return np.where(sets.is_choice, own, np.nan)

    def _agreeing(
        self, batch: pa.RecordBatch, probability: Floats, place: Integers, sound: Flags, rows: Integers
    ) -> Flags:
        """Returns which sound rows say the same probability of the choice in both columns."""
        own = cells.numbers(batch[self._columns.probability])
        if not len(probability):
            return sound
        differs = np.isfinite(own) & (np.abs(own - probability[place]) > SINGLE_TOLERANCE)
        return self.left_out.leave(sound, kinds.PROBABILITIES_DIFFER, differs, lambda row: f"row {rows[row]}")

    def _beside(self, batch: pa.RecordBatch, name: str) -> Floats:
        return cells.numbers(cells.lists(batch[name], self._columns.separator)[1])

    def _target(self, batch: pa.RecordBatch, name: str, sets: _Sets) -> Floats:
        if self._columns.eligible and cells.has_lists(batch[name], self._columns.separator):
            return self._beside(batch, name)
        return np.where(sets.is_choice, cells.numbers(batch[name])[sets.decision], np.nan)

    def _logged(
        self, batch: pa.RecordBatch, sets: _Sets, place: Integers, probability: Floats, reward: Floats
    ) -> Logged:
        columns, nothing = self._columns, np.full(len(probability), np.nan)
        own = probability[place] if len(probability) else np.zeros(0)
        return Logged(
            entries=Entries(
                start=starts_of(sets.sizes),
                campaign=Coded(sets.campaign, self._campaigns.names),
                probability=probability,
                predicted=self._beside(batch, columns.predicted) if columns.predicted else nothing,
                deviation=nothing,
            ),
            chosen=place,
            probability=np.minimum(own, 1.0),
            reward=reward,
            customer=self._customer(batch),
            time_us=cells.times_us(batch[columns.time]) if columns.time else np.zeros(batch.num_rows, dtype=np.int64),
            labels={
                name: Coded(coder.code(cells.texts(batch[name]), UNKNOWN), coder.names)
                for name, coder in self._labels.items()
            },
            features=_features(batch, columns.features),
            reward_range=(columns.least_reward, columns.greatest_reward),
            left_out=self.left_out.counts,
            first_left_out=self.left_out.first,
            targets={name: self._target(batch, name, sets) for name in columns.targets},
            has_ids=self._seen is not None,
        )

    def _customer(self, batch: pa.RecordBatch) -> Codes:
        if self._columns.customer:
            return self._customers.code(cells.texts(batch[self._columns.customer]))
        made = np.arange(self._customers_made, self._customers_made + batch.num_rows, dtype=np.int32)
        self._customers_made += batch.num_rows
        return made


def _features(batch: pa.RecordBatch, names: tuple[str, ...]) -> Floats | None:
    if not names:
        return None
    columns = [cells.numbers(batch[name]) for name in names]
    return np.column_stack([np.where(np.isfinite(column), column, 0.0) for column in columns])
