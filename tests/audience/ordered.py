"""An audience read from a source and put in order, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows, nothing_known
from banditsvc.audience.bad_rows import BadRows
from banditsvc.audience.canonical_order import SpilledRows
from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.audience.ordering import Ordering
from banditsvc.audience.part_rows import part_rows
from banditsvc.audience.source.audience_fields import PAIR_FIELDS
from banditsvc.audience.source.batch_sources import BatchSource
from banditsvc.audience.source.open_audience import open_audience
from banditsvc.core.rule import FeatureType
from banditsvc.import_files import Columns, RejectsFile, TextFormat

CAMPAIGNS = ("boots", "dresses", "winback")


def order(
    source: BatchSource,
    directory: Path,
    *,
    columns: Sequence[str] = (),
    constants: Sequence[str] = (),
    separators: Mapping[str, str] | None = None,
    on_bad_row: OnBadRow = OnBadRow.REJECT,
    schema: Mapping[str, FeatureType] | None = None,
    merged_ids: Mapping[str, str] | None = None,
    decimal: str = ".",
) -> SpilledRows:
    """Returns the rows of a source on disk; what was rejected is in rejects.csv."""
    given = replace(Columns.of_options(columns, constants), separators=separators or {})
    audience = open_audience(source, given, context_schema=schema or {}, campaign_ids=CAMPAIGNS, decimal=decimal)
    spills = directory / "spills"
    spills.mkdir()
    with RejectsFile(directory / "rejects.csv", source.columns, TextFormat()) as rejects:
        bad = BadRows(source.name, on_bad_row, rejects, audience.cell_texts)
        ordering = Ordering(audience, spills, bad, merged_ids)
        ordering.run(lambda _: None)
        return ordering.customers(3)


def order_pairs(source: BatchSource, directory: Path, part_bits: int) -> SpilledRows:
    """Returns pairs on disk; what was rejected is in pairs/rejects.csv."""
    pairs = open_audience(source, Columns(), context_schema={}, campaign_ids=CAMPAIGNS, fields=PAIR_FIELDS)
    (directory / "pairs").mkdir()
    with RejectsFile(directory / "pairs" / "rejects.csv", source.columns, TextFormat()) as rejects:
        bad = BadRows(source.name, OnBadRow.REJECT, rejects, pairs.cell_texts)
        ordering = Ordering(pairs, directory / "pairs", bad)
        ordering.run(lambda _: None)
        return ordering.pairs(part_bits)


def rows_of(spilled: SpilledRows, *, left_out: NDArray[np.uint64] | None = None) -> list[AudienceRows]:
    """Returns the rows of each part."""
    return [
        part_rows(spilled, part, CAMPAIGNS, lambda _, hashes, __: nothing_known(len(hashes)), left_out=left_out)
        for part in range(spilled.parts)
    ]


def rejected(directory: Path) -> list[str]:
    """Returns the lines of the rejects file without its header; none where there is none."""
    path = directory / "rejects.csv"
    return path.read_text("utf-8").splitlines()[1:] if path.exists() else []


def customers(spilled: SpilledRows) -> list[str]:
    """Returns all customers in canonical order."""
    return list(np.concatenate([rows.customer_ids for rows in rows_of(spilled)]))
