"""Opens an audience: a source, the map of its columns, and how each is read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from banditsvc.audience.source.audience_fields import FIELDS, FieldKind, resolve_audience
from banditsvc.audience.source.batch_sources import BatchSource
from banditsvc.audience.source.candidate_lists import CandidateLists
from banditsvc.audience.source.cell_texts import CellTexts
from banditsvc.audience.source.typed_batches import BatchTyper, Sniffed, sniffed_types
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules.fields import shortened
from banditsvc.import_files import Columns
from banditsvc.import_files.context_rows import FEATURE


@dataclass(frozen=True, slots=True)
class OpenAudience:
    """A source that is ready to be read."""

    source: BatchSource
    columns: Columns
    """Resolved."""
    typer: BatchTyper
    cell_texts: CellTexts
    """Write back what typer has read."""
    batches: Iterator[pa.RecordBatch]
    unused: tuple[str, ...]
    """Columns that nothing is taken from."""
    doubts: tuple[str, ...] = ()
    """What the caller may not have meant."""


def open_audience(
    source: BatchSource,
    columns: Columns,
    *,
    context_schema: Mapping[str, FeatureType],
    campaign_ids: Sequence[str],
    decimal: str = ".",
    fields: Mapping[str, FieldKind] = FIELDS,
) -> OpenAudience:
    """Returns a source with its columns checked.

    Args:
        source: Of which nothing was read yet.
        columns: What the caller maps.
        context_schema: Types of features that the portfolio declares.
        campaign_ids: What candidates may name.
        decimal: What stands before the decimals of a number written as text.
        fields: What a column can be: those of customers or of pairs.

    Raises:
        ColumnError: A column is missing or has a type that its field cannot have.
        FileError: The source is broken at its start.
    """
    resolved = resolve_audience(columns, source.columns, fields)
    source.choose(resolved.columns.values())
    batches = source.batches()
    types = dict(context_schema)
    doubts: tuple[str, ...] = ()
    if source.is_text:
        first = next(batches, None)
        if first is not None:
            sniffed = sniffed_types(first, resolved, decimal)
            doubts = tuple(
                [_doubt(name, one, resolved) for name, one in sniffed.items() if one.stray and name not in types]
            )
            types = {**{name: one.kind for name, one in sniffed.items()}, **types}
            batches = itertools.chain([first], batches)
    typer = BatchTyper(
        source.name,
        source.schema(),
        resolved,
        feature_types=types,
        candidates=CandidateLists(campaign_ids),
        decimal=decimal,
    )
    cell_texts = CellTexts(resolved, campaign_ids, decimal)
    return OpenAudience(source, resolved, typer, cell_texts, batches, resolved.unused(source.columns), doubts)


def _doubt(name: str, sniffed: Sniffed, resolved: Columns) -> str:
    """Returns what is odd about a feature's column."""
    column = resolved.columns[f"{FEATURE}{name}"]
    return f"{column} has mostly numbers and is read as texts, for {shortened(sniffed.stray)!r} is none"
