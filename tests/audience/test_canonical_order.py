"""Canonical order."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.audience import canonical_order
from banditsvc.audience.bad_rows import BadRow
from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.audience.source.batch_sources import GivenBatches
from banditsvc.core.context_columns import Coded
from banditsvc.core.customer_hash import customer_hash
from tests.audience.ordered import customers, order, rejected, rows_of

_TABLE = pa.table(
    {
        "customer_id": [f"c{number}" for number in range(200)],
        "recency_days": [float(number % 90) for number in range(200)],
        "segment": [("gold", "silver", None)[number % 3] for number in range(200)],
        "favourites.shoes": [0.5 * (number % 3) for number in range(200)],
        "features.age": [20 + number % 50 for number in range(200)],
        "features.city": [f"city {number % 7}" for number in range(200)],
        "candidates": [[("boots", "dresses", "winback")[number % 3]] for number in range(200)],
    }
)


def _given(table: pa.Table, batch_rows: int = 64) -> GivenBatches:
    return GivenBatches(table.to_reader(batch_rows))


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical_order, "PART_ROWS", 50)


@pytest.mark.usefixtures("small_parts")
def test_rows_stand_by_hash(tmp_path: Path) -> None:
    """Customers are in the order of their hashes, in as many parts as their number asks for, and no row is lost."""
    spilled = order(_given(_TABLE), tmp_path)
    parts = rows_of(spilled)

    ids = _TABLE.column("customer_id").to_pylist()
    assert 4 == spilled.parts == len(parts)
    assert sorted(ids, key=customer_hash) == customers(spilled)
    assert list(range(200)) == np.concatenate([part.rows for part in parts]).tolist()
    assert [part for part in range(4) for _ in parts[part].rows] == [
        customer_hash(customer) >> 62 for customer in customers(spilled)
    ]


@given(rows=st.integers(0, 50_000_000), numbers=st.integers(1, 20_000))
def test_parts_fit_into_memory(rows: int, numbers: int) -> None:
    """A part has at most PART_ROWS rows and some 12 million numbers on average, and what has few of both stays whole."""
    bits = canonical_order.bits_of_parts(rows, numbers)

    if bits < 12:
        assert rows / 2**bits <= max(1, min(canonical_order.PART_ROWS, (12 << 20) // numbers))
    if rows <= 65_536 and rows * numbers <= 1 << 20:
        assert 0 == bits


@settings(max_examples=15, deadline=None)
@given(shuffled=st.permutations(range(200)), batch_rows=st.integers(1, 300))
def test_order_of_the_source_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, shuffled: list[int], batch_rows: int
) -> None:
    """Whatever the order of the rows and the size of the batches, each customer has the same row number and columns."""
    found = []
    for table, size in ((_TABLE, 64), (_TABLE.take(shuffled), batch_rows)):
        directory = tmp_path_factory.mktemp("order")
        (rows,) = rows_of(order(_given(table, size), directory))
        city, segment = rows.contexts.features["city"], rows.contexts.segment
        assert isinstance(city, Coded)
        assert segment is not None
        assert rows.candidates is not None
        assert rows.contexts.favourites is not None
        found.append(
            (
                rows.customer_ids.tolist(),
                rows.rows.tolist(),
                [rows.contexts.context(place) for place in range(len(rows))],
                city.names,
                city.codes.tolist(),
                segment.names,
                rows.candidates.tolist(),
            )
        )
        shutil.rmtree(directory)

    assert found[0] == found[1]


def test_customer_in_several_rows_is_rejected_whole(tmp_path: Path) -> None:
    """All rows of a customer who has several are rejected, each naming the others; their numbers stay free."""
    table = pa.concat_tables([_TABLE, _TABLE.slice(5, 1), _TABLE.slice(7, 1), _TABLE.slice(5, 1)])

    (rows,) = rows_of(order(_given(table), tmp_path))

    assert 203 - 5 == len(rows)
    assert not {"c5", "c7"} & set(rows.customer_ids.tolist())
    assert {
        "6": "customer_id: c5 is in row 201, 203 too",
        "201": "customer_id: c5 is in row 6, 203 too",
        "203": "customer_id: c5 is in row 6, 201 too",
        "8": "customer_id: c7 is in row 202 too",
        "202": "customer_id: c7 is in row 8 too",
    } == {number: reason for number, reason, *_ in csv.reader(rejected(tmp_path))}


@pytest.mark.usefixtures("small_parts")
def test_who_is_left_out_changes_no_number(tmp_path: Path) -> None:
    """Customers that somebody else has decided for meanwhile are left out of a part, and the others keep their rows."""
    spilled = order(_given(_TABLE), tmp_path)
    left_out = np.sort(np.array([customer_hash(one) for one in ("c3", "c50")], dtype=np.uint64))

    whole, fewer = rows_of(spilled), rows_of(spilled, left_out=left_out)

    kept = {one: row for part in whole for one, row in zip(part.customer_ids.to_pylist(), part.rows, strict=True)}
    assert kept.pop("c3") != kept.pop("c50")
    assert kept == {
        one: row for part in fewer for one, row in zip(part.customer_ids.to_pylist(), part.rows, strict=True)
    }


def test_a_merged_customer_is_the_survivor(tmp_path: Path) -> None:
    """A row of an id that was merged is a row of the surviving customer, who must not have another one."""
    table = _TABLE.slice(0, 3)

    spilled = order(_given(table), tmp_path, merged_ids={"c0": "c9", "c1": "c2"})

    assert ["c9"] == customers(spilled)
    assert 2 == len(rejected(tmp_path))


def test_a_bad_row_stops_the_run(tmp_path: Path) -> None:
    """Where bad rows are to stop the run, the first is named with its reason, and so is a customer in several rows."""
    negative = _TABLE.set_column(1, "recency_days", pa.array([-1.0, *[0.0] * 199]))
    twice = pa.concat_tables([_TABLE, _TABLE.slice(5, 1)])
    for name, table, reason in (
        ("negative", negative, r"row 1: recency_days: -1.0 must be a number from 0 to 36,500"),
        ("twice", twice, r"row 6: customer_id: c5 is in row 201 too"),
    ):
        (tmp_path / name).mkdir()
        with pytest.raises(BadRow, match=reason):
            order(_given(table), tmp_path / name, on_bad_row=OnBadRow.STOP)


def test_an_audience_may_be_empty(tmp_path: Path) -> None:
    """No customers make one part without rows."""
    (rows,) = rows_of(order(_given(_TABLE.slice(0, 0)), tmp_path))

    assert 0 == len(rows)
