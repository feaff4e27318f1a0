"""Plain values to messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.client.plain import message_of, time_of
from banditsvc.v1 import campaign_pb2, context_pb2, policy_pb2, portfolio_pb2


def test_a_context_of_plain_values() -> None:
    """Numbers, texts, flags and lists become features by their type, and a list of favourites weighs 1 each."""
    expected = context_pb2.CustomerContext(
        recency_days=3.0,
        segment="vip",
        lifecycle_stage=context_pb2.LIFECYCLE_STAGE_AT_RISK,
        favourites={"shoes": 1.0, "coats": 1.0},
        features={
            "age": context_pb2.FeatureValue(number=41),
            "city": context_pb2.FeatureValue(text="Bern"),
            "is_member": context_pb2.FeatureValue(flag=True),
            "visited": context_pb2.FeatureValue(texts=context_pb2.TextList(texts=["a", "b"])),
        },
    )
    plain = {
        "recency_days": 3,
        "monetary": None,
        "segment": "vip",
        "lifecycle_stage": "AT_RISK",
        "favourites": ["shoes", "coats"],
        "features": {"age": 41, "city": "Bern", "is_member": True, "visited": {"b", "a"}},
    }
    assert expected == message_of(context_pb2.CustomerContext, plain)


def test_a_portfolio_of_plain_values() -> None:
    """Nested mappings, spans of every form and enum names of either form are understood."""
    expected = portfolio_pb2.Portfolio(
        portfolio_id="shop",
        reward_spec={
            "weights": [{"type": 4, "measure": 2, "weight": 0.5}],
            "outcome_window": {"seconds": 90},
            "attribution": portfolio_pb2.ATTRIBUTION_SPLIT,
        },
        settle_spec={"grace": {"seconds": 86_400}, "activation_deadline": {"seconds": 5}},
        encoder_spec={"number_edges": {"age": {"edges": [18.0, 65.0]}}},
    )
    plain = {
        "portfolio_id": "shop",
        "reward_spec": {
            "weights": [{"type": "CONVERSION", "measure": "MEASURE_AMOUNT", "weight": 0.5}],
            "outcome_window": "90s",
            "attribution": "SPLIT",
        },
        "settle_spec": {"grace": 86_400, "activation_deadline": timedelta(seconds=5)},
        "encoder_spec": {"number_edges": {"age": {"edges": [18.0, 65.0]}}},
    }
    assert expected == message_of(portfolio_pb2.Portfolio, plain)


def test_an_empty_message_is_set() -> None:
    """An empty mapping chooses its member of a choice."""
    assert "greedy" == message_of(policy_pb2.Policy, {"greedy": {}}).WhichOneof("exploration")


def test_a_message_is_taken_as_it_is() -> None:
    """A message passes unchanged, on its own and within a mapping."""
    feature = context_pb2.FeatureValue(flag=True)
    campaign = campaign_pb2.Campaign(campaign_id="a", features={"x": feature})
    assert campaign is message_of(campaign_pb2.Campaign, campaign)
    assert campaign == message_of(campaign_pb2.Campaign, {"campaign_id": "a", "features": {"x": feature}})


def test_times() -> None:
    """A datetime counts in its own time zone, and one that says none is refused."""
    expected = Timestamp(seconds=1_800_000_000)
    moment = datetime.fromtimestamp(1_800_000_000, UTC)
    assert expected == time_of(moment) == time_of(moment.astimezone(timezone(timedelta(hours=5)))) == time_of(expected)
    with pytest.raises(TypeError, match="time zone"):
        time_of(moment.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("kind", "plain", "text"),
    [
        (context_pb2.CustomerContext, {"recency": 3}, "has no recency"),
        (context_pb2.CustomerContext, {"lifecycle_stage": "SLEEPY"}, "is none of PROSPECT"),
        (campaign_pb2.Campaign, "sale", "takes a mapping"),
        (portfolio_pb2.EncoderSpec, {"recency_edges": "1,2"}, "takes a list"),
        (campaign_pb2.Campaign, {"start_time": "tomorrow"}, "no RFC 3339 time"),
        (campaign_pb2.Campaign, {"start_time": 3}, "a time is a datetime"),
    ],
)
def test_what_does_not_fit_is_named(kind: type[Message], plain: Any, text: str) -> None:
    """A misspelt name or a value of the wrong kind is a TypeError that says what would fit."""
    with pytest.raises(TypeError, match=text):
        message_of(kind, plain)
