"""Single pilots, in worlds whose truth is known."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from scipy.stats import binom

from offline_eval.intervals import IntervalSpec
from simulators.rehearse.pilots import COIN, FIXED, rehearsed_pilot, weekly_bounds, weekly_sums
from simulators.rehearse.rehearsal_settings import RehearsalSettings
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import parse_world
from simulators.worlds.world_spec import WorldSpec

LEVEL = 0.001
PILOTS = 300
WEEKS = 6
RATE = 0.2
DEAR = 4.0
"""What orders after coats are worth, as a multiple of those after socks."""


def _shop(customers: int) -> WorldSpec:
    """Returns a shop of two campaigns that are answered alike, with orders of a heavy tail; the fixed order sends socks.

    Orders come on the day of the send.
    """
    tables: dict[str, Any] = {
        "name": "shop",
        "days": 7 * WEEKS,
        "customers": customers,
        "stateless": True,
        "visits": {"every_days": 1},
        "delay": {"mean_days": 0.001},
        "reward": {"of": "revenue", "window_days": 7, "greatest": 10_000.0},
        "population": {
            "organic": {"rate_factor": 0.0, "prospect_share": 1.0},
            "segments": {"family": {"share": 0.5, "value_factor": 2.0}, "student": {"share": 0.5}},
            "order_value": {"median": 40.0, "sigma": 0.8, "tail_share": 0.05},
        },
        "campaigns": [
            {"campaign_id": "coats", "base_rate": RATE, "value_factor": DEAR, "fixed_priority": 2},
            {"campaign_id": "socks", "base_rate": RATE, "fixed_priority": 1},
        ],
    }
    return parse_world(tables, "shop")


def test_intervals_of_pilots_cover_the_truth() -> None:
    """Read every week, intervals of 95 % miss the truth in no more of 300 pilots than by the binomial bound at .001.

    Orders differ in worth by campaign and by segment and have a heavy tail; a coin decides beside the fixed order.
    """
    world = _shop(60)
    target = simulate(world, {COIN: COIN}, seeds=range(PILOTS)).daily
    control = simulate(world, {FIXED: FIXED}, seeds=range(PILOTS, 2 * PILOTS)).daily
    truth = RATE * 1.5 * world.population.order_value.mean * (0.5 * (DEAR + 1.0) - 1.0)

    missed = 0
    for seed in range(PILOTS):
        own = [_of(target, seed), _of(control, PILOTS + seed)]
        missed += bool(weekly_bounds(own[0], own[1], IntervalSpec()).excludes(truth).any())
    assert missed <= binom.isf(LEVEL, PILOTS, 0.05)


def _of(daily: pd.DataFrame, seed: int) -> pd.DataFrame:
    return weekly_sums(daily[daily["seed"] == seed])


def test_what_is_left_on_the_table_is_of_the_same_customers() -> None:
    """What the best choice, a coin and the fixed order earn is of the same customers: whom the draw gave them is no gain."""
    pilot = rehearsed_pilot(_shop(40), RehearsalSettings(weeks=WEEKS, policy=FIXED), seed=3)

    assert pilot.best_reward == pytest.approx(DEAR * pilot.fixed_reward, rel=1e-12)
    assert pilot.coin_reward == pytest.approx(0.5 * (DEAR + 1.0) * pilot.fixed_reward, rel=1e-12)
    assert pilot.policy_reward.mean() == pytest.approx(pilot.fixed_reward, rel=1e-12)
