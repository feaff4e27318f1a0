"""Part batches: rows of audiences' parts as batches of the tables of decisions and of the joined table, by columns.

Their columns are those of the part. Most rows have no outcome and no activation, and what becomes of these is the same
for all of a kind; so the rules of settling are asked once for each kind, and once for each other row.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.core.portfolio import LearnerSpec
from banditsvc.joined_rows import FATE_COLUMNS, fate_rows
from banditsvc.log_schema import DECISIONS
from banditsvc.part_mixtures import part_mixtures
from banditsvc.ports import DecisionLog
from banditsvc.row_batch import row_batch
from banditsvc.settings_history import SettingsHistory
from banditsvc.store.part_span import PartSpan

_MIXTURE = "mixture_probabilities"


def decision_batch(span: PartSpan, schema: pa.Schema) -> pa.RecordBatch:
    """Returns the rows with those columns of a schema that log_schema.DECISIONS has, in the schema's order."""
    names = [name for name in schema.names if name in DECISIONS.names]
    stored = [name for name in names if name not in ("position", "record_time")]
    found = dict(zip(stored, span.columns(stored).columns, strict=True)) if stored else {}
    columns = [found[name] if name in found else _record(span, name) for name in names]
    return pa.RecordBatch.from_arrays(columns, schema=_selected(schema, names))


def joined_batch(
    log: DecisionLog,
    learner: LearnerSpec,
    span: PartSpan,
    as_of_us: int,
    settings: SettingsHistory,
    *,
    schema: pa.Schema,
) -> pa.RecordBatch:
    """Returns the rows, all recorded by as_of, as batch of the joined table with the columns of a schema."""
    batches = [decision_batch(span, schema)]
    fates = _selected(schema, FATE_COLUMNS)
    if fates.names:
        batches.append(_fates(log, learner, span, as_of_us, fates))
    if _MIXTURE in schema.names:
        batches.append(
            pa.RecordBatch.from_arrays([part_mixtures(span, settings)], schema=_selected(schema, [_MIXTURE]))
        )
    columns = {name: batch.column(name) for batch in batches for name in batch.schema.names}
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _fates(log: DecisionLog, learner: LearnerSpec, span: PartSpan, as_of_us: int, schema: pa.Schema) -> pa.RecordBatch:
    is_told_of, kinds = _is_told_of(log, learner, span), span.kinds()
    alike = np.flatnonzero(~is_told_of)
    _, firsts, places = np.unique(kinds[alike], return_index=True, return_inverse=True)
    singles = np.flatnonzero(is_told_of)
    looked_at = [span.outline(place) for place in (*alike[firsts].tolist(), *singles.tolist())]
    answer_of = np.empty(len(span), dtype=np.int64)
    answer_of[alike] = places
    answer_of[singles] = np.arange(len(firsts), len(looked_at))
    return row_batch(fate_rows(log, learner, looked_at, as_of_us), schema).take(pa.array(answer_of))


def _is_told_of(log: DecisionLog, learner: LearnerSpec, span: PartSpan) -> NDArray[np.bool_]:
    """Returns which rows have an activation, or may have an outcome; the others have the window from send_time on."""
    part, decision_ids, customers = span.part.value, span.decision_ids(), span.customer_ids()
    customer_ids = list(dict.fromkeys(customers.to_pylist()))
    end_us = part.send_time_us + learner.reward.window_us
    named = [one.value.decision_id for one in log.activations_of(decision_ids)]
    named += [one.value.decision_id for one in log.outcomes_of_decisions(part.portfolio_id, decision_ids)]
    about = [
        one.value.customer_id
        for one in log.outcomes_of_customers(part.portfolio_id, customer_ids, part.send_time_us, end_us)
    ]
    # What names a customer's other ids counts too.
    for one in log.merges_of_customers(part.portfolio_id, customer_ids):
        about += [one.value.merged_customer_id, one.value.surviving_customer_id]
    found = pc.or_(_is_in(pa.array(decision_ids, pa.string()), named), _is_in(customers, about))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _is_in(values: pa.StringArray, wanted: list[str]) -> pa.BooleanArray:
    return pc.is_in(values, pa.array(list(dict.fromkeys(wanted)), pa.string()))


def _record(span: PartSpan, name: str) -> pa.Array:
    kind = DECISIONS.field(name).type
    if name == "position":
        return pa.array(np.arange(span.position, span.position + len(span)), kind)
    return pa.repeat(pa.scalar(span.part.record_time_us, kind), len(span))


def _selected(schema: pa.Schema, names: list[str] | tuple[str, ...]) -> pa.Schema:
    return pa.schema([field for field in schema if field.name in names], schema.metadata)
