from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from banditsvc.core.decision import Result
from banditsvc.core.rejection import FunnelStage
from tests.core.test_sampling import LEVEL, statistic
from tests.serving.guarded_world import COLUMNS, GROUPS, Played, play
from tests.serving.shop import Shop, in_shop

DECISIONS = 20_000


@cache
def played() -> Played:
    return in_shop(play(Shop(), 5, DECISIONS))


def _p_value(probabilities: NDArray[np.float64], chosen: NDArray[np.intp]) -> float:
    value, rank = statistic(probabilities, np.bincount(chosen, minlength=probabilities.shape[1]).astype(np.float64))
    return float(chi2.sf(value, rank))


def test_everything_is_switched_on() -> None:
    """The world that is counted has rejections of rules, contact policy and capacity, treatments, floors and limits."""
    world = played()
    stages = Counter(rejection.stage for decision in world.decisions for rejection in decision.rejections)
    floors = np.array([0.0 < p < 0.05 for decision in world.decisions for p in decision.selection_probabilities])
    used = {FunnelStage.ELIGIBILITY, FunnelStage.APPLICABILITY, FunnelStage.SUITABILITY, FunnelStage.CONTACT_POLICY}
    assert used | {FunnelStage.CAPACITY} == set(stages)
    assert all(count > 100 for count in stages.values())
    assert floors.mean() > 0.05
    assert (np.bincount(world.chosen, minlength=len(COLUMNS)) > 20).all()
    assert any(decision.result is Result.NO_ELIGIBLE for decision in world.decisions)
    assert all(decision.shadow is not None for decision in world.decisions if decision.eligible)


def test_choices_have_the_logged_probabilities_in_every_group() -> None:
    """Campaigns and treatments are chosen as often as their logged probabilities say, in all and in each group."""
    world = played()
    assert _p_value(world.probabilities, world.chosen) > LEVEL
    rows = world.group == 1
    assert _p_value(world.probabilities[rows], world.chosen[rows]) > LEVEL


def test_customers_of_high_value_get_the_best() -> None:
    """Where exploration is limited to nothing, the best has probability 1."""
    world = played()
    rows = world.group == GROUPS.index("high value")
    assert rows.sum() > 1_000
    assert (world.probabilities[rows].max(axis=1) > 1.0 - 1e-12).all()


def test_every_decision_follows_from_the_log() -> None:
    """Each decision and its shadow are computed again from the log, bit for bit."""
    world = played()
    assert DECISIONS == len(world.decisions)
    assert DECISIONS == world.reproduced
