"""Decisions as callers see them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.settle import SettleState
from banditsvc.ports import Recorded
from banditsvc.rpc.wire_decision import decision_bytes, write_decision_view
from banditsvc.serving.inspecting import DecisionView
from banditsvc.v1 import decision_pb2, ranking_pb2
from tests.rpc.live import START_SECONDS, START_US

INPUT = RankInput(portfolio_id="shop", customer_id="c1", send_time_us=START_US, occasion="o", is_test=True)


def decision(**changes: Any) -> Decision:
    """Returns a decision for one of three."""
    members: dict[str, Any] = {
        "decision_id": "d1",
        "input": INPUT,
        "result": Result.CAMPAIGN,
        "decided_by": DecidedBy.POLICY,
        "campaign_id": "b",
        "eligible": ("a", "b", "c"),
        "selection_probabilities": (0.2, 0.3, 0.5),
        "predicted_rewards": ((1.0, 2.0, 3.0),),
    }
    return Decision(**(members | changes))


def written(made: Decision, ranking_limit: int | None = None) -> decision_pb2.Decision:
    """Returns a decision as a message."""
    return decision_pb2.Decision.FromString(decision_bytes(Recorded(7, START_US + 5, made), ranking_limit))


def test_the_chosen_one_is_first() -> None:
    """The ranking has the chosen campaign first, then the others by predicted reward; each with its own figures."""
    expected = [("b", 0.3, 2.0), ("c", 0.5, 3.0), ("a", 0.2, 1.0)]
    found = [(r.campaign_id, r.selection_probability, r.predicted_reward) for r in written(decision()).ranking]
    assert expected == found


@settings(derandomize=True)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=6), st.data())
def test_the_ranking_is_in_order(predicted: list[float], data: st.DataObject) -> None:
    """Behind the chosen campaign the ranking falls by predicted reward, and where that ties rises by campaign_id."""
    ids = tuple(f"c{i}" for i in range(len(predicted)))
    chosen = data.draw(st.sampled_from(ids))
    made = decision(
        campaign_id=chosen,
        eligible=ids,
        selection_probabilities=(1.0 / len(ids),) * len(ids),
        predicted_rewards=(tuple(predicted),),
    )
    by_reward = sorted(ids, key=lambda campaign_id: (-predicted[ids.index(campaign_id)], campaign_id))
    expected = [chosen, *(campaign_id for campaign_id in by_reward if campaign_id != chosen)]
    assert expected == [ranked.campaign_id for ranked in written(made).ranking]


def paired(**changes: Any) -> Decision:
    """Returns a decision for the pair (b, y); a has no treatments."""
    members: dict[str, Any] = {
        "eligible": ("a", "b", "b", "c", "c"),
        "treatments": ("", "x", "y", "x", "z"),
        "treatment_id": "y",
        "selection_probabilities": (0.2, 0.1, 0.3, 0.4, 0.0),
        "predicted_rewards": ((1.0, 5.0, 2.0, 3.0, 4.0),),
    }
    return decision(**(members | changes))


def test_pairs_are_put_together() -> None:
    """A campaign has the sum of its pairs' probabilities and the best of their rewards, its treatments best first."""
    message = written(paired())
    found = [
        (
            ranked.campaign_id,
            ranked.selection_probability,
            ranked.predicted_reward,
            [(treatment.treatment_id, treatment.treatment_probability) for treatment in ranked.treatments],
        )
        for ranked in message.ranking
    ]
    expected = [
        ("b", 0.4, 5.0, [("x", 0.25), ("y", 0.3 / 0.4)]),
        ("c", 0.4, 4.0, [("z", 0.0), ("x", 1.0)]),
        ("a", 0.2, 1.0, []),
    ]
    assert expected == found
    assert ("b", "y", 0.4, 0.3 / 0.4) == (
        message.campaign_id,
        message.treatment_id,
        message.selection_probability,
        message.treatment_probability,
    )


def test_a_limit_counts_campaigns() -> None:
    """With treatments too, a limit keeps that many campaigns, each with all its treatments."""
    assert [("b", 2), ("c", 2)] == [(one.campaign_id, len(one.treatments)) for one in written(paired(), 2).ranking]


def test_a_campaign_without_treatments_has_treatment_probability_one() -> None:
    """Where the chosen campaign has no treatments there is no treatment_id, and its probability is 1."""
    message = written(paired(campaign_id="a", treatment_id=""))
    assert ("", 1.0, 0.2) == (message.treatment_id, message.treatment_probability, message.selection_probability)


def test_what_is_passed_through() -> None:
    """A decision carries its message fields, why it was forced, and the unit of assignment."""
    forced = Recorded(7, START_US, decision(force_reason="pin:vip"))
    message = decision_pb2.Decision.FromString(decision_bytes(forced, None, {"template": "t1"}))
    assert ({"template": "t1"}, "pin:vip", "c1") == (
        dict(message.message_fields),
        message.force_reason,
        message.assignment_key,
    )
    household = decision(input=structs.replace(INPUT, assignment_key="house 9"))
    assert "house 9" == written(household).assignment_key


def test_ranking_limit_shortens_the_ranking() -> None:
    """A limit keeps the head of the ranking and everything else of the decision."""
    assert ["b", "c"] == [ranked.campaign_id for ranked in written(decision(), 2).ranking]
    assert 0.3 == written(decision(), 1).selection_probability


def test_an_ensemble_shows_its_mean() -> None:
    """The predicted reward of an ensemble is the mean over its members; where no model was asked it is zero."""
    ensemble = decision(predicted_rewards=((1.0, 2.0, 3.0), (3.0, 2.0, 5.0)))
    assert [2.0, 4.0, 2.0] == [ranked.predicted_reward for ranked in written(ensemble).ranking]
    unasked = decision(predicted_rewards=())
    assert ["b", "a", "c"] == [ranked.campaign_id for ranked in written(unasked).ranking]


def test_a_decision_of_nothing() -> None:
    """Where nothing was eligible there is no campaign and no ranking, and the rejections say why."""
    rejection = Rejection("a", FunnelStage.VALIDITY, "state", "is paused")
    nothing = decision(
        result=Result.NO_ELIGIBLE,
        campaign_id="",
        eligible=(),
        selection_probabilities=(),
        predicted_rewards=(),
        rejections=(rejection,),
    )
    message = written(nothing)
    assert ("", 1.0, []) == (message.campaign_id, message.selection_probability, list(message.ranking))
    stage = decision_pb2.FUNNEL_STAGE_VALIDITY
    assert [decision_pb2.Rejection(campaign_id="a", stage=stage, rule="state", reason="is paused")] == list(
        message.rejections
    )


def test_times_and_input_of_a_decision() -> None:
    """A decision carries what was asked, when it was logged and when it goes out."""
    message = written(decision())
    assert ("shop", "c1", "o", True) == (message.portfolio_id, message.customer_id, message.occasion, message.is_test)
    assert (START_SECONDS, 5_000) == (message.decision_time.seconds, message.decision_time.nanos)
    assert START_SECONDS == message.send_time.seconds


def view(state: ActivationState | None) -> ranking_pb2.GetDecisionResponse:
    """Returns a decision of which this was said."""
    activation = None
    if state is not None:
        said = Activation(decision_id="d1", portfolio_id="shop", state=state, activate_time_us=START_US)
        activation = Recorded(8, START_US, said)
    return write_decision_view(
        DecisionView(
            decision=Recorded(7, START_US, decision()),
            activation=activation,
            settle_state=SettleState.LAPSED,
            due_time_us=START_US,
            reward=None,
            outcome_ids=("o1",),
        )
    )


def test_a_view_of_a_decision() -> None:
    """A decision of which nothing was said has no activation; an unknown reward is not zero."""
    unsaid = view(None)
    assert ranking_pb2.ACTIVATION_STATE_UNSPECIFIED == unsaid.activation_state
    assert (False, False) == (unsaid.HasField("activate_time"), unsaid.HasField("reward"))
    assert ranking_pb2.SETTLE_STATE_FEED_LAPSED == unsaid.settle_state
    assert ranking_pb2.ACTIVATION_STATE_REPLACED_BY == view(ActivationState.REPLACED_BY).activation_state


def test_a_superseded_decision_was_not_sent() -> None:
    """SUPERSEDED, which callers do not know, shows as NOT_SENT."""
    assert ranking_pb2.ACTIVATION_STATE_NOT_SENT == view(ActivationState.SUPERSEDED).activation_state


def test_enum_numbers_are_those_of_the_contract() -> None:
    """Every member of every enum that goes over the wire has the number that the proto files give it."""
    pairs = [
        (Result, decision_pb2.Result, "RESULT_"),
        (DecidedBy, decision_pb2.DecidedBy, "DECIDED_BY_"),
        (FunnelStage, decision_pb2.FunnelStage, "FUNNEL_STAGE_"),
    ]
    for kind, wire, prefix in pairs:
        expected = {f"{prefix}{member.name}": member.value for member in kind}
        assert expected | {f"{prefix}UNSPECIFIED": 0} == dict(wire.items())
