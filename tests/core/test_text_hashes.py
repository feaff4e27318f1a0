"""The customer hash of many ids."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from banditsvc.core.customer_hash import customer_hashes
from banditsvc.text_hashes import text_hashes


@given(ids=st.lists(st.text(st.characters(codec="utf-8"), max_size=70), max_size=30), start=st.integers(0, 30))
def test_hashes_of_many_are_those_of_each(ids: list[str], start: int) -> None:
    """Each id has the hash that it has alone, of any length and from any place of a column."""
    column = pa.array(ids, pa.string()).slice(start)

    assert customer_hashes(ids[start:]).tolist() == text_hashes(column).tolist()
