"""Joined columns: what is alike is said once, and every form has the same values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from banditsvc.audience.arrow_columns import Alike, ByCode, ListsByCode
from banditsvc.audience.joined_columns import joined, plain
from banditsvc.log_columns import REJECTION

DROPS = [{"campaign_id": one, "stage": "CAPACITY", "rule": "r", "reason": "full"} for one in "ab"]
NONE = np.zeros(0, dtype=np.int32)


def test_lists_that_are_all_alike_are_said_once() -> None:
    """Where every row has the same list, be it empty, the column is alike."""
    both = ListsByCode(np.array([2, 2]), np.array([0, 1, 0, 1], dtype=np.int32), DROPS)
    empty = ListsByCode(np.array([0, 0]), NONE, DROPS)
    kind = pa.list_(REJECTION)
    assert [Alike(DROPS), Alike([])] == [joined(kind, [2], [both]), joined(kind, [2, 2], [empty, empty])]


def test_lists_of_several_blocks_have_their_values() -> None:
    """Lists by code stand for their values, whatever the other blocks hold."""
    some = ListsByCode(np.array([1, 0]), np.array([1], dtype=np.int32), DROPS)
    empty = ListsByCode(np.array([0]), NONE, DROPS)
    kind = pa.list_(REJECTION)
    for others in ([empty], [Alike([])]):
        found = joined(kind, [2, 1], [some, *others])
        assert [[DROPS[1]], [], []] == plain(found, kind).to_pylist()


def test_values_by_code_are_said_once_where_there_is_one() -> None:
    """One value in all rows is alike, and negative codes are null."""
    kind = REJECTION
    assert Alike(DROPS[1]) == joined(kind, [2], [ByCode(np.array([1, 1]), DROPS)])
    assert Alike(None) == joined(kind, [2], [ByCode(np.array([-1, -1]), [])])
    found = joined(kind, [2, 1], [ByCode(np.array([1, -1]), DROPS), ByCode(np.array([0]), DROPS)])
    assert [DROPS[1], None, DROPS[0]] == plain(found, kind).to_pylist()
