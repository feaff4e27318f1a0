"""Rejected rows of an audience: which they are, and that they can be mended."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from banditsvc.audience.canonical_order import SOURCE_ROW, SpilledRows
from banditsvc.audience.source.batch_sources import open_source
from banditsvc.core.rule import FeatureType
from banditsvc.import_files import TextFormat
from tests.audience.ordered import order, rejected, rows_of

_TEXTS = {
    "kunde": ["ann", "bob", "ann", "bob"],
    "recency_days": ["3", "", "4", ""],
    "monetary": ["12,5", "nan", "1e-7", ""],
    "r": ["5", "", "1", ""],
    "segment": ["gold, or so", "", "silver", ""],
    "lifecycle_stage": ["ACTIVE", "", "NEW", ""],
    "favourites.shoes": ["0,5", "", "0", ""],
    "features.age": ["41", "0", "40,25", ""],
    "features.city": ['"Paris"', "", "Ulm", ""],
    "features.newsletter": ["true", "false", "true", ""],
    "features.tags": ["b c|a;d|a", "", "x", ""],
    "time_zone": ["Europe/Berlin", "", "UTC", ""],
    "consents": ["marketing/email=GRANTED /sms=DENIED", "", "", ""],
    "excluded_campaign_ids": ["NO_CONTACT dresses", "", "boots", ""],
    "candidates": ["boots;winback", "", "boots", ""],
}
_STAGES = {"ACTIVE": 3, "NEW": 2}


def _typed(name: str) -> pa.Array:
    cells = [cell or None for cell in _TEXTS[name]]
    if name in ("recency_days", "monetary", "r", "favourites.shoes", "features.age"):
        return pa.array([float(cell.replace(",", ".")) if cell else None for cell in cells])
    if name == "lifecycle_stage":
        return pa.array([_STAGES[cell] if cell else None for cell in cells], pa.int8())
    if name == "features.newsletter":
        return pa.array([cell == "true" if cell else None for cell in cells])
    if name == "features.tags":
        return pa.array([cell.split("|") if cell else None for cell in cells])
    return pa.array(cells)


def _ordered(path: Path, directory: Path) -> SpilledRows:
    directory.mkdir()
    return order(
        open_source(path, TextFormat(delimiter=";")),
        directory,
        columns=["customer_id=kunde", "features.who=kunde"],
        separators={"features.tags": "|"},
        schema={"age": FeatureType.NUMBER},
        decimal=",",
    )


def _rows(spilled: SpilledRows, places: Sequence[int]) -> list[str]:
    """Returns typed rows by their places in the source, as text: NaN is unlike itself."""
    rows = sorted(spilled.read(0).to_pylist(), key=lambda row: int(row[SOURCE_ROW]))
    return sorted(str(sorted({**rows[place], SOURCE_ROW: 0}.items())) for place in places)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_rejects_of_a_repeated_customer_are_read_as_they_were(kind: str, tmp_path: Path) -> None:
    """Who is in two rows and loses one of them in the file of rejects is read from it as from that row of the source."""
    path = tmp_path / f"customers.{kind}"
    if kind == "csv":
        pa_csv.write_csv(pa.table(_TEXTS), path, pa_csv.WriteOptions(delimiter=";"))
    else:
        pq.write_table(pa.table({name: _typed(name) for name in _TEXTS}), path)
    spilled = _ordered(path, tmp_path / "first")
    with (tmp_path / "first" / "rejects.csv").open(encoding="utf-8", newline="") as file:
        head, *found = csv.reader(file)
    assert ["row", "reason", *_TEXTS] == head
    assert 4 == len(found)

    found.sort(key=lambda row: int(row[0]))
    for name, kept in (("one", [0, 1]), ("two", [2, 3])):
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows([head, *(found[place] for place in kept)])
        mended = _ordered(tmp_path / f"{name}.csv", tmp_path / name)

        assert [] == rejected(tmp_path / name)
        assert _rows(spilled, kept) == _rows(mended, [0, 1])


def test_ids_are_no_fractions(tmp_path: Path) -> None:
    """Of ids that are floats the whole ones are digits; fractions and gaps are rejected, and what a float cannot hold."""
    path = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"customer_id": [2.0, 1.5, None, float("nan"), 1e17, np.inf, 3.0]}), path)

    (rows,) = rows_of(order(open_source(path), tmp_path))

    assert {"2", "3"} == set(rows.customer_ids.tolist())
    refused = "is no whole number below 9,007,199,254,740,992; write ids as texts or whole numbers"
    missing = "customer_id: is missing: every row needs an id of 1 to 128 characters"
    assert [
        ["2", f"customer_id: 1.5 {refused}"],
        ["3", missing],
        ["4", missing],
        ["5", f"customer_id: 1e+17 {refused}"],
        ["6", f"customer_id: inf {refused}"],
    ] == [row[:2] for row in csv.reader(rejected(tmp_path))]
