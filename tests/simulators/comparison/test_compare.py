"""The comparison of real runs."""

from __future__ import annotations

import numpy as np
import pytest

from banditsvc.usage_error import UsageError
from simulators.comparison import Comparison, Conclusion, Course, compare
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import read_world

SEEDS = range(1, 7)
POLICIES = {
    "tenth": "epsilon_greedy:0.1",
    "greedy": "greedy",
    "fixed": "fixed_order",
    "fixed again": "fixed_order",
    "coin": "coin",
    "oracle": "oracle",
}


@pytest.fixture(scope="module")
def frames() -> RunFrames:
    world = read_world("two-segments").model_copy(update={"days": 20, "customers": 300})
    return simulate(world, POLICIES, seeds=SEEDS)


@pytest.fixture(scope="module")
def comparison(frames: RunFrames) -> Comparison:
    return compare(frames, ["fixed", "coin"], without_exploration={"tenth": "greedy"})


def test_the_same_policy_does_not_differ_from_itself(comparison: Comparison) -> None:
    """Common random numbers: two policies that decide alike earn the same to the last digit with every seed."""
    found = comparison.differences
    same = found[(found["policy"] == "fixed again") & (found["baseline"] == "fixed")]

    assert {0.0} == {*same["difference"], *same["low"], *same["high"]}
    assert {Conclusion.UNDECIDED} == set(same["conclusion"])


def test_the_oracle_is_told_from_the_coin(comparison: Comparison) -> None:
    """In a world of opposite winners the oracle has more conversions than the coin, by the truth it knows."""
    found = comparison.differences.set_index(["policy", "baseline", "metric"])["conclusion"]

    assert Conclusion.HIGHER == found["oracle", "coin", "conversions"]


def test_values_are_what_the_days_add_up_to(frames: RunFrames, comparison: Comparison) -> None:
    """A policy's value is the sum of its days over its customers, the mean over seeds; the course of profit ends there."""
    daily = frames.daily[frames.daily["policy"] == "greedy"]
    by_seed = daily.groupby("seed")["profit"].sum() / (20 * 300)
    value = comparison.values.set_index("policy").loc["greedy", "profit"]
    courses = comparison.courses
    course = courses[(courses["policy"] == "greedy") & (courses["course"] == Course.PROFIT)]

    assert pytest.approx(by_seed.mean()) == value
    assert pytest.approx(value) == course["mean"].iloc[-1]


def test_the_oracle_has_no_regret(comparison: Comparison) -> None:
    """In its own states the oracle regrets nothing, and all others something, ever more."""
    regret = comparison.courses[comparison.courses["course"] == Course.REGRET]
    by_policy = dict(iter(regret.groupby("policy")["mean"]))

    assert np.allclose(0.0, by_policy["oracle"], atol=1e-12)
    for policy in ("tenth", "greedy", "fixed", "coin"):
        assert (np.diff(by_policy[policy]) >= 0.0).all()
        assert by_policy[policy].iloc[-1] > 0.0


def test_regret_to_the_oracle_is_that_in_ones_own_states_where_nothing_lasts(comparison: Comparison) -> None:
    """In a stateless world both regrets are the same, as every policy meets the oracle's customers."""
    courses = comparison.courses
    both = [
        courses[(courses["policy"] == "coin") & (courses["course"] == one)]["mean"].to_numpy()
        for one in (Course.REGRET, Course.REGRET_TO_ORACLE)
    ]

    assert np.allclose(both[0], both[1])


def test_epsilon_explores_as_often_as_it_says(comparison: Comparison) -> None:
    """With epsilon .1 and three campaigns 1/15 of the probability lies elsewhere than on the best; greedy has none.

    On the first three days, before any window is over, all are predicted the same: 2/3 lies elsewhere than on any one.
    """
    explored = comparison.exploration.set_index("policy")["explored_share"]

    assert pytest.approx((3 * 2 / 3 + 17 / 15) / 20) == explored["tenth"]
    assert pytest.approx(3 * 2 / 3 / 20) == explored["greedy"]


def test_what_exploring_gives_up_is_epsilon_of_the_gap(frames: RunFrames, comparison: Comparison) -> None:
    """Epsilon-greedy gives up epsilon times what its favorite is worth more than the mean campaign, by the truth."""
    daily = frames.daily[frames.daily["policy"] == "tenth"]
    mean_campaign = (daily["expected_policy"] - 0.9 * daily["likeliest_expected"]) / 0.1
    gap = (daily["likeliest_expected"] - mean_campaign).sum() / daily["new_customers"].sum()
    given_up = comparison.exploration.set_index("policy")["reward_given_up"]

    assert pytest.approx(0.1 * gap) == given_up["tenth"]
    assert pytest.approx(0.0, abs=1e-15) == given_up["greedy"]
    assert {"greedy"} == set(comparison.exploration_net["without"])


def test_a_fixed_order_starves_what_is_best_for_some(comparison: Comparison) -> None:
    """The fixed order gives all to the first campaign: the second starves and is missed, the third starves rightly."""
    found = comparison.campaigns
    fixed = found[found["policy"] == "fixed"].set_index("campaign_id")
    coin = found[found["policy"] == "coin"]

    assert {"news": False, "sale": True, "club": True} == fixed["is_starved"].to_dict()
    assert {"news": False, "sale": True, "club": False} == fixed["is_missed"].to_dict()
    assert not coin["is_starved"].any()
    assert pytest.approx(1.0, abs=0.1) == coin["share_of_equal_draw"].mean()


def test_a_late_winner_is_found_by_who_looks_for_it() -> None:
    """The oracle finds a campaign that starts later at once; the fixed order never."""
    world = read_world("late-winner").model_copy(update={"customers": 600, "days": 75})
    summary = compare(simulate(world, {"oracle": "oracle", "fixed": "fixed_order"}, seeds=[1, 2])).find_summary
    found = summary.set_index("policy")

    assert {"oracle": 1.0, "fixed": 0.0} == found["found_share"].to_dict()
    assert 0.0 == found["median_days"].to_dict()["oracle"]


def test_unknown_labels_are_named(frames: RunFrames) -> None:
    """A baseline that is none of the policies is refused with the list of them."""
    with pytest.raises(UsageError, match="'random' is none of the policies; they are tenth, greedy"):
        compare(frames, ["random"])


def test_two_seeds_conclude_nothing(frames: RunFrames) -> None:
    """With two seeds every difference is refused, whatever it is."""
    few = RunFrames(**{
        name: getattr(frames, name)[getattr(frames, name)["seed"] <= 2] for name in ("daily", "shares", "campaigns", "finds")
    })  # fmt: skip
    found = compare(few, ["coin"])

    assert not found.is_conclusive
    assert {Conclusion.REFUSED} == set(found.differences["conclusion"])
