"""Laws of deciding: alone or in a batch, by the model or without it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.contact import Contact
from banditsvc.core.context import LifecycleStage
from banditsvc.core.decision import DecidedBy, Result
from banditsvc.core.exploration import FixedPriority, Greedy, Uniform
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.core.times import DAY_US
from banditsvc.serving.deciding import decide_all
from tests.serving.shop import START_US
from tests.serving.treated_shop import (
    ENTRIES,
    EXCLUSIVE,
    POLICY,
    PRICES,
    SHOP,
    activated,
    asked_by,
    decided,
    random_requests,
    shadow_of,
    to_decide,
)

BROKEN = asked_by("c", favourites={"shoes": math.inf}, recency_days=300.0, features={"open_issue": False})
"""A customer for whom no score is finite."""


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 25))
def test_a_batch_equals_calls_alone(seed: int, count: int) -> None:
    """With treatments, levers, prices, limits, pins, forced and broken requests and a shadow, a batch equals calls in a row."""
    shadow = shadow_of(Policy(portfolio_id="shop", policy_version=9, exploration=EXCLUSIVE, floor=0.2))
    active = activated(shadow=shadow, prices=PRICES)
    requests = random_requests(seed, count)
    with structlog.testing.capture_logs():
        together = decided(active, requests)
        alone = [decide_all(active, [to_decide(active, f"d{place}", asked)])[0] for place, asked in enumerate(requests)]
    assert alone == together


def test_entries_are_pairs() -> None:
    """Eligible are the pairs of campaign and treatment by both ids, and a campaign's probability is its sum."""
    [decision] = decided(activated(replace(POLICY, limits=())), [asked_by()])
    assert ENTRIES == tuple(zip(decision.eligible, decision.treatments, strict=True))
    assert (1.0, 0.5, 1.0, 1.0, 1.0, 2.0, 2.0) == decision.levers
    parts = [
        p
        for name, p in zip(decision.eligible, decision.selection_probabilities, strict=True)
        if name == decision.campaign_id
    ]
    assert sum(parts) == decision.selection_probability
    assert decision.arm_probability == decision.selection_probability * decision.treatment_probability


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_prices_move_the_choice_and_are_logged(seed: int) -> None:
    """What is compared is the weighted reward less the price; without prices nothing is logged of any."""
    greedy = replace(POLICY, exploration=Greedy(), floor=0.0, limits=())
    [free] = decided(activated(greedy, seed=seed), [asked_by()])
    [priced] = decided(activated(greedy, seed=seed, prices=PRICES), [asked_by()])
    assert () == free.prices
    assert (0.0, 0.01 - 0.03, -0.03, -0.03, -0.03, 0.02 + 0.01, 0.02 + 0.01) == priced.prices
    assert free.predicted_rewards == priced.predicted_rewards
    (predicted,) = priced.predicted_rewards
    weighted = [p * lever if p >= 0.0 else p / lever for p, lever in zip(predicted, priced.levers, strict=True)]
    compared = [one - price for one, price in zip(weighted, priced.prices, strict=True)]
    assert compared[priced.chosen_place] == max(compared)
    assert not priced.explored


def test_levers_move_the_choice_and_not_the_log() -> None:
    """The best weighted reward is chosen and not called explored; rewards are logged as predicted."""
    greedy, moved = replace(POLICY, exploration=Greedy(), floor=0.0), 0
    for seed in range(1, 21):
        [levered] = decided(activated(greedy, seed=seed), [asked_by()])
        [predicted] = levered.predicted_rewards
        weighted = [p * lever if p >= 0.0 else p / lever for p, lever in zip(predicted, levered.levers, strict=True)]
        assert max(weighted) == weighted[levered.chosen_place]
        assert not levered.explored
        moved += max(predicted) != predicted[levered.chosen_place]
    assert moved > 0


def test_without_a_model_business_as_usual_answers() -> None:
    """Where scores fail the portfolio's usual rules decide, with their own probabilities and no policy; others stay."""
    active = activated()
    fine = asked_by("d", recency_days=300.0)
    with structlog.testing.capture_logs():
        fallback, policy = decided(active, [BROKEN, fine])
    assert (DecidedBy.FALLBACK, 0, "flash", ()) == (
        fallback.decided_by,
        fallback.policy_version,
        fallback.campaign_id,
        fallback.predicted_rewards,
    )
    expected = tuple(float(entry == ("flash", "")) for entry in ENTRIES)
    assert expected == fallback.selection_probabilities
    assert not fallback.explored
    assert policy == decided(active, [fine, fine])[1]


def test_each_business_as_usual_answers() -> None:
    """Fixed priority, an equal draw and rules that no longer fit the schema all have an answer without a model."""
    fixed = activated(portfolio=replace(SHOP, business_as_usual=FixedPriority()))
    uniform = activated(portfolio=replace(SHOP, business_as_usual=Uniform()))
    unfit = activated(portfolio=replace(SHOP, context_schema={}))
    first = tuple(float(entry == ("sale", "calm")) for entry in ENTRIES)
    equal = (1 / 4, 1 / 4, 1 / 12, 1 / 12, 1 / 12, 1 / 8, 1 / 8)
    with structlog.testing.capture_logs():
        found = [decided(active, [BROKEN])[0].selection_probabilities for active in (fixed, uniform, unfit)]
    assert [first, equal, first] == found


def test_what_is_forced_is_an_equal_draw_of_its_treatments() -> None:
    """A forced campaign goes out whatever is predicted, even where nothing can be, and says why."""
    campaign_id, reason = "news", "a test of tones"
    with structlog.testing.capture_logs():
        scored, unscored = decided(
            activated(),
            [
                structs.replace(asked, forced_campaign_id=campaign_id, force_reason=reason)
                for asked in (asked_by(), BROKEN)
            ],
        )
    for decision in (scored, unscored):
        assert (DecidedBy.FORCED, reason, False) == (
            decision.decided_by,
            decision.force_reason,
            decision.explored,
        )
        assert (1 / 3, 1 / 3, 1 / 3) == decision.selection_probabilities
        assert 1.0 == decision.selection_probability
    assert 3 == len(scored.predicted_rewards[0])
    assert () == unscored.predicted_rewards


def test_what_is_forced_and_refused_is_nothing() -> None:
    """A forced campaign that is not known leaves nothing eligible, and the decision says that it was forced."""
    [decision] = decided(activated(), [asked_by(forced_campaign_id="gone", force_reason="because")])
    assert (Result.NO_ELIGIBLE, DecidedBy.FORCED, "because") == (
        decision.result,
        decision.decided_by,
        decision.force_reason,
    )
    assert ["gone"] == [rejection.campaign_id for rejection in decision.rejections]


def test_a_campaign_takes_a_contact() -> None:
    """A chosen campaign takes a contact at its send time, held for as long as it may be activated; nothing else does."""
    active = activated(Policy(portfolio_id="shop", exploration=EXCLUSIVE))
    sent, deferred, tried, nothing = decided(
        active,
        [
            asked_by(segment="family"),
            asked_by(segment="family", defer_activation=True),
            asked_by(segment="family", is_test=True),
            asked_by(),
        ],
    )
    assert isinstance(sent.contact, Contact)
    assert ("sale", "email", START_US, None) == (
        sent.contact.campaign.campaign_id,
        sent.contact.campaign.channel,
        sent.contact.contact_time_us,
        sent.contact.hold_until_us,
    )
    assert deferred.contact is not None
    assert START_US + 3 * DAY_US == deferred.contact.hold_until_us
    assert tried.contact is None
    assert (Result.NO_CONTACT, None) == (nothing.result, nothing.contact)


def test_limits_hold_inside_the_probabilities() -> None:
    """Customers whose stage is not to be explored with get the best for certain, others what is left of the floor."""
    best, explored = decided(activated(), [asked_by(lifecycle_stage=LifecycleStage.HIGH_VALUE), asked_by()])
    assert 1.0 == max(best.selection_probabilities)
    assert not best.explored
    assert max(explored.selection_probabilities) < 1.0


def test_a_shadow_changes_nothing_but_its_own_field() -> None:
    """With any shadow the decisions are those without it; the shadow draws by itself, on the same entries."""
    other = EncoderSpec(crosses=(("segment", "favourites"),))
    uniform = Policy(portfolio_id="shop", policy_version=9, exploration=Uniform())
    requests = [asked_by(f"c{number}", segment="gold", favourites={"shoes": 1.0}) for number in range(40)]
    expected = decided(activated(), requests)
    found = decided(activated(shadow=shadow_of(uniform, encoder=other)), requests)
    assert expected == [structs.replace(decision, shadow=None) for decision in found]
    shadows = [decision.shadow for decision in found if decision.shadow is not None]
    assert 40 == len(shadows)
    assert {(9, "1.2")} == {(shadow.policy_version, shadow.model_version) for shadow in shadows}
    assert {(1 / 4, 1 / 4, 1 / 12, 1 / 12, 1 / 12, 1 / 8, 1 / 8)} == {one.selection_probabilities for one in shadows}
    assert {shadow.campaign_id for shadow in shadows} == {"NO_CONTACT", "flash", "news", "sale"}
    assert [shadow.campaign_id for shadow in shadows] != [decision.campaign_id for decision in found]


def test_a_shadow_that_fails_is_told_once() -> None:
    """A shadow whose rules do not fit, or whose scores are not finite, is logged once per kind and has no say."""
    broken = shadow_of(Policy(portfolio_id="shop", policy_version=9, exploration=EXCLUSIVE))
    requests = [BROKEN, asked_by(segment="family"), asked_by(segment="gold")]
    with structlog.testing.capture_logs() as logs:
        active = activated(portfolio=replace(SHOP, context_schema={}, business_as_usual=FixedPriority()), shadow=broken)
        unfit = [*decided(active, requests[1:]), *decided(active, requests[1:])]
        some = decided(activated(shadow=shadow_of(POLICY)), requests)
    assert {None} == {decision.shadow for decision in unfit}
    assert [True, False, False] == [decision.shadow is None for decision in some]
    kinds = [entry["kind"] for entry in logs if entry["event"] == "shadow_failed"]
    assert ["rules do not fit the context schema", "not finite"] == kinds


def test_a_model_that_cannot_score_at_all_falls_back() -> None:
    """Where scoring raises, every request of the batch gets business as usual, and what is forced goes out."""
    active = activated()
    uncompiled = activated()
    object.__setattr__(uncompiled, "scorer", None)
    forced = asked_by(forced_campaign_id="news", force_reason="because")
    with structlog.testing.capture_logs() as logs:
        found = decide_all(
            uncompiled,
            [to_decide(active, f"d{place}", asked) for place, asked in enumerate([asked_by(), forced, asked_by("d")])],
        )
    assert [DecidedBy.FALLBACK, DecidedBy.FORCED, DecidedBy.FALLBACK] == [decision.decided_by for decision in found]
    assert ["NO_CONTACT", "news", "NO_CONTACT"] == [decision.campaign_id for decision in found]
    assert {"scoring_failed"} == {entry["event"] for entry in logs}


def test_the_log_does_not_say_what_the_context_says() -> None:
    """Of what fails in scoring the kind is logged, without its text, which may hold values of the customer's context."""

    class Telling:
        def __getattr__(self, name: str) -> object:
            raise ValueError("segment 'pregnant'")

    active, broken = activated(), activated()
    object.__setattr__(broken, "scorer", Telling())
    with structlog.testing.capture_logs() as logs:
        decided_anyway = decide_all(broken, [to_decide(active, "d", asked_by())])
    assert [DecidedBy.FALLBACK] == [decision.decided_by for decision in decided_anyway]
    expected = {"event": "scoring_failed", "portfolio_id": "shop", "kind": "ValueError", "log_level": "error"}
    assert [expected] == logs


def test_a_policy_of_rules_that_do_not_fit_falls_back() -> None:
    """Rules that name what the schema does not know leave every request to business as usual, and it is told once."""
    portfolio = replace(SHOP, context_schema={}, business_as_usual=FixedPriority())
    active = activated(replace(POLICY, exploration=EXCLUSIVE), portfolio=portfolio)
    with structlog.testing.capture_logs() as logs:
        found = decided(active, [asked_by("a"), asked_by("b"), asked_by("c")])
    assert {(DecidedBy.FALLBACK, "sale")} == {(decision.decided_by, decision.campaign_id) for decision in found}
    assert ["rules_do_not_fit"] == [entry["event"] for entry in logs]


def test_probabilities_are_probabilities() -> None:
    """Whatever is asked, the logged probabilities sum to 1 within 1e-12."""
    with structlog.testing.capture_logs():
        decisions = decided(activated(), random_requests(11, 200))
    for decision in decisions:
        if decision.eligible:
            assert abs(np.sum(decision.selection_probabilities) - 1.0) <= 1e-12
