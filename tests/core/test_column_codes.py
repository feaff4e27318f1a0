"""Laws of column codes: which distinct value each row has."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from banditsvc.core.column_codes import distinct_numbers

SMALL, ANY = st.integers(-3, 9), st.integers(-(1 << 63), (1 << 63) - 1)


@given(st.one_of(st.lists(SMALL), st.lists(ANY)))
def test_distinct_numbers_are_those_of_sorting(numbers: list[int]) -> None:
    """Whatever their range, the numbers that occur and the places are those that numpy.unique finds by sorting."""
    column = np.array(numbers, dtype=np.int64)
    used, places = distinct_numbers(column)
    expected = np.unique(column, return_inverse=True)
    assert [one.tolist() for one in expected] == [used.tolist(), places.tolist()]
