"""The exact optimum of stateless worlds, beside numbers worked out by hand and the oracle's long run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from banditsvc.usage_error import UsageError
from simulators.engine.exact_optimum import exact_optimum
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import parse_world, read_world
from simulators.worlds.world_spec import WorldSpec

LEVEL = 0.001
STATELESS = ("two-segments", "delay", "delay-by-reward")
TABLES: dict[str, Any] = {
    "name": "cells",
    "days": 30,
    "customers": 400,
    "stateless": True,
    "no_contact": True,
    "visits": {"every_days": 1},
    "reward": {"of": "revenue", "greatest": 200.0, "cost": 0.5},
    "faults": {"refunded_share": 0.25},
    "population": {
        "organic": {"rate_factor": 0.0},
        "order_value": {"median": 20.0, "sigma": 0.0},
        "segments": {"old": {"share": 0.75, "value_factor": 2.0}, "new": {"share": 0.25}},
        "features": {"app": {"shares": {"yes": 0.4, "no": 0.6}}},
    },
    "campaigns": [
        {"campaign_id": "letter", "base_rate": 0.05, "delay": {"never_share": 0.2}},
        {
            "campaign_id": "notice",
            "base_rate": 0.04,
            "value_factor": 0.5,
            "odds": {"features.app": {"yes": 6.0}, "segment": {"old": 0.5}},
            "drift": [{"kind": "step", "odds": 2.0, "from_day": 10}],
        },
    ],
}


def _odds(rate: float, times: float) -> float:
    odds = rate / (1.0 - rate) * times
    return odds / (1.0 + odds)


def _by_hand() -> float:
    """Returns the optimum of TABLES, cell by cell."""
    total = 0.0
    for step, days in ((1.0, 10), (2.0, 20)):
        for share, worth, old in ((0.75, 40.0, 0.5), (0.25, 20.0, 1.0)):
            for part, app in ((0.4, 6.0), (0.6, 1.0)):
                kept = 0.75
                letter = 0.05 * 0.8 * worth * kept - 0.5
                notice = _odds(0.04, app * old * step) * 0.5 * worth * kept - 0.5
                total += days / 30 * share * part * max(0.0, letter, notice)
    return total


def test_the_optimum_is_the_sum_over_cells_of_share_times_best() -> None:
    """The exact optimum is what one works out by hand: rates, odds, drift, worth, refunds, silence, costs, no contact."""
    assert math.isclose(_by_hand(), exact_optimum(parse_world(TABLES, "cells")), rel_tol=1e-12)


def test_features_without_odds_need_no_cells() -> None:
    """Thirty features that no odds are by, 10^30 cells together, change nothing."""
    idle = {f"f{number}": {"shares": dict.fromkeys("abcdefghij", 0.1)} for number in range(30)}
    population = TABLES["population"]
    wide = TABLES | {"population": population | {"features": idle | population["features"]}}

    assert math.isclose(_by_hand(), exact_optimum(parse_world(wide, "cells")), rel_tol=1e-12)


def test_days_without_a_live_campaign_are_worth_nothing() -> None:
    """Where the only campaign is over half way through, the optimum is half of what it is on its days."""
    campaign = {"campaign_id": "letter", "base_rate": 0.04, "end_day": 15}
    tables = TABLES | {"no_contact": False, "campaigns": [campaign], "reward": {"of": "conversion"}}

    assert math.isclose(0.5 * 0.04, exact_optimum(parse_world(tables, "half")), rel_tol=1e-12)


@pytest.mark.parametrize(
    ("name", "optimum"),
    [
        ("two-segments", _odds(0.02, 2.04)),
        ("delay", 0.04),
        ("delay-by-reward", 0.025 * 2.0 * 40.0 * math.exp(0.5 * 0.6**2) * (1.0 + 0.02 * (2.5 / 1.5 - 1.0))),
    ],
)
def test_optima_of_presets(name: str, optimum: float) -> None:
    """The optima of the stateless presets are the rate and the worth of the campaign that is best."""
    assert math.isclose(optimum, exact_optimum(read_world(name)), rel_tol=1e-12)


@pytest.mark.parametrize("world", [*map(read_world, STATELESS), parse_world(TABLES, "cells")], ids=lambda one: one.name)
def test_the_oracle_comes_to_the_optimum(world: WorldSpec) -> None:
    """The oracle's mean expected reward is the exact optimum, within Hoeffding's bound at level .001."""
    decisions = simulate(world, ["oracle"], seeds=[6, 7], keep_decisions=True).decisions
    best = decisions["best_expected"]

    bound = float(best.max() - best.min()) * math.sqrt(math.log(2.0 / LEVEL) / (2.0 * len(best)))
    assert abs(best.mean() - exact_optimum(world)) <= bound + 1e-12
    assert np.array_equal(best, decisions["expected_reward"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stateless": False}, "it is not stateless"),
        ({"max_contacts_a_day": 5}, "it has volume limits"),
        ({"campaigns": [{"campaign_id": "a", "odds": {"r": {"5": 2.0}}}]}, "its odds are by r too"),
    ],
)
def test_other_worlds_are_refused(change: dict[str, Any], message: str) -> None:
    """A world whose optimum is not a finite sum of declared shares is refused, and says why."""
    with pytest.raises(UsageError, match=message):
        exact_optimum(parse_world(TABLES | change, "cells"))
