"""Laws of a part's columns at hand: the index made from them says what the one made from the file says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from banditsvc.audience.columns_at_hand import ColumnsAtHand
from banditsvc.audience.write_part import write_part
from banditsvc.store.part_index import PartIndex, RowCustomers, index_path, open_index, write_index
from tests.audience.test_part_in_log import canonical_audience
from tests.audience.test_write_part import part_of


def _said(index: PartIndex) -> list[object]:
    """Returns all that an index says, whatever the order of its kinds, and so of their terms."""
    kinds = [index.kind(place) for place in range(len(index.rows))]
    ids = index.customer_ids.to_pylist()
    return [list(index.rows), index.hashes.tolist(), ids, kinds, set(index.contact_terms), index.request]


@pytest.mark.parametrize("seed", range(25))
def test_an_index_of_columns_at_hand_is_that_of_the_file(tmp_path: Path, seed: int) -> None:
    """Rows, customers, kinds, terms and request are the same, though nothing of the file was read."""
    audience = canonical_audience(seed)
    path = tmp_path / "part.parquet"
    with np.errstate(all="ignore"):
        table = part_of(audience)
    write_part(path, table, audience.terms, 3)
    rows = audience.rows
    customers = RowCustomers(rows.hashes(), rows.rows, rows.customer_ids)
    key = audience.terms.run_id, 3
    write_index(path, key, ColumnsAtHand(table), customers)
    written = index_path(path).read_bytes()
    at_hand = _said(open_index(path, key))
    assert written == index_path(path).read_bytes()
    index_path(path).unlink()
    assert _said(open_index(path, key)) == at_hand
