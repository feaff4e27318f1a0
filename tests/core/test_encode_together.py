"""Laws of encoding contexts together."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.encode_together import encode_together
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec
from tests.core.context_columns_cases import SPECS
from tests.core.test_columns_of_contexts import contexts

MOST_ALONE = 20
ASKED = [
    RankInput(portfolio_id="shop", customer_id=f"c{number}", send_time_us=number, channel="email")
    for number in range(MOST_ALONE + 1)
]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(some=st.lists(contexts, min_size=1, max_size=8), spec=st.sampled_from(SPECS))
def test_contexts_together_have_the_features_of_each_alone(some: list[CustomerContext], spec: EncoderSpec) -> None:
    """Many contexts encoded together have the features that each has alone, bit for bit."""
    encoder = Encoder(spec)
    asked = [
        structs.replace(one, context=context)
        for one, context in zip(ASKED, islice(cycle(some), len(ASKED)), strict=True)
    ]
    batch = encode_together(ColumnEncoder(encoder), asked, MOST_ALONE)
    assert batch is not None
    assert [encoder.context(one.context, one.channel, one.placement) for one in asked] == batch.contexts()


def test_what_columns_cannot_say_is_left_to_each_alone() -> None:
    """Few requests, several channels, calendar features and contexts without room in columns are not encoded together."""
    plain = ColumnEncoder(Encoder(EncoderSpec()))
    by_day = replace(EncoderSpec(), calendar_features=(CalendarFeature.DAY_OF_WEEK,))
    of_two_kinds = [
        structs.replace(one, context=CustomerContext(features={"plan": 1.0 if number % 2 else "gold"}))
        for number, one in enumerate(ASKED)
    ]
    assert encode_together(plain, ASKED, MOST_ALONE) is not None
    refused = [
        encode_together(plain, ASKED, len(ASKED)),
        encode_together(plain, [*ASKED, structs.replace(ASKED[0], channel="sms")], MOST_ALONE),
        encode_together(ColumnEncoder(Encoder(by_day)), ASKED, MOST_ALONE),
        encode_together(plain, of_two_kinds, MOST_ALONE),
    ]
    assert [None] * 4 == refused
