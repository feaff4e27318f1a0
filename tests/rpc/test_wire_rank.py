"""Rank requests: what is right, and what is named when it is not."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import Campaign
from banditsvc.core.consent import ConsentState, GivenConsent
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import RankInput
from banditsvc.core.errors import InvalidRequest, Unsupported
from banditsvc.rpc.wire_rank import read_rank
from banditsvc.rpc.wire_text import are_ids, text_fault
from banditsvc.serving.ranking import RankCall
from banditsvc.v1 import context_pb2, ranking_pb2
from tests.rpc.live import START_SECONDS, START_US
from tests.rpc.messages import rank

DAY = 86_400


def faults_of(request: ranking_pb2.RankRequest) -> dict[str, str]:
    """Returns the fields at fault with their descriptions."""
    with pytest.raises(InvalidRequest) as raised:
        read_rank(request, START_US)
    return {violation.field: violation.description for violation in raised.value.violations}


def test_the_least_request() -> None:
    """A portfolio and a customer are enough: the rest is unknown, and the time is now."""
    wanted = RankInput(portfolio_id="shop", customer_id="c1", send_time_us=START_US)
    least = ranking_pb2.RankRequest(portfolio_id="shop", customer_id="c1")
    assert RankCall(input=wanted) == read_rank(least, START_US)


def test_own_ids_have_no_slash() -> None:
    """An id with a slash is that of a row of an audience, which no caller may give."""
    expected = {
        "decision_id": "must have no '/': ids with one are those of an audience's rows; use another sign, such as ':'"
    }
    assert expected == faults_of(rank(decision_id="night/1"))


def test_the_fullest_request() -> None:
    """Every field arrives where it belongs."""
    request = ranking_pb2.RankRequest(
        portfolio_id="shop",
        customer_id="c1",
        context=context_pb2.CustomerContext(
            recency_days=0.0,
            frequency=2.0,
            monetary=99.5,
            r=1,
            f=2,
            m=5,
            segment="",
            lifecycle_stage=context_pb2.LIFECYCLE_STAGE_AT_RISK,
            favourites={"shoes": 2.0},
            features={
                "number": context_pb2.FeatureValue(number=0.0),
                "text": context_pb2.FeatureValue(text=""),
                "flag": context_pb2.FeatureValue(flag=False),
                "texts": context_pb2.FeatureValue(texts=context_pb2.TextList(texts=["a", "b"])),
            },
        ),
        candidates=[{"campaign_id": "sale"}, {"inline": {"campaign_id": "new", "category": "shoes"}}],
        excluded_campaign_ids=["NO_CONTACT"],
        occasion="2027-01-15/email",
        decision_id="d2",
        supersedes="d1",
        send_time={"seconds": START_SECONDS + DAY, "nanos": 5_999},
        channel="email",
        placement="top",
        defer_activation=True,
        dry_run=True,
        is_test=True,
        limit=1,
        ranking_limit=3,
        assignment_key="household 7",
        consents=[{"purpose": "marketing", "channel": "email", "state": 1}, {"state": 2}],
        forced_campaign_id="sale",
        force_reason="promised\nby phone",
    )
    context = CustomerContext(
        recency_days=0.0,
        frequency=2.0,
        monetary=99.5,
        r=1,
        f=2,
        m=5,
        segment="",
        lifecycle_stage=LifecycleStage.AT_RISK,
        favourites={"shoes": 2.0},
        features={"number": 0.0, "text": "", "flag": False, "texts": ("a", "b")},
    )
    wanted = RankInput(
        portfolio_id="shop",
        customer_id="c1",
        send_time_us=START_US + DAY * 1_000_000 + 5,
        context=context,
        candidates=("sale", Campaign(campaign_id="new", category="shoes")),
        excluded=("NO_CONTACT",),
        occasion="2027-01-15/email",
        supersedes="d1",
        channel="email",
        placement="top",
        defer_activation=True,
        is_test=True,
        has_send_time=True,
        assignment_key="household 7",
        consents=(
            GivenConsent(purpose="marketing", channel="email", state=ConsentState.GRANTED),
            GivenConsent(state=ConsentState.DENIED),
        ),
        forced_campaign_id="sale",
        force_reason="promised\nby phone",
    )
    assert RankCall(input=wanted, decision_id="d2", dry_run=True) == read_rank(request, START_US)


def test_unknown_is_not_zero() -> None:
    """A field that is not set is None, and one that is set to zero is zero."""
    read = read_rank(rank(context={"frequency": 0.0}), START_US).input.context
    assert (None, 0.0, None) == (read.recency_days, read.frequency, read.monetary)


def test_a_list_of_texts_means_the_same_in_any_order() -> None:
    """The order of the texts of a feature and repeats among them make no other request."""
    first, second = (
        read_rank(rank(context={"features": {"seen": {"texts": {"texts": texts}}}}), START_US)
        for texts in (["shoes", "bags", "hats"], ["hats", "shoes", "bags", "shoes"])
    )
    assert first == second


ONE_FAULT: list[tuple[dict[str, Any], str]] = [
    ({"assignment_key": "x" * 129}, "assignment_key"),
    ({"consents": [{"purpose": "p", "state": 2}] * 101}, "consents"),
    ({"consents": [{"purpose": "p", "state": 2}, {"purpose": "p"}]}, "consents[1].state"),
    ({"consents": [{"purpose": "p", "state": 9}]}, "consents[0].state"),
    ({"consents": [{"channel": "email", "state": 1}]}, "consents[0].purpose"),
    ({"consents": [{"purpose": "x" * 129, "state": 2}]}, "consents[0].purpose"),
    ({"consents": [{"channel": "x" * 129, "state": 2}]}, "consents[0].channel"),
    ({"forced_campaign_id": "x" * 129, "force_reason": "r"}, "forced_campaign_id"),
    ({"forced_campaign_id": "a"}, "force_reason"),
    ({"force_reason": "r"}, "force_reason"),
    ({"forced_campaign_id": "a", "force_reason": "r" * 257}, "force_reason"),
    ({"forced_campaign_id": "a", "force_reason": "r", "excluded_campaign_ids": ["a"]}, "forced_campaign_id"),
    ({"portfolio_id": ""}, "portfolio_id"),
    ({"portfolio_id": "x" * 129}, "portfolio_id"),
    ({"customer_id": ""}, "customer_id"),
    ({"customer_id": "a\tb"}, "customer_id"),
    ({"occasion": "x" * 129}, "occasion"),
    ({"decision_id": "\x7f"}, "decision_id"),
    ({"decision_id": "d", "supersedes": "d"}, "supersedes"),
    ({"supersedes": "x" * 129}, "supersedes"),
    ({"decision_id": "dry-run-1"}, "decision_id"),
    ({"supersedes": "dry-run-1"}, "supersedes"),
    ({"channel": "x" * 129}, "channel"),
    ({"placement": "a\u2028b"}, "placement"),
    ({"send_time": {"seconds": START_SECONDS + 31 * DAY}}, "send_time"),
    ({"send_time": {"seconds": START_SECONDS - 2 * DAY}}, "send_time"),
    ({"send_time": {"seconds": START_SECONDS, "nanos": -1}}, "send_time"),
    ({"send_time": {"seconds": START_SECONDS, "nanos": 1_000_000_000}}, "send_time"),
    ({"send_time": {"seconds": 2**62}}, "send_time"),
    ({"limit": 0}, "limit"),
    ({"limit": -1}, "limit"),
    ({"ranking_limit": 0}, "ranking_limit"),
    ({"ranking_limit": 501}, "ranking_limit"),
    ({"candidates": [{"campaign_id": f"c{i}"} for i in range(501)]}, "candidates"),
    ({"candidates": [{"campaign_id": "a"}, {}]}, "candidates[1]"),
    ({"candidates": [{"campaign_id": ""}]}, "candidates[0].campaign_id"),
    ({"candidates": [{"campaign_id": "x" * 129}]}, "candidates[0].campaign_id"),
    ({"candidates": [{"campaign_id": "a"}, {"campaign_id": "a"}]}, "candidates[1].campaign_id"),
    (
        {"candidates": [{"campaign_id": "a"}, {"inline": {"campaign_id": "a"}}]},
        "candidates[1].inline.campaign_id",
    ),
    ({"candidates": [{"inline": {"campaign_id": "NO_CONTACT"}}]}, "candidates[0].inline.campaign_id"),
    ({"candidates": [{"inline": {}}]}, "candidates[0].inline.campaign_id"),
    (
        {"candidates": [{"inline": {"campaign_id": "a", "features": {"score": {"number": nan}}}}]},
        'candidates[0].inline.features["score"].number',
    ),
    ({"candidates": [{"inline": {"campaign_id": "a", "type": 9}}]}, "candidates[0].inline.type"),
    ({"excluded_campaign_ids": [f"c{i}" for i in range(501)]}, "excluded_campaign_ids"),
    ({"excluded_campaign_ids": ["a", ""]}, "excluded_campaign_ids[1]"),
    ({"context": {"recency_days": -1.0}}, "context.recency_days"),
    ({"context": {"recency_days": 36_501.0}}, "context.recency_days"),
    ({"context": {"frequency": -1.0}}, "context.frequency"),
    ({"context": {"frequency": nan}}, "context.frequency"),
    ({"context": {"monetary": inf}}, "context.monetary"),
    ({"context": {"monetary": 1e13}}, "context.monetary"),
    ({"context": {"r": 0}}, "context.r"),
    ({"context": {"f": 6}}, "context.f"),
    ({"context": {"m": -5}}, "context.m"),
    ({"context": {"segment": "x" * 129}}, "context.segment"),
    ({"context": {"lifecycle_stage": 99}}, "context.lifecycle_stage"),
    ({"context": {"favourites": {"shoes": -1.0}}}, 'context.favourites["shoes"]'),
    ({"context": {"favourites": {"shoes": 1001.0}}}, 'context.favourites["shoes"]'),
    ({"context": {"favourites": {"": 1.0}}}, 'context.favourites[""]'),
    ({"context": {"favourites": {f"f{i}": 1.0 for i in range(101)}}}, "context.favourites"),
    ({"context": {"features": {f"f{i}": {"flag": True} for i in range(257)}}}, "context.features"),
    ({"context": {"features": {"a": {}}}}, 'context.features["a"]'),
    ({"context": {"features": {"a": {"number": -inf}}}}, 'context.features["a"].number'),
    ({"context": {"features": {"a": {"number": 1e16}}}}, 'context.features["a"].number'),
    ({"context": {"features": {"a": {"text": "x" * 129}}}}, 'context.features["a"].text'),
    ({"context": {"features": {"a": {"texts": {"texts": ["a"] * 101}}}}}, 'context.features["a"].texts.texts'),
    (
        {"context": {"features": {"a": {"texts": {"texts": ["a", "x" * 129]}}}}},
        'context.features["a"].texts.texts[1]',
    ),
    ({"context": {"features": {"x" * 129: {"flag": True}}}}, f'context.features["{"x" * 40}..."]'),
]


@pytest.mark.parametrize(("changes", "field"), ONE_FAULT)
def test_one_fault_names_its_field(changes: dict[str, Any], field: str) -> None:
    """A request with one field at fault is refused by the path of that field alone."""
    assert [field] == list(faults_of(rank(**changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"portfolio_id": "x" * 128},
        {"customer_id": "\u00e9\u00a0\u3042 :|"},
        {"send_time": {"seconds": START_SECONDS + 30 * DAY}},
        {"send_time": {"seconds": START_SECONDS - DAY}},
        {"candidates": [{"campaign_id": f"c{i}"} for i in range(500)]},
        {"candidates": [{"campaign_id": "NO_CONTACT"}]},
        {"ranking_limit": 500, "limit": 1},
        {"assignment_key": "x" * 128, "forced_campaign_id": "x" * 128, "force_reason": "r" * 256},
        {"consents": [{"purpose": "x" * 128, "channel": "x" * 128, "state": 1}] * 100},
        {"context": {"recency_days": 36_500.0, "frequency": 1e9, "monetary": 1e12}},
        {"context": {"features": {"a": {"number": 1e15}, "b": {"text": "two\nlines"}}}},
    ],
)
def test_the_edges_are_within(changes: dict[str, Any]) -> None:
    """Values at the very limit are right."""
    assert isinstance(read_rank(rank(**changes), START_US), RankCall)


def test_all_faults_at_once() -> None:
    """A request with many faults names all of them."""
    request = rank(
        "",
        portfolio_id="",
        context={"frequency": -1.0, "features": {"a": {"number": nan}}},
        candidates=[{"campaign_id": "a"}, {"campaign_id": "a"}, {"inline": {"campaign_id": "", "state": 77}}],
        send_time={"seconds": 1},
        limit=2,
        ranking_limit=-3,
    )
    expected = {
        "portfolio_id",
        "customer_id",
        "context.frequency",
        'context.features["a"].number',
        "candidates[1].campaign_id",
        "candidates[2].inline.campaign_id",
        "candidates[2].inline.state",
        "send_time",
        "ranking_limit",
    }
    assert expected == set(faults_of(request))


def test_more_than_one_campaign_is_not_supported() -> None:
    """A limit above 1 is right in itself, and not supported."""
    with pytest.raises(Unsupported):
        read_rank(rank(limit=2), START_US)


@settings(derandomize=True)
@given(st.lists(st.one_of(st.text(max_size=4), st.sampled_from(["x" * 128, "x" * 129, "a\nb"])), max_size=6))
def test_the_quick_look_at_ids_is_never_wrong(texts: list[str]) -> None:
    """Ids that pass at a glance are right and distinct one by one."""
    if are_ids(texts):
        assert not any(map(text_fault, texts))
        assert len(texts) == len(set(texts))
