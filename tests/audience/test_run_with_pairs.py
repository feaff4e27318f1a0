"""Runs whose customers come with pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.audience import canonical_order
from banditsvc.audience.source.audience_fields import PAIR_FIELDS
from banditsvc.audience.source.batch_sources import open_source
from banditsvc.audience.source.open_audience import open_audience
from banditsvc.core.contact_policy import Capacity
from banditsvc.import_files import ColumnError, Columns
from tests.audience.run_shop import make_shop, parts_of, run_audience, write_customers

_CUSTOMERS = 600
_CAMPAIGNS = ("news", "sale", "winback")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes runs of several parts of few customers."""
    monkeypatch.setattr(canonical_order, "PART_ROWS", 150)


def write_pairs(path: Path, order: Sequence[int]) -> Path:
    """Writes some pairs of each customer, with what is known of the two, in some order."""
    rng = np.random.default_rng(5)
    customers = np.repeat(np.arange(_CUSTOMERS), len(_CAMPAIGNS))
    table = pa.table(
        {
            "customer_id": [f"c{number}" for number in customers],
            "campaign_id": list(_CAMPAIGNS) * _CUSTOMERS,
            "features.score": rng.random(len(customers)),
            "features.because": [("viewed", "bought", None)[number] for number in rng.integers(0, 3, len(customers))],
            "features.like": [["hat", "bag"][:number] for number in rng.integers(0, 3, len(customers))],
        }
    ).take(pa.array(np.flatnonzero(rng.random(len(customers)) < 0.6)))
    pq.write_table(table.take(pa.array([place for place in order if place < table.num_rows])), path)
    return path


def test_the_same_pairs_give_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order of customers and pairs, the number of workers, and ended in the middle: the parts are the same.

    So are they where a capacity closes on the way, and some customers have no pair.
    """
    data = tmp_path / "data"
    position = make_shop(data, capacities=[Capacity(name="few", max_contacts=200)])
    in_order = np.arange(_CUSTOMERS * len(_CAMPAIGNS))
    shuffled = np.random.default_rng(8).permutation(len(in_order))
    customers = write_customers(tmp_path / "customers.parquet", _CUSTOMERS)
    others = write_customers(
        tmp_path / "others.parquet", _CUSTOMERS, np.random.default_rng(7).permutation(_CUSTOMERS).tolist()
    )
    pairs = write_pairs(tmp_path / "pairs.parquet", in_order.tolist())
    mixed = write_pairs(tmp_path / "mixed.parquet", shuffled.tolist())

    result, _ = run_audience(customers, data, tmp_path / "one", position, pairs=pairs)
    run_audience(others, data, tmp_path / "two", position, pairs=mixed, workers=2)
    with pytest.raises(OSError, match="No space left"):
        run_audience(customers, data, tmp_path / "three", position, pairs=pairs, fail_at=2)
    resumed, _ = run_audience(customers, data, tmp_path / "three", position, pairs=mixed)

    assert 200 == result.contacts.total()
    assert 500 < result.decided < _CUSTOMERS
    assert resumed.kept_parts == 3
    assert parts_of(tmp_path / "one") == parts_of(tmp_path / "two") == parts_of(tmp_path / "three")


def test_a_column_that_pairs_lack_is_named(tmp_path: Path) -> None:
    """Which file lacks it is said, with the option that maps it."""
    position = make_shop(tmp_path / "data")
    customers = write_customers(tmp_path / "customers.parquet", 3)
    pq.write_table(pa.table({"customer": ["c1"], "campaign_id": ["news"]}), tmp_path / "pairs.parquet")

    with pytest.raises(ColumnError, match=r"no column of the pairs is the customer_id: .*, by --candidate-map; there"):
        run_audience(customers, tmp_path / "data", tmp_path / "one", position, pairs=tmp_path / "pairs.parquet")


@pytest.mark.parametrize(
    ("cells", "doubts"),
    [
        (
            ["0.5", "high", "0.25", "", "7"],
            ("features.score has mostly numbers and is read as texts, for 'high' is none",),
        ),
        (["0.5", "0.25", ""], ()),
        (["low", "high", "7"], ()),
    ],
)
def test_a_column_of_numbers_with_something_else_is_told_of(
    tmp_path: Path, cells: list[str], doubts: tuple[str, ...]
) -> None:
    """A score of which a few cells are no numbers is not read as texts without a word."""
    path = tmp_path / "pairs.csv"
    rows = [f"c{number},news,{cell}" for number, cell in enumerate(cells)]
    path.write_text("\n".join(["customer_id,campaign_id,features.score", *rows, ""]), "utf-8")

    opened = open_audience(open_source(path), Columns(), context_schema={}, campaign_ids=_CAMPAIGNS, fields=PAIR_FIELDS)

    assert doubts == opened.doubts
