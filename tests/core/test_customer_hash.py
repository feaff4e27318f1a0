"""Customer hashes, by which an audience is put in order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.customer_hash import customer_hash, customer_hashes


def test_hashes_stay_as_they_are() -> None:
    """Row numbers are in the log: the hash that orders them may never change."""
    assert [0xAF6C7DB7C05E1EA8, 14490466646156927976, 0] == [
        customer_hash("c-1"),
        customer_hash("é"),
        customer_hash(""),
    ]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=20), max_size=5))
def test_many_have_the_hashes_of_each(customer_ids: list[str]) -> None:
    """Hashes of many are those of each alone, whatever the ids."""
    assert [customer_hash(customer_id) for customer_id in customer_ids] == customer_hashes(customer_ids).tolist()
