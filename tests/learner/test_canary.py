"""Laws of the canary: a model that would fail those it is for is never served, and holds up nothing else."""

from __future__ import annotations

import numpy as np
import structlog
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.learned_states import LearnedStates
from banditsvc.core.model import UNTRAINED
from banditsvc.core.policy import Policy
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import Deployment
from tests.learner.feeds import END_US, facts, prompt_feed
from tests.learner.worlds import SHOP, START_US, World, learner_spec, opening, relearn


class _Broken:
    """An exploration that is at odds with every law."""

    def pmf(
        self,
        predicted: NDArray[np.float64],
        fixed_rank: NDArray[np.int64],
        equal_parts: NDArray[np.float64],
        learned: LearnedState | LearnedStates,
        deviation: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        del fixed_rank, equal_parts, learned, deviation
        return np.full_like(predicted, np.nan)


def test_a_model_that_fails_the_canary_is_not_published() -> None:
    """Where recent decisions would get no valid pmf, the model is kept back and the old one goes on serving."""
    world = World()
    truth = facts(5)
    policy = Policy(portfolio_id=SHOP, policy_version=1, exploration=_Broken())
    world.append(
        opening(learner_spec()), (START_US - HOUR_US, [policy, Deployment(portfolio_id=SHOP, policy_version=1)])
    )

    world.play([*truth.deeds, *prompt_feed(truth), (END_US, [])])

    assert world.learned().model_version == UNTRAINED
    assert world.registry.list_models(SHOP) == []
    assert world.learned().settled_through_us == world.log.watermark().time_us
    assert world.learned().sums.learned_count > 10


def test_a_relearned_model_that_fails_the_canary_is_given_up_until_asked_for_again() -> None:
    """A refused relearn is told once, the old lineage goes on, and the next request that is sound takes over."""
    truth = facts(5)
    world = World()
    world.play([opening(learner_spec()), *truth.deeds, *prompt_feed(truth), (END_US + DAY_US, [])])
    before = world.learned()
    broken = Policy(portfolio_id=SHOP, policy_version=1, exploration=_Broken())
    sound = Policy(portfolio_id=SHOP, policy_version=2)

    with structlog.testing.capture_logs() as logs:
        world.append((END_US, [broken, Deployment(portfolio_id=SHOP, policy_version=1), relearn()]))
        for day in range(4):
            world.wait_until(END_US + (2 + day) * DAY_US)
    refused, progress = world.learned(), world.registry.progress(SHOP)
    assert progress is not None
    world.append((END_US + 7 * DAY_US, [sound, Deployment(portfolio_id=SHOP, policy_version=2), relearn()]))
    world.catch_up()

    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["lineage_abandoned"]
    assert not progress.relearning
    assert refused.model_version == before.model_version
    assert refused.settled_through_us == END_US + 5 * DAY_US
    assert world.learned().model_version == f"3.{before.sums.learned_count}"
