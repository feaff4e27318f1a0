"""What exploration and levers cost, what overrides and rules did, and what was learned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, ttest_1samp

from banditsvc.core.times import DAY_US
from offline_eval.choices import Choices, read_choices
from offline_eval.costs import (
    Verdict,
    exploration_cost,
    family_learning,
    lever_cost,
    overrides,
    rule_losses,
)
from tests.offline_eval.joined_row import Row, joined_batch, joined_row

LEVEL = 0.001
RATES = {"a": 0.1, "b": 0.3}
EPSILON = 0.2
LEVER = 2.0


def traffic(
    rng: np.random.Generator, count: int, *, predicted: tuple[float, float] = (0.1, 0.3), lever: float = 1.0
) -> list[Row]:
    """Returns decisions of an epsilon-greedy policy for customers who come four times, in a week of 1,000 a day.

    Customers differ: of every second one the reward is half as high again, of the others half as high.
    """
    weighted = (predicted[0] * lever, predicted[1])
    best = int(weighted[1] > weighted[0])
    shares = [EPSILON / 2.0, EPSILON / 2.0]
    shares[best] += 1.0 - EPSILON
    made = []
    for number in range(count):
        place = int(rng.random() < shares[1])
        customer = number % max(count // 4, 1)
        rate = RATES["ab"[place]] * (1.5 if customer % 2 else 0.5)
        made.append(
            joined_row(
                number,
                record_time=number * DAY_US // 1_000,
                due_time=number * DAY_US // 1_000 + DAY_US,
                customer_id=f"c{customer}",
                chances=[("a", shares[0]), ("b", shares[1])],
                chosen="ab"[place],
                predicted_rewards=[list(predicted)],
                levers=[lever, 1.0] if lever != 1.0 else [],
                explored=place != best,
                reward=float(rng.random() < rate),
            )
        )
    return made


def read(rows: list[Row]) -> Choices:
    return read_choices([joined_batch(rows)], {})


def test_exploration_costs_what_it_costs() -> None:
    """Over many logs the gain is unbiased, and in each that is large enough its interval covers the truth."""
    rng = np.random.default_rng(5)
    truth = EPSILON / 2.0 * (RATES["b"] - RATES["a"])
    gains = [exploration_cost(read(traffic(rng, 2_000))).gain.value for _ in range(40)]
    whole = exploration_cost(read(traffic(rng, 20_000)))

    assert float(ttest_1samp(gains, truth).pvalue) > LEVEL
    assert whole.gain.interval is not None
    assert whole.gain.interval.contains(truth)
    assert abs(whole.explored_share - EPSILON / 2.0) < norm.isf(LEVEL / 2.0) * math.sqrt(0.09 / 20_000)
    assert pytest.approx(truth) == whole.predicted_gain
    assert pytest.approx(truth * 20_000) == whole.predicted_total
    assert (20_000, 20_000, 0) == (whole.decisions, whole.mature, whole.without_chance)


def test_a_wrong_model_is_found_out() -> None:
    """Where the model's best is the worse one, exploring has brought more, though the model says it has cost."""
    found = exploration_cost(read(traffic(np.random.default_rng(6), 20_000, predicted=(0.4, 0.3))))

    assert found.gain.interval is not None
    assert found.gain.interval.high < 0.0 < found.predicted_gain


def test_before_anything_is_learned_nothing_is_best() -> None:
    """While all are predicted alike each choice is among the best, and exploring costs nothing."""
    rows = traffic(np.random.default_rng(7), 500, predicted=(0.0, 0.0))
    found = exploration_cost(read(rows))

    assert (0, 0.0, 0.0) == (found.explored, found.predicted_gain, found.gain.value)
    assert found.gain.interval is None


def test_exploration_of_the_policy_alone_is_told() -> None:
    """Equal draws, other groups, and decisions without a model are left out; those without reward count for the share alone."""
    rows = traffic(np.random.default_rng(8), 6)
    changes: list[Row] = [
        {"decided_by": "UNIFORM_RANDOM", "group": "UNIFORM_RANDOM"},
        {"decided_by": "BUSINESS_AS_USUAL", "group": "BUSINESS_AS_USUAL"},
        {"predicted_rewards": []},
        {"is_mature": False, "reward": None},
        {"selection_probabilities": [1.0, 0.0], "campaign_id": "a"},
        {},
    ]
    found = exploration_cost(read([row | change for row, change in zip(rows, changes, strict=True)]))

    assert (2, 1, 1) == (found.decisions, found.mature, found.without_chance)
    assert "the least" in found.gain.refusal


def test_nothing_decided_costs_nothing_known() -> None:
    """Without decisions there is no share, no gain and no prediction."""
    choices = read_choices([], {})
    explored, levered = exploration_cost(choices), lever_cost(choices)

    assert all(
        math.isnan(one)
        for one in (explored.explored_share, explored.gain.value, explored.predicted_gain, levered.predicted_gain)
    )
    assert ((), (), ()) == (overrides(choices), rule_losses(choices), family_learning(choices, period_us=1, until_us=1))


def test_levers_cost_what_they_cost() -> None:
    """A lever that makes the worse campaign the best costs the difference of the two, and the interval covers it."""
    rng = np.random.default_rng(9)
    predicted, truth = (0.2, 0.3), RATES["b"] - RATES["a"]
    gains = [lever_cost(read(traffic(rng, 2_000, predicted=predicted, lever=LEVER))).gain.value for _ in range(40)]
    whole = lever_cost(read(traffic(rng, 20_000, predicted=predicted, lever=LEVER)))

    assert float(ttest_1samp(gains, truth).pvalue) > LEVEL
    assert whole.gain.interval is not None
    assert whole.gain.interval.contains(truth)
    assert pytest.approx(0.1) == whole.predicted_gain


def test_levers_that_change_nothing_cost_nothing() -> None:
    """Where the best is the same with levers and without the gain is exactly 0; without levers there are no decisions."""
    rng = np.random.default_rng(10)
    same = lever_cost(read(traffic(rng, 1_000, lever=LEVER)))
    none = lever_cost(read(traffic(rng, 1_000)))

    assert (1_000, 0.0, 0.0, None) == (same.decisions, same.gain.value, same.predicted_gain, same.gain.interval)
    assert 0 == none.decisions


def test_overrides_are_told_by_reason() -> None:
    """Forced decisions are counted by reason, with what was refused, and their mean reward is that of what went out."""
    rng = np.random.default_rng(11)
    sent: Row = {"decided_by": "FORCED", "force_reason": "pin:vip", "chances": [("a", 1.0)]}
    rows = [joined_row(number, reward=float(rng.random() < 0.2), **sent) for number in range(4_000)]
    refused: Row = {"result": "NO_ELIGIBLE", "chosen": None, "chances": [], "predicted_rewards": [], "reward": None}
    rows.append(joined_row(1, **{**sent, **refused, "force_reason": "asked", "window_start": None}))
    pin, asked = overrides(read([*rows, joined_row(2)]))

    assert ("pin:vip", 4_000, 4_000, 0) == (pin.reason, pin.decisions, pin.customers, pin.refused)
    assert pin.mean_reward.interval is not None
    assert pin.mean_reward.interval.contains(0.2)
    assert ("asked", 1, 1, 1) == (asked.reason, asked.decisions, asked.customers, asked.refused)


def test_rules_are_told_by_whom_they_touched() -> None:
    """Each rule says in how many decisions and for how many customers it dropped something, and when nothing was left."""

    def lost(number: int, customer: str, *rules: str, **changes: Any) -> Row:
        dropped = [{"campaign_id": "c", "stage": "CONTACT_POLICY", "rule": rule, "reason": ""} for rule in rules]
        return joined_row(number, customer_id=customer, rejections=dropped, **changes)

    nothing: Row = {"result": "NO_ELIGIBLE", "chosen": None, "chances": [], "predicted_rewards": []}
    weekly, daily = rule_losses(
        read(
            [
                lost(0, "c1", "weekly", "weekly", "daily"),
                lost(1, "c1", "weekly"),
                lost(2, "c2", "weekly", **nothing),
                lost(3, "c3", "daily", decided_by="FORCED"),
                lost(4, "c4", "daily", decided_by="HOLDOUT", group="HOLDOUT"),
            ]
        )
    )

    assert ("CONTACT_POLICY weekly", 3, 2, 1, 1) == (
        weekly.rule,
        weekly.decisions,
        weekly.customers,
        weekly.left_with_nothing,
        weekly.customers_left_with_nothing,
    )
    assert ("CONTACT_POLICY daily", 1, 1, 0) == (daily.rule, daily.decisions, daily.customers, daily.left_with_nothing)


def test_what_was_learned_shows_when_it_became_known() -> None:
    """A family is decided once its gain's interval leaves 0, by decisions settled by then; shares are of either period."""
    rng = np.random.default_rng(12)
    rows = traffic(rng, 14_000)
    found = {one.family: one for one in family_learning(read(rows), period_us=13 * DAY_US, until_us=14 * DAY_US)}

    assert ["b", "a"] == list(found)
    worse, better = found["a"], found["b"]
    assert (Verdict.WORSE, Verdict.BETTER) == (worse.now.verdict, better.now.verdict)
    assert {Verdict.TOO_LITTLE_DATA} == {one.before.verdict for one in found.values()}
    assert worse.became_decided
    assert better.became_decided
    last = [row for row in rows if row["record_time"] >= DAY_US]
    assert better.chosen == sum(row["campaign_id"] == "b" for row in last)
    assert better.share == better.chosen / len(last)
    assert better.share_before == better.chosen_before / 1_000
    assert [0.3, 0.3] == pytest.approx([better.predicted, better.predicted_before])
    # What was decided on the last day is not settled yet.
    assert 13_001 == better.now.value.support.decisions
    again = {one.family: one for one in family_learning(read(rows), period_us=DAY_US, until_us=14 * DAY_US)}
    assert not again["b"].became_decided


def test_a_family_is_held_against_the_same_decisions() -> None:
    """A family that may be chosen for good customers alone is not better for that: the gain is over what these got."""
    rng = np.random.default_rng(13)
    rows = []
    for number in range(12_000):
        is_good = number % 2 == 1
        chances = [("a", 0.5), ("b", 0.5)] if is_good else [("a", 1.0)]
        chosen = "ab"[int(is_good and rng.random() < 0.5)]
        rows.append(
            joined_row(number, chances=chances, chosen=chosen, reward=float(rng.random() < (0.6 if is_good else 0.2)))
        )
    found = {one.family: one for one in family_learning(read(rows), period_us=DAY_US, until_us=13_000 * DAY_US)}

    assert Verdict.UNDECIDED is found["b"].now.verdict
    assert found["b"].now.value.interval is not None
    assert found["b"].now.value.interval.low > 0.5
