"""The column of campaigns that are described with rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from banditsvc.audience.decide_alone import decide_alone
from banditsvc.audience.decide_rows import decide_rows
from banditsvc.audience.decided_rows import DecidedAlone, DecidedColumns
from banditsvc.audience.part_table import part_table
from banditsvc.audience.rooms_left import RoomsLeft
from tests.audience.audience_worlds import random_audience
from tests.audience.described_worlds import with_pairs
from tests.audience.test_decide_rows import decided, logged


def test_many_features_are_logged_too() -> None:
    """A pair may have more features than a file has columns for."""
    audience = with_pairs(random_audience(3, 6), 3)
    pairs = audience.rows.pairs
    assert pairs is not None
    count = int(pairs.starts.max()) + len(pairs.campaigns)
    scores = {f"score {number}": np.linspace(number, number + 1, count) for number in range(70)}
    audience = replace(audience, rows=replace(audience.rows, pairs=replace(pairs, features=scores)))

    assert logged(audience.ranked()) == decided(audience, audience.rows, audience.rooms())


@pytest.mark.parametrize("seed", range(4))
def test_rows_decided_one_by_one_stand_beside_others(seed: int) -> None:
    """Where some rows of a part are decided alone, its columns say the same of all."""
    audience = with_pairs(random_audience(seed, 8), seed)
    active, rows, terms = audience.active, audience.rows, audience.terms
    with np.errstate(all="ignore"):
        whole = decide_rows(active, rows, terms)
        (block,) = whole.blocks
        assert isinstance(block, DecidedColumns)
        rest = slice(4, 8)
        alone = DecidedAlone(span=rest, decisions=decide_alone(active, rows, terms, RoomsLeft(()), rest))
        mixed = part_table(active, rows, terms, replace(whole, blocks=[block.head(4), alone]))

    assert part_table(active, rows, terms, whole).whole("night").to_pylist() == mixed.whole("night").to_pylist()
