"""The table of a part: the decisions for some customers of an audience by the open schema of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from banditsvc.audience.arrow_columns import Alike, ArrowColumn, coded_array, listed
from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.block_columns import BlockColumns
from banditsvc.audience.context_arrow import context_arrow
from banditsvc.audience.decide_alone import terms_input
from banditsvc.audience.decided_rows import DecidedAlone, DecidedRows
from banditsvc.audience.described_arrow import described_arrow
from banditsvc.audience.joined_columns import joined, plain
from banditsvc.audience.part_values import PartValues
from banditsvc.core.decision import LearnedState
from banditsvc.core.run_terms import RunTerms
from banditsvc.log_rows import consent_rows, decision_row
from banditsvc.log_schema import DECISIONS
from banditsvc.part_forms import row_ids
from banditsvc.ports import Recorded
from banditsvc.serving.active_portfolio import ActivePortfolio

PART_SCHEMA = pa.schema([one for one in DECISIONS if one.name not in {"position", "record_time"}])
"""Columns of the open log that a part gives; position and time are those of its record."""


@dataclass(frozen=True, slots=True)
class PartTable:
    """The rows of a part: what differs between rows, and what all of them have in common."""

    varying: pa.Table
    """Columns by PART_SCHEMA, in its order; texts may be dictionaries, and so what is nested and has few values; see joined_columns.
    decision_id is the row number: see part_forms."""
    constants: pa.RecordBatch
    """The other columns, of one row that stands for all."""
    shadow_learned: LearnedState | None = None
    """What the shadow's model had learned, if there is a shadow."""

    def whole(self, run_id: str) -> pa.Table:
        """Returns all columns by PART_SCHEMA, for a run of an id."""
        alike = pa.array(np.zeros(self.varying.num_rows, dtype=np.int64))
        columns = [
            self.constants[one.name].take(alike)
            if one.name in self.constants.schema.names
            else row_ids(run_id, self.varying[one.name])
            if one.name == "decision_id"
            else plain(self.varying[one.name], one.type)
            for one in PART_SCHEMA
        ]
        return pa.Table.from_arrays(columns, schema=PART_SCHEMA)


def part_table(active: ActivePortfolio, rows: AudienceRows, terms: RunTerms, decided: DecidedRows) -> PartTable:
    """Returns the rows that the log has of some decisions, as log_rows.decision_row gives each."""
    values = PartValues(active, terms_input(terms), decided.common)
    blocks = decided.blocks
    if not blocks:
        return PartTable(PART_SCHEMA.empty_table(), pa.RecordBatch.from_pylist([], pa.schema([])))
    is_whole = not any(isinstance(block, DecidedAlone) for block in blocks)
    given = {"decision_id": pa.array(rows.rows), **(_given(rows, terms, slice(0, len(rows))) if is_whole else {})}
    made = [
        _of_decisions(block)
        if isinstance(block, DecidedAlone)
        else BlockColumns(values, block).columns() | ({} if is_whole else _given(rows, terms, block.span))
        for block in blocks
    ]
    counts = [block.span.stop - block.span.start for block in blocks]
    columns = {
        one.name: joined(one.type, [len(rows)], [given[one.name]])
        if one.name in given
        else joined(one.type, counts, [block[one.name] for block in made])
        for one in PART_SCHEMA
    }
    alike = {name: one.value for name, one in columns.items() if isinstance(one, Alike)}
    constants = pa.RecordBatch.from_pylist([alike], pa.schema([one for one in PART_SCHEMA if one.name in alike]))
    varying = pa.table({name: one for name, one in columns.items() if name not in alike})
    return PartTable(varying, constants, None if active.shadow is None else active.shadow.model.learned)


def _of_decisions(block: DecidedAlone) -> dict[str, ArrowColumn]:
    rows = [decision_row(Recorded(0, 0, decision)) for decision in block.decisions]
    return {one.name: pa.array([row[one.name] for row in rows], one.type) for one in PART_SCHEMA}


def _given(rows: AudienceRows, terms: RunTerms, span: slice) -> dict[str, ArrowColumn]:
    """Returns the columns of what was known before anything was decided."""
    return {**_request(rows, terms, span), **context_arrow(rows.contexts.part(span))}


def _request(rows: AudienceRows, terms: RunTerms, span: slice) -> dict[str, ArrowColumn]:
    """Returns the columns of what was asked."""
    keys = None if rows.assignment_keys is None else [key or None for key in rows.assignment_keys[span].tolist()]
    return {
        "portfolio_id": Alike(terms.portfolio_id),
        "customer_id": rows.customer_ids[span],
        "occasion": Alike(terms.occasion or None),
        "send_time": Alike(terms.send_time_us),
        "channel": Alike(terms.channel or None),
        "placement": Alike(terms.placement or None),
        "candidates": _candidates(rows, span),
        "excluded": _excluded(rows, terms, span),
        "defer_activation": Alike(terms.defer_activation),
        "is_test": Alike(False),
        "assignment_key": Alike(None) if keys is None else pa.array(keys, pa.string()),
        "consents": _consents(rows, span),
        "inline_campaigns": described_arrow(rows, span),
        **_NEVER,
    }


_NEVER: dict[str, Any] = {
    "supersedes": Alike(None),
    "forced_campaign_id": Alike(None),
}
"""What no row of an audience has that is decided by columns."""


def _candidates(rows: AudienceRows, span: slice) -> ArrowColumn:
    if rows.candidates is None:
        return Alike(list(rows.candidate_ids))
    named = rows.candidates[span]
    return listed(np.count_nonzero(named, axis=1), coded_array(np.nonzero(named)[1], rows.candidate_ids, pa.string()))


def _excluded(rows: AudienceRows, terms: RunTerms, span: slice) -> ArrowColumn:
    if rows.excluded is None:
        return Alike(list(terms.excluded))
    own = [one for one in rows.excluded_ids if one not in terms.excluded]
    ids = [*terms.excluded, *own]
    named = np.ones((span.stop - span.start, len(ids)), dtype=np.bool_)
    for place, campaign_id in enumerate(own, len(terms.excluded)):
        named[:, place] = rows.excluded[span, rows.excluded_ids.index(campaign_id)]
    return listed(np.count_nonzero(named, axis=1), coded_array(np.nonzero(named)[1], ids, pa.string()))


def _consents(rows: AudienceRows, span: slice) -> ArrowColumn:
    if rows.consents is None:
        return Alike([])
    codes, kind = rows.consents.codes[span], DECISIONS.field("consents").type
    return pa.array([consent_rows(words) for words in rows.consents.distinct], kind).take(pa.array(codes))
