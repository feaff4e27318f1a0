from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.decision import Result
from banditsvc.core.rejection import FunnelStage
from banditsvc.store.memory import MemoryLog
from tests.core.test_sampling import LEVEL
from tests.serving.guarded_world import COLUMNS, KINDS, Played, p_value, p_value_of_groups, play
from tests.serving.shop import in_shop

DECISIONS = 20_000


@cache
def played() -> Played:
    return in_shop(play(MemoryLog(), 5, DECISIONS))


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
    assert all(
        (decision.shadow is None) == (decision.would_have_sent is not None)
        for decision in world.decisions
        if decision.eligible
    )
    assert {*AssignmentGroup} == {decision.group for decision in world.decisions}


def test_choices_have_the_logged_probabilities() -> None:
    """Campaigns and treatments are chosen as often as their logged probabilities say, for customers of every kind."""
    world = played()
    assert p_value(world.probabilities, world.chosen) > LEVEL
    rows = world.kind == KINDS.index("others")
    assert p_value(world.probabilities[rows], world.chosen[rows]) > LEVEL


@pytest.mark.parametrize("group", AssignmentGroup)
def test_choices_have_the_logged_probabilities_in_every_group(group: AssignmentGroup) -> None:
    """The same holds within each assignment group: of held-out customers for what they would have got."""
    world = played()
    rows = world.group == group
    assert rows.sum() > 500
    assert p_value(world.probabilities[rows], world.chosen[rows]) > LEVEL


def test_groups_come_as_often_as_their_shares_say() -> None:
    """Of the customers, each in one group whenever it comes, as many are in each as the logged shares say."""
    assert p_value_of_groups(played().decisions) > LEVEL


def test_customers_of_high_value_get_the_best() -> None:
    """Where exploration is limited to nothing, the best has probability 1."""
    world = played()
    by_policy = (world.group == AssignmentGroup.OPTIMIZED) | (world.group == AssignmentGroup.HOLDOUT)
    rows = by_policy & (world.kind == KINDS.index("high value"))
    assert rows.sum() > 1_000
    assert (world.probabilities[rows].max(axis=1) > 1.0 - 1e-12).all()


def test_every_decision_follows_from_the_log() -> None:
    """Each decision and its shadow, or its ghost, are computed again from the log, bit for bit."""
    world = played()
    assert DECISIONS == len(world.decisions)
    assert DECISIONS == world.reproduced
