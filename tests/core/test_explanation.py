"""Laws of explanations."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.contributions import BASELINE, CAMPAIGN, Contribution
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.explanation import explained_entries, summary
from banditsvc.core.exploration import ExclusiveRules, Exploration, FixedPriority, SquareCB, Uniform
from banditsvc.core.rejection import FunnelStage, Rejection


def decision(**changes: Any) -> Decision:
    """Returns a decision for b of three."""
    members: dict[str, Any] = {
        "decision_id": "d1",
        "input": RankInput(portfolio_id="shop", customer_id="c1", send_time_us=0),
        "result": Result.CAMPAIGN,
        "decided_by": DecidedBy.POLICY,
        "campaign_id": "b",
        "eligible": ("a", "b", "c"),
        "selection_probabilities": (0.2, 0.3, 0.5),
        "predicted_rewards": ((1.0, 2.0, -3.0),),
    }
    return Decision(**(members | changes))


def said(made: Decision, exploration: Exploration | None = None) -> str:
    """Returns the sentence on a decision."""
    return summary(made, explained_entries(made), exploration or SquareCB())


@settings(derandomize=True, max_examples=50)
@given(st.lists(st.tuples(st.floats(-5.0, 5.0), st.floats(0.5, 2.0)), min_size=1, max_size=6), st.data())
def test_entries_are_in_order(drawn: list[tuple[float, float]], data: st.DataObject) -> None:
    """The chosen entry is first; the others fall by weighted reward; gaps are to the best of all."""
    chosen = data.draw(st.integers(0, len(drawn) - 1))
    ids = tuple(f"c{i}" for i in range(len(drawn)))
    made = decision(
        campaign_id=ids[chosen],
        eligible=ids,
        selection_probabilities=(1.0 / len(ids),) * len(ids),
        predicted_rewards=(tuple(reward for reward, _ in drawn),),
        levers=tuple(lever for _, lever in drawn),
    )
    entries = explained_entries(made)
    rest = [entry.weighted_reward for entry in entries[1:]]
    best = max(entry.weighted_reward for entry in entries)
    assert ids[chosen] == entries[0].campaign_id
    assert sorted(rest, reverse=True) == rest
    assert [best - entry.weighted_reward for entry in entries] == [entry.gap for entry in entries]


def test_a_lever_above_one_helps_a_campaign() -> None:
    """A reward of at least 0 is multiplied by its lever, one below 0 divided by it."""
    entries = explained_entries(decision(levers=(2.0, 1.0, 2.0)))
    assert {"a": 2.0, "b": 2.0, "c": -1.5} == {entry.campaign_id: entry.weighted_reward for entry in entries}


def test_pairs_are_entries_of_their_own() -> None:
    """With treatments every pair is explained, the chosen pair first."""
    made = decision(eligible=("a", "b", "b"), treatments=("", "x", "y"), treatment_id="y")
    assert [("b", "y"), ("b", "x"), ("a", "")] == [
        (entry.campaign_id, entry.treatment_id) for entry in explained_entries(made)
    ]


def test_without_a_model_rewards_are_zero() -> None:
    """A fallback has no predicted rewards: they show as 0, and nobody is behind."""
    entries = explained_entries(decision(predicted_rewards=(), decided_by=DecidedBy.FALLBACK))
    assert [(0.0, 0.0)] * 3 == [(entry.predicted_reward, entry.gap) for entry in entries]


def test_the_best_was_chosen() -> None:
    """A choice of the best names its reward, its probability and what of the customer speaks most for it."""
    made = decision()
    parts = (Contribution(CAMPAIGN, 1.0, 5.0), Contribution("segment=gold", 1.0, 0.5), Contribution(BASELINE, 1.0, 9.0))
    entries = explained_entries(made, [(), parts, ()])
    expected = (
        "Campaign 'b' was chosen with probability 0.3 because its predicted reward of 2 is the best of 3 eligible "
        "campaigns, where segment=gold adds most (+0.5)."
    )
    assert expected == summary(made, entries, SquareCB())


def test_no_contact_is_no_campaign() -> None:
    """A sentence calls NO_CONTACT no contact, chosen or outdone."""
    ids = ("NO_CONTACT", "b", "c")
    chosen = said(decision(campaign_id="NO_CONTACT", eligible=ids, predicted_rewards=((3.0, 2.0, 1.0),)))
    outdone = said(decision(eligible=ids, explored=True, predicted_rewards=((3.0, 2.0, 1.0),)))
    assert chosen.startswith("No contact was chosen with probability 0.2 because its predicted reward of 3 is the best")
    assert "though no contact is predicted better" in outdone


def test_levers_are_told() -> None:
    """Where levers have a part in the comparison, the sentence says so."""
    best = said(decision(levers=(1.0, 1.5, 1.0)))
    explored = said(decision(campaign_id="a", explored=True, levers=(1.0, 1.5, 1.0)))
    assert "because its predicted reward of 2, 3 with its lever of 1.5, is the best of 3" in best
    assert "(3 against 1, levers included)" in explored


def test_the_probability_is_that_of_the_pair() -> None:
    """A sentence about a pair of campaign and treatment gives the probability of the pair."""
    made = decision(eligible=("a", "b", "b"), treatments=("", "x", "y"), treatment_id="x")
    assert said(made).startswith("Campaign 'b' with treatment 'x' was chosen with probability 0.3 ")


def test_a_tie_is_told() -> None:
    """Where campaigns are predicted alike, the sentence says that one of them was drawn, and why with unlike shares."""
    tie = ((1.0, 1.0, 0.5),)
    alike = said(decision(predicted_rewards=tie, selection_probabilities=(0.3, 0.3, 0.4)))
    limited = said(decision(predicted_rewards=tie, selection_probabilities=(0.6, 0.3, 0.1)))
    drawn = "Campaign 'b' was drawn with probability 0.3: 2 of 3 eligible campaigns are predicted alike and best (1)"
    assert f"{drawn}." == alike
    assert f"{drawn}, and a limit on exploration leaves the first of them in the fixed order the rest." == limited


def test_an_explored_choice_names_what_is_better() -> None:
    """A choice that is not the best says that it is made to learn, and which is predicted better."""
    made = decision(campaign_id="a", explored=True)
    expected = (
        "To learn more, campaign 'a' was chosen with probability 0.2, though campaign 'b' is predicted better "
        "(2 against 1)."
    )
    assert expected == said(made)


def test_a_baseline_is_named() -> None:
    """Policies that learn nothing are named, whatever was predicted."""
    named = [said(decision(explored=True), one).split(" chose ")[0] for one in (FixedPriority(), ExclusiveRules())]
    assert ["The fixed order", "The exclusive rules"] == named
    assert said(decision(), Uniform()).startswith("An equal draw chose campaign 'b' with probability 0.3")


def test_overrides_give_their_reason() -> None:
    """A forced decision gives the caller's reason, a pinned one the pin's name, a fallback that the model failed."""
    forced = decision(decided_by=DecidedBy.FORCED, force_reason="complaint 12")
    pinned = decision(decided_by=DecidedBy.FORCED, force_reason="pin:vip week")
    fallback = decision(decided_by=DecidedBy.FALLBACK, predicted_rewards=())
    assert "Campaign 'b' was forced by the caller: complaint 12." == said(forced)
    assert "Campaign 'b' was chosen because the pin 'vip week' holds." == said(pinned)
    assert said(fallback).startswith("The model could not answer, so business as usual chose campaign 'b'")


def test_nothing_left_names_the_commonest_rule() -> None:
    """Where nothing was eligible the rule that rejected most is named."""
    rejections = (
        Rejection("a", FunnelStage.VALIDITY, "state", "is paused"),
        Rejection("b", FunnelStage.CONTACT_POLICY, "weekly", "3 in 7 days"),
        Rejection("c", FunnelStage.CONTACT_POLICY, "weekly", "3 in 7 days"),
    )
    nothing = decision(
        result=Result.NO_ELIGIBLE,
        campaign_id="",
        eligible=(),
        selection_probabilities=(),
        predicted_rewards=(),
        rejections=rejections,
    )
    alone = Rejection("NO_CONTACT", FunnelStage.APPLICABILITY, "alone", "nothing else is eligible")
    with_no_contact = decision(
        result=Result.NO_ELIGIBLE,
        campaign_id="",
        eligible=(),
        selection_probabilities=(),
        predicted_rewards=(),
        rejections=(alone, rejections[0]),
    )
    expected = (
        "Nothing was chosen because no campaign was eligible: 3 were rejected, 2 of them by 'weekly' (CONTACT_POLICY)."
    )
    assert expected == said(nothing)
    assert said(with_no_contact).endswith("no campaign was eligible: 1 was rejected, by 'state' (VALIDITY).")


def test_a_price_is_told() -> None:
    """What was taken, or given for a minimum, stands with its entry and in the sentence, and counts in the comparison."""
    taken = decision(prices=(0.0, 0.5, 0.0))
    assert [1.5, 1.0, -3.0] == [entry.weighted_reward for entry in explained_entries(taken)]
    assert [0.5, 0.0, 0.0] == [entry.price for entry in explained_entries(taken)]
    assert "its predicted reward of 2, 1.5 less its price of 0.5, is the best" in said(taken)
    assert "1.5 with 0.5 for a minimum volume" not in said(taken)
    given_to = decision(predicted_rewards=((1.0, 1.0, -3.0),), prices=(0.0, -0.5, 0.0))
    assert "1.5 with 0.5 for a minimum volume, is the best" in said(given_to)
    explored = decision(prices=(-4.0, 0.0, 0.0), levers=(1.0, 2.0, 1.0), explored=True)
    assert "(5 against 4, levers and prices included)" in said(explored)
