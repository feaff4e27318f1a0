"""Digests of audiences."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from banditsvc.audience.source.batch_sources import GivenBatches
from tests.audience.ordered import order

_TABLE = pa.table(
    {
        "customer_id": ["a", "b", "c"],
        "recency_days": [1.0, 2.0, None],
        "segment": ["gold", None, "silver"],
        "r": [1, None, 3],
        "features.vip": [True, False, True],
        "assignment_key": ["h", None, "h"],
        "candidates": [["boots"], None, ["boots", "winback"]],
    }
)
_CHANGES = {
    "customer_id": ["a", "b", "d"],
    "recency_days": [1.0, 2.0, 3.0],
    "segment": ["gold", "silver", None],
    "r": [1, 2, 3],
    "features.vip": [True, True, True],
    "assignment_key": ["h", None, "i"],
    "candidates": [["boots"], ["boots"], ["boots", "winback"]],
}


def _digest(table: pa.Table, directory: Path) -> int:
    directory.mkdir()
    return order(GivenBatches(table.to_reader(2)), directory).digest


def test_order_does_not_matter_and_nothing_else_is_missed(tmp_path: Path) -> None:
    """Rows in another order have the same digest; a change in any one column has another."""
    digest = _digest(_TABLE, tmp_path / "first")

    assert digest == _digest(_TABLE.take([2, 0, 1]), tmp_path / "turned")
    for place, (name, values) in enumerate(_CHANGES.items()):
        column = pa.array(values, _TABLE.column(name).type)
        assert digest != _digest(_TABLE.set_column(place, name, column), tmp_path / name)


@pytest.mark.parametrize("column", ["recency_days", "segment"])
def test_rows_that_exchange_values_are_not_the_same(column: str, tmp_path: Path) -> None:
    """Two customers who exchange what is known of them make another audience."""
    exchanged = _TABLE.set_column(_TABLE.column_names.index(column), column, _TABLE.column(column).take([1, 0, 2]))

    assert _digest(_TABLE, tmp_path / "one") != _digest(exchanged, tmp_path / "other")
