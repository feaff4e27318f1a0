"""Laws of the prior while little is known: strong effects are seen at once, and no effects are not taken for granted."""

from __future__ import annotations

import numpy as np
import pytest

from banditsvc.posterior.prior import Prior
from tests.learner.posterior_world import ENTRIES, Taught, context, scorer, taught_model

SEGMENTS = "pqr"


def _told_by_segment(count: int) -> list[Taught]:
    """Returns decisions of three campaigns whose reward is 1 where campaign and segment have the same number, else 0."""
    rng = np.random.default_rng(5)
    made = []
    for _ in range(count):
        segment, entry = int(rng.integers(3)), int(rng.integers(3))
        asked = context(SEGMENTS[segment], int(rng.integers(3)))
        made.append(Taught(asked, ENTRIES[entry], float(segment == entry)))
    return made


def test_what_the_context_tells_is_seen_within_some_dozen_decisions() -> None:
    """After 90 decisions whose rewards the segment tells, the right campaign is at least .5 above the others."""
    predict = scorer(taught_model(_told_by_segment(90))).predict
    for place, segment in enumerate(SEGMENTS):
        found = predict([context(segment)], ENTRIES[:3]).rewards[0]
        assert found[place] >= np.delete(found, place).max() + 0.5


@pytest.mark.parametrize("reward", [0.0, 1.0])
def test_rewards_that_are_all_the_same_move_no_prior(reward: float) -> None:
    """As long as all rewards are the same the prior stays where it began."""
    taught = [Taught(one.context, one.campaign, reward) for one in _told_by_segment(600)]
    assert taught_model(taught)._trainer._prior() == Prior()  # type: ignore[union-attr]  # what the law is about


def test_few_decisions_do_not_show_that_there_are_no_effects() -> None:
    """Before 500 decisions the prior's effects are never smaller than at the beginning, though rewards are drawn alike."""
    rng = np.random.default_rng(6)
    taught = [Taught(one.context, one.campaign, float(rng.random() < 0.3)) for one in _told_by_segment(499)]
    prior = taught_model(taught)._trainer._prior()  # type: ignore[union-attr]  # as above
    assert prior.own >= Prior().own
    assert prior.shared >= Prior().shared
