"""Encoding by columns: the same features as one context at a time, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.bins import logarithmic_bin, logarithmic_bins, number_of_logarithmic_bin
from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.context_columns import Coded, ContextColumns
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.core.times import HOUR_US
from tests.core.context_columns_cases import SPECS, random_columns

laws = settings(max_examples=60, deadline=None, derandomize=True)


@laws
@given(
    seed=st.integers(0, 10**9),
    rows=st.integers(0, 30),
    spec=st.sampled_from(SPECS),
    channel=st.sampled_from(["", "email"]),
    placement=st.sampled_from(["", "top"]),
    calendar=st.sampled_from([(), tuple(CalendarFeature)]),
    hours=st.integers(0, 24 * 366),
)
def test_columns_are_encoded_as_their_contexts(
    seed: int,
    rows: int,
    spec: EncoderSpec,
    channel: str,
    placement: str,
    calendar: tuple[CalendarFeature, ...],
    hours: int,
) -> None:
    """Each row of a batch is what the encoder makes of its context alone, bit for bit, for every spec and send time."""
    crosses = (*spec.crosses, *(("segment", feature.name.lower()) for feature in calendar))
    zoned = replace(spec, calendar_features=calendar, crosses=crosses, calendar_time_zone="Asia/Kolkata")
    encoder, send_time_us = Encoder(zoned), hours * HOUR_US
    columns = random_columns(np.random.default_rng(seed), rows)
    batch = ColumnEncoder(encoder).encode(columns, channel, placement, send_time_us)
    expected = [encoder.context(columns.context(row), channel, placement, send_time_us) for row in range(rows)]
    assert expected == batch.contexts()
    assert rows == len(batch)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**9))
def test_what_was_encoded_before_changes_nothing(seed: int) -> None:
    """An encoder that has met other columns encodes as a new one does."""
    rng = np.random.default_rng(seed)
    used = ColumnEncoder(Encoder(SPECS[seed % 3]))
    for _ in range(3):
        columns = random_columns(rng, 9)
        fresh = ColumnEncoder(Encoder(SPECS[seed % 3])).encode(columns)
        assert fresh.contexts() == used.encode(columns).contexts()


def test_nothing_known_is_an_empty_context() -> None:
    """Columns of which none is given are as many empty contexts."""
    for spec in SPECS:
        encoder = Encoder(spec)
        batch = ColumnEncoder(encoder).encode(ContextColumns(rows=2))
        assert [encoder.context(ContextColumns(rows=1).context(0))] * 2 == batch.contexts()


@pytest.mark.parametrize("number", [0.0, 5e-324, 1e-9, 0.001, 0.7, 1.0, 3.3, 1e9, 1.7e308])
def test_a_bin_has_a_number(number: float) -> None:
    """The number that stands for a logarithmic bin is in it, on either side of 0."""
    for x in (number, -number):
        assert logarithmic_bin(x) == logarithmic_bin(number_of_logarithmic_bin(logarithmic_bin(x)))


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


@pytest.mark.parametrize("spec", SPECS)
def test_many_rows_are_encoded_as_few(spec: EncoderSpec) -> None:
    """A batch that is sorted by a network, in blocks, has the contexts of its parts, bit for bit."""
    columns = random_columns(np.random.default_rng(7), 40_000)
    encoder = ColumnEncoder(Encoder(spec))
    whole = encoder.encode(columns).contexts()
    for start in range(0, 40_000, 1_999):
        rows = np.arange(start, min(start + 100, 40_000))
        assert encoder.encode(columns.take(rows)).contexts() == whole[start : start + 100]


def test_texts_of_many_names_are_encoded_alike() -> None:
    """A column with more texts than are named beforehand is encoded as its contexts, unknown ones included."""
    names = tuple(f"name {number}" for number in range(500))
    encoder = Encoder(EncoderSpec(crosses=(("city", "segment"),)))
    for codes in (np.array([3, 499, -1, 3, 7]), np.array([5, 6]), np.array([-1])):
        columns = ContextColumns(rows=len(codes), segment=Coded(codes, names), features={"city": Coded(codes, names)})
        expected = [encoder.context(columns.context(row)) for row in range(len(codes))]
        assert expected == ColumnEncoder(encoder).encode(columns).contexts()
