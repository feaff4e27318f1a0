"""Laws of the reward: made of what joined, in any order, between least and greatest."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.attribution import JoinedOutcome
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import Measure, RewardSpec, RewardWeight
from banditsvc.core.reward import Reward, counted_outcomes, gains_of, reward_of, term_count
from tests.learner.worlds import outcome

SPEC = RewardSpec(
    weights=(
        RewardWeight(type=OutcomeType.REVENUE, weight=0.5, measure=Measure.AMOUNT),
        RewardWeight(type=OutcomeType.CLICK, weight=2.0, measure=Measure.COUNT),
        RewardWeight(type=OutcomeType.OPEN, weight=3.0, measure=Measure.ANY),
        RewardWeight(type=OutcomeType.CUSTOM, custom_type="visit", weight=1.0),
        RewardWeight(type=OutcomeType.UNSUBSCRIBE, weight=-20.0),
    ),
    window_us=100,
    least=-10.0,
    greatest=40.0,
    cost=1.0,
    default=4.0,
)


def joined(kind: OutcomeType, amount: float | None = None, *, name: str = "o", share: float = 1.0) -> JoinedOutcome:
    """Returns an outcome that joins with a share."""
    return JoinedOutcome(outcome(name, 1, kind, amount), share)


def raw(*outcomes: JoinedOutcome, spec: RewardSpec = SPEC) -> float:
    """Returns the raw reward of a contact."""
    return reward_of(outcomes, spec, is_no_contact=False).raw


def test_the_reward_is_the_weighted_sum_less_the_cost() -> None:
    """Counts, amounts and at-least-ones are weighed and summed, and the cost is taken off."""
    happened = [
        joined(OutcomeType.REVENUE, 10.0, name="a"),
        joined(OutcomeType.REVENUE, 4.0, name="b", share=0.5),
        joined(OutcomeType.CLICK, name="c"),
        joined(OutcomeType.CLICK, name="d"),
        joined(OutcomeType.OPEN, name="e"),
        joined(OutcomeType.OPEN, name="f"),
    ]

    assert raw(*happened) == 0.5 * (10.0 + 0.5 * 4.0) + 2.0 * 2 + 3.0 * 1 - 1.0


def test_no_contact_costs_nothing() -> None:
    """The cost of a contact is not taken off the reward of no contact."""
    assert reward_of([], SPEC, is_no_contact=True).raw == 4.0
    assert reward_of([], SPEC, is_no_contact=False).raw == 3.0


def test_an_explicit_zero_differs_from_no_answer() -> None:
    """The default stands where nothing joined; an outcome of amount 0 has joined."""
    assert raw() == 4.0 - 1.0
    assert raw(joined(OutcomeType.REVENUE, 0.0)) == -1.0


def test_outcomes_without_a_weight_count_as_not_joined() -> None:
    """A type that the reward does not weigh, or another custom type, leaves the default in place."""
    other = JoinedOutcome(outcome("o", 1, OutcomeType.CUSTOM)._replace(custom_type="call"), 1.0)
    visit = JoinedOutcome(outcome("o", 1, OutcomeType.CUSTOM)._replace(custom_type="visit"), 1.0)

    assert raw(joined(OutcomeType.DELIVERED)) == raw(other) == raw()
    assert raw(visit) == 0.0


def test_machines_count_only_where_the_spec_says_so() -> None:
    """Clicks by software count as not joined unless include_machine is set."""
    click = JoinedOutcome(outcome("o", 1, OutcomeType.CLICK)._replace(machine=True), 1.0)

    assert raw(click) == raw()
    assert raw(click, spec=dataclasses.replace(SPEC, include_machine=True)) == 1.0
    assert counted_outcomes([click], SPEC) == ()


def test_refunds_lower_amounts_and_no_counts() -> None:
    """A refund takes off the amount; that there was an order stays true."""
    order = JoinedOutcome(outcome("o", 1, OutcomeType.REVENUE, 10.0), 1.0, refunded=10.0)

    assert raw(order) == -1.0


def test_a_share_of_one_outcome_is_a_share_of_at_least_one() -> None:
    """Under SPLIT the measure ANY is the sum of shares, 1 at most."""
    assert raw(joined(OutcomeType.OPEN, share=0.25)) == 3.0 * 0.25 - 1.0


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (1000.0, Reward(499.0, 40.0, 1.0, was_clipped=True)),
        (-1000.0, Reward(-501.0, -10.0, 0.0, was_clipped=True)),
        (32.0, Reward(15.0, 15.0, 0.5, was_clipped=False)),
        (82.0, Reward(40.0, 40.0, 1.0, was_clipped=False)),
    ],
)
def test_rewards_are_clipped_and_scaled(amount: float, expected: Reward) -> None:
    """Outside [least, greatest] the reward is clipped, said so and kept raw; learning sees it in [0, 1]."""
    assert reward_of([joined(OutcomeType.REVENUE, amount)], SPEC, is_no_contact=False) == expected


AMOUNTS = st.lists(st.floats(-1e9, 1e9, allow_nan=False), max_size=8)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(amounts=AMOUNTS, data=st.data())
def test_the_order_of_outcomes_does_not_matter(amounts: list[float], data: st.DataObject) -> None:
    """Any order of the same outcomes gives the same reward bit for bit, finite and in [0, 1] when scaled."""
    happened = [joined(OutcomeType.REVENUE, amount, name=f"o{i}") for i, amount in enumerate(amounts)]

    one = reward_of(happened, SPEC, is_no_contact=False)
    other = reward_of(data.draw(st.permutations(happened)), SPEC, is_no_contact=False)

    assert one == other
    assert 0.0 <= one.scaled <= 1.0
    assert math.isfinite(one.raw)


@given(
    amounts=st.lists(st.floats(-100.0, 100.0), max_size=4),
    clicks=st.integers(0, 3),
    is_no_contact=st.booleans(),
)
def test_gains_sum_to_what_an_answer_adds(amounts: list[float], clicks: int, is_no_contact: bool) -> None:
    """The gains of all terms sum to the scaled reward less that of no answer, clipped or not."""
    happened = [joined(OutcomeType.REVENUE, amount, name=f"a{i}") for i, amount in enumerate(amounts)]
    happened += [joined(OutcomeType.CLICK, name=f"c{i}") for i in range(clicks)]

    gains = gains_of(happened, SPEC, is_no_contact)

    nothing, reward = (reward_of(one, SPEC, is_no_contact).scaled for one in ((), happened))
    assert len(gains) == term_count(SPEC)
    assert math.isclose(sum(gains), reward - nothing, abs_tol=1e-9)


def test_each_term_has_its_own_gain() -> None:
    """A gain is weight times measure on the scale of learning, and an answer takes the place of the default."""
    happened = [joined(OutcomeType.REVENUE, 10.0, name="a"), joined(OutcomeType.CLICK, name="b")]

    assert gains_of(happened, SPEC, is_no_contact=False) == pytest.approx(
        [0.5 * 10.0 / 50.0, 2.0 / 50.0, 0.0, 0.0, 0.0, -4.0 / 50.0]
    )
