"""Encoding by columns: the same features as one context at a time, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.bins import logarithmic_bin, logarithmic_bins
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec
from tests.core.context_columns_cases import SPECS, random_columns

laws = settings(max_examples=60, deadline=None, derandomize=True)


@laws
@given(
    seed=st.integers(0, 10**9),
    rows=st.integers(0, 30),
    spec=st.sampled_from(SPECS),
    channel=st.sampled_from(["", "email"]),
    placement=st.sampled_from(["", "top"]),
)
def test_columns_are_encoded_as_their_contexts(
    seed: int, rows: int, spec: EncoderSpec, channel: str, placement: str
) -> None:
    """Each row of a batch is what the encoder makes of its context alone, bit for bit, for every spec."""
    encoder = Encoder(spec)
    columns = random_columns(np.random.default_rng(seed), rows)
    batch = ColumnEncoder(encoder).encode(columns, channel, placement)
    expected = [encoder.context(columns.context(row), channel, placement) for row in range(rows)]
    assert expected == batch.contexts(np.arange(rows))
    assert rows == len(batch)


@laws
@given(seed=st.integers(0, 10**9))
def test_what_was_encoded_before_changes_nothing(seed: int) -> None:
    """An encoder that has met other columns encodes as a new one does."""
    rng = np.random.default_rng(seed)
    used = ColumnEncoder(Encoder(SPECS[seed % 3]))
    for _ in range(3):
        columns = random_columns(rng, 9)
        fresh = ColumnEncoder(Encoder(SPECS[seed % 3])).encode(columns)
        every = np.arange(9)
        assert fresh.contexts(every) == used.encode(columns).contexts(every)


def test_nothing_known_is_an_empty_context() -> None:
    """Columns of which none is given are as many empty contexts."""
    for spec in SPECS:
        encoder = Encoder(spec)
        batch = ColumnEncoder(encoder).encode(ContextColumns(rows=2))
        assert [encoder.context(ContextColumns(rows=1).context(0))] * 2 == batch.contexts(np.arange(2))


@laws
@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_logarithmic_bins_of_many_are_those_of_each(numbers: list[float]) -> None:
    """The bins of an array are those of its numbers one by one, infinities included."""
    assert [logarithmic_bin(x) for x in numbers] == logarithmic_bins(np.array(numbers)).tolist()


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows_are_no_exception(rows: int) -> None:
    """No row and one row are batches too."""
    columns = random_columns(np.random.default_rng(5), rows)
    assert rows == len(ColumnEncoder(Encoder(SPECS[0])).encode(columns))
