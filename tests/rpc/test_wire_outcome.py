"""Outcomes, marks and activations: what is right, and what is named when it is not."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.activation import ActivationState
from banditsvc.core.errors import InvalidRequest
from banditsvc.core.outcome import Feed, FeedMark, Outcome, OutcomeType
from banditsvc.core.outcome_id import outcome_id_of
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_activate import read_activate
from banditsvc.rpc.wire_outcome import read_marks, read_reward, read_rewards
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.reward_call import RewardCall
from banditsvc.v1 import outcome_pb2, ranking_pb2
from tests.rpc.live import START_SECONDS, START_US
from tests.rpc.messages import reward

DAY = 86_400
REFUND = outcome_pb2.OUTCOME_TYPE_REFUND
CUSTOM = outcome_pb2.OUTCOME_TYPE_CUSTOM


def test_the_fullest_outcome() -> None:
    """Every field arrives where it belongs."""
    request = reward(
        type=CUSTOM,
        custom_type="visit",
        amount=0.0,
        currency="EUR",
        occur_time={"seconds": START_SECONDS, "nanos": 1_500},
        outcome_id="o1",
        revision=2,
        machine=True,
        decision_id="d1",
        campaign_id="sale",
    )
    outcome = Outcome(
        portfolio_id="shop",
        outcome_id="o1",
        type=OutcomeType.CUSTOM,
        custom_type="visit",
        amount=0.0,
        occur_time_us=START_US + 1,
        revision=2,
        machine=True,
        decision_id="d1",
        campaign_id="sale",
    )
    assert RewardCall(outcome=outcome, currency="EUR") == read_reward(request, START_US)


def test_who_unsubscribes_may_name_the_channel() -> None:
    """The channel of an UNSUBSCRIBE or COMPLAINT arrives, and makes another outcome by its derived id."""
    for kind in (outcome_pb2.OUTCOME_TYPE_UNSUBSCRIBE, outcome_pb2.OUTCOME_TYPE_COMPLAINT):
        named, unnamed = (read_reward(reward(type=kind, channel=name), START_US).outcome for name in ("email", ""))
        assert ("email", "") == (named.channel, unnamed.channel)
        assert outcome_id_of(named) != outcome_id_of(unnamed)


def test_ids_of_outcomes_are_as_ever() -> None:
    """An outcome without a channel has the id that it always had."""
    assert "auto-ec552b14267487555ad04151c9023798" == outcome_id_of(read_reward(reward(), START_US).outcome)


def test_no_amount_is_not_zero() -> None:
    """An amount that is not set is None."""
    assert read_reward(reward(), START_US).outcome.amount is None


def test_a_refund_needs_no_subject() -> None:
    """A refund names the outcome that it takes back, and nobody else."""
    request = ranking_pb2.RewardRequest(
        portfolio_id="shop",
        outcome={"type": REFUND, "refunded_outcome_id": "o1", "occur_time": {"seconds": START_SECONDS}},
    )
    assert "o1" == read_reward(request, START_US).outcome.refunded_outcome_id


def test_the_batch_names_the_portfolio() -> None:
    """An outcome without a portfolio belongs to the batch's, and one with a portfolio to its own."""
    unnamed = reward()
    unnamed.portfolio_id = ""
    assert "other" == read_reward(unnamed, START_US, "other").outcome.portfolio_id
    assert "shop" == read_reward(reward(), START_US, "other").outcome.portfolio_id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "email"}, "outcome.channel"),
        ({"type": outcome_pb2.OUTCOME_TYPE_UNSUBSCRIBE, "channel": "x" * 129}, "outcome.channel"),
        ({"type": 0}, "outcome.type"),
        ({"type": 77}, "outcome.type"),
        ({"type": CUSTOM}, "outcome.custom_type"),
        ({"custom_type": "visit"}, "outcome.custom_type"),
        ({"type": CUSTOM, "custom_type": "x" * 129}, "outcome.custom_type"),
        ({"amount": nan}, "outcome.amount"),
        ({"amount": float("inf")}, "outcome.amount"),
        ({"amount": -1e13}, "outcome.amount"),
        ({"currency": "euro"}, "outcome.currency"),
        ({"currency": "eur"}, "outcome.currency"),
        ({"occur_time": None}, "outcome.occur_time"),
        ({"occur_time": {"seconds": -1}}, "outcome.occur_time"),
        ({"occur_time": {"seconds": START_SECONDS + DAY + 1}}, "outcome.occur_time"),
        ({"outcome_id": "x" * 129}, "outcome.outcome_id"),
        ({"outcome_id": "a\nb"}, "outcome.outcome_id"),
        ({"revision": -1}, "outcome.revision"),
        ({"revision": 1_000_001}, "outcome.revision"),
        ({"decision_id": ""}, "outcome.decision_id"),
        ({"customer_id": None}, "outcome.decision_id"),
        ({"customer_id": "x" * 129}, "outcome.customer_id"),
        ({"campaign_id": "x" * 129}, "outcome.campaign_id"),
        ({"refunded_outcome_id": "o1"}, "outcome.refunded_outcome_id"),
        ({"type": REFUND}, "outcome.refunded_outcome_id"),
        ({"type": REFUND, "refunded_outcome_id": "o1", "amount": -0.01}, "outcome.amount"),
        ({"decision_id": "dry-run-1"}, "outcome.decision_id"),
    ],
)
def test_one_fault_of_an_outcome_names_its_field(changes: dict[str, Any], field: str) -> None:
    """An outcome with one field at fault is refused by the path of that field alone."""
    with pytest.raises(InvalidRequest) as raised:
        read_reward(reward(**changes), START_US)
    assert [field] == [violation.field for violation in raised.value.violations]


def _request(portfolio_id: str, changes: dict[str, Any]) -> ranking_pb2.RewardRequest:
    request = reward(**changes)
    request.portfolio_id = portfolio_id
    return request


def _read_alone(request: ranking_pb2.RewardRequest) -> object:
    try:
        return read_reward(request, START_US, "other")
    except InvalidRequest as error:
        return error.violations


_REQUESTS = st.builds(
    _request,
    st.sampled_from(["shop", "shop", "", "x" * 129, "a\n"]),
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from([*OutcomeType, 0, 77]),
            "custom_type": st.sampled_from(["", "visit"]),
            "amount": st.sampled_from([0.0, -0.0, 5.5, -1e12, 1e13, nan]),
            "currency": st.sampled_from(["", "EUR", "eur"]),
            "occur_time": st.sampled_from(
                [None, {}, {"seconds": 1, "nanos": 1_999}, {"seconds": START_SECONDS + DAY}, {"nanos": -1}]
            ),
            "outcome_id": st.sampled_from(["o1", "x" * 128, "x" * 129, "a\nb", "\u00e9\u200b"]),
            "revision": st.sampled_from([1, 1_000_000, -1, 1_000_001]),
            "machine": st.booleans(),
            "customer_id": st.sampled_from([None, "", "c1", "x" * 129]),
            "campaign_id": st.sampled_from(["sale", "\x00"]),
            "refunded_outcome_id": st.sampled_from(["", "o1"]),
            "channel": st.sampled_from(["", "email"]),
        },
    )
    | st.fixed_dictionaries({"decision_id": st.sampled_from(["d1", "dry-run-1", "a dry-run-1", ""])}),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.just(reward()) | _REQUESTS, max_size=9))
def test_outcomes_read_together_are_as_if_each_were_read_alone(requests: list[ranking_pb2.RewardRequest]) -> None:
    """In a batch each outcome is what it is by itself, and each that is at fault has its own faults named."""
    together = [
        found.violations if isinstance(found, InvalidRequest) else found
        for found in read_rewards(requests, START_US, "other")
    ]
    assert [_read_alone(request) for request in requests] == together


def test_all_faults_of_an_outcome_at_once() -> None:
    """An outcome with many faults names all of them; an empty request names what it lacks."""
    with pytest.raises(InvalidRequest) as raised:
        read_reward(reward(type=0, amount=nan, occur_time=None, revision=-1, currency="x"), START_US)
    expected = {"outcome.type", "outcome.amount", "outcome.occur_time", "outcome.revision", "outcome.currency"}
    assert expected == {violation.field for violation in raised.value.violations}
    with pytest.raises(InvalidRequest) as raised:
        read_reward(ranking_pb2.RewardRequest(), START_US)
    assert ["portfolio_id", "outcome"] == [violation.field for violation in raised.value.violations]


def marks_of(*marks: dict[str, Any], portfolio_id: str = "shop") -> tuple[tuple[FeedMark, ...], list[str]]:
    """Returns marks as read, and the fields at fault."""
    faults = Faults()
    read = read_marks([outcome_pb2.FeedMark(**mark) for mark in marks], portfolio_id, START_US, faults)
    return read, [violation.field for violation in faults.violations]


def test_marks() -> None:
    """A mark belongs to the batch's portfolio."""
    mark = {"type": CUSTOM, "custom_type": "visit", "complete_through": {"seconds": START_SECONDS}}
    feed = Feed(type=OutcomeType.CUSTOM, custom_type="visit")
    expected = FeedMark(portfolio_id="shop", feed=feed, complete_through_us=START_US)
    assert ((expected,), []) == marks_of(mark)


def test_faults_of_marks() -> None:
    """A mark says a feed and a time that is not in the future, of a batch that says its portfolio."""
    future = {"type": 1, "complete_through": {"seconds": START_SECONDS, "nanos": 1_000}}
    _, fields = marks_of({}, future, portfolio_id="")
    expected = [
        "portfolio_id",
        "complete_through[0].type",
        "complete_through[0].complete_through",
        "complete_through[1].complete_through",
    ]
    assert expected == fields
    assert ["complete_through"] == marks_of(*[{"type": 1}] * 101)[1]


def test_an_activation() -> None:
    """Every field of an activation arrives where it belongs; without a time it is left to the service."""
    request = ranking_pb2.ActivateRequest(
        decision_id="d1",
        state=ranking_pb2.ACTIVATION_STATE_REPLACED_BY,
        activate_time={"seconds": START_SECONDS},
        replaced_by_campaign_id="sale",
    )
    expected = ActivateCall(
        decision_id="d1", state=ActivationState.REPLACED_BY, activate_time_us=START_US, replaced_by="sale"
    )
    assert expected == read_activate(request)
    sent = ranking_pb2.ActivateRequest(decision_id="d1", state=ranking_pb2.ACTIVATION_STATE_SENT)
    assert read_activate(sent).activate_time_us is None


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({}, ["decision_id", "state"]),
        ({"decision_id": "dry-run-1"}, ["decision_id", "state"]),
        ({"decision_id": "d", "state": 4}, ["state"]),
        ({"decision_id": "d", "state": 3}, ["replaced_by_campaign_id"]),
        ({"decision_id": "d", "state": 1, "replaced_by_campaign_id": "a"}, ["replaced_by_campaign_id"]),
        ({"decision_id": "d", "state": 1, "reason": "full"}, ["reason"]),
        ({"decision_id": "d", "state": 2, "reason": "x" * 257}, ["reason"]),
        ({"decision_id": "d", "state": 1, "activate_time": {"seconds": -6}}, ["activate_time"]),
    ],
)
def test_faults_of_an_activation(members: dict[str, Any], fields: list[str]) -> None:
    """An activation that is not right names every field at fault."""
    with pytest.raises(InvalidRequest) as raised:
        read_activate(ranking_pb2.ActivateRequest(**members))
    assert fields == [violation.field for violation in raised.value.violations]
