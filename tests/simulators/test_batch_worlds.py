"""Short forms of the figure of learning well: the default policy in small worlds, seeded, with stated margins."""

from __future__ import annotations

import numpy as np
import pytest

from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.exploration import Thompson, Uniform
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.policy import Policy, default_policy
from banditsvc.core.portfolio import POSTERIOR_TRAIN, EncoderSpec, LearnerSpec, RewardSpec, RewardWeight
from banditsvc.core.times import DAY_US
from simulators.batch_worlds import (
    BatchWorld,
    Played,
    crossed_segments,
    dominant,
    launch,
    play,
    swap,
    weekdays,
    weekly_promotions,
)
from simulators.counting_thompson import CountingThompson
from simulators.runs.service_policy import ServicePolicy

REWARD = RewardSpec(weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),), window_us=DAY_US)

POLICY = Policy(portfolio_id="shop", exploration=Thompson(), floor=0.01)


def by_what_is_known(world: BatchWorld, seed: int) -> Played:
    """Returns what Thompson sampling on the posterior comes to."""
    learner = LearnerSpec(reward=REWARD, train=POSTERIOR_TRAIN)
    return play(world, ServicePolicy(policy=POLICY, learner=learner), seed)


def test_a_launch_for_one_segment_is_found() -> None:
    """A campaign twice the best in one of four segments, launched late, gets most of that segment and little else.

    Looked at are decisions 15,001 to 20,000 after the launch, of three runs together: asked for is .6, above what is seen
    .25 of margin. In the long form, after a longer past, it is .9 and more.
    """
    runs = [by_what_is_known(launch(before=30_000, after=20_000), seed) for seed in (1, 2, 3)]
    late = slice(-5_000, None)
    mine = [played.newest[late][played.segment[late] == 0].mean() for played in runs]
    others = [played.newest[late][played.segment[late] != 0].mean() for played in runs]
    assert np.mean(mine) >= 0.6
    assert np.mean(others) <= 0.25


def test_weekdays_are_told_apart() -> None:
    """Where two campaigns change places at the weekend, the day of the week raises the share of the best choice by .05.

    Over the second half of 16 weeks of two runs together; seen is .15 and more over 30 weeks.
    """

    def gain(*features: CalendarFeature) -> float:
        encoder = EncoderSpec(calendar_features=features)
        learner = LearnerSpec(reward=REWARD, encoder=encoder)
        world = weekdays(weeks=16)
        runs = [play(world, ServicePolicy(policy=default_policy("shop"), learner=learner), seed) for seed in (1, 2)]
        return float(np.mean([played.gain(world.decisions // 2) for played in runs]))

    assert gain(CalendarFeature.DAY_OF_WEEK) >= gain() + 0.05


def test_segments_are_told_apart() -> None:
    """Over the last 10,000 of 30,000 decisions .75 of the way from the best single campaign to the best policy is gone."""
    assert by_what_is_known(crossed_segments(2), 2).gain(20_000, 30_000) >= 0.75


def test_context_costs_little_where_it_does_not_matter() -> None:
    """Where one campaign is the best for everybody, the second half earns .97 of its rate, exploration and all."""
    played = by_what_is_known(dominant(), 3)
    assert played.value[25_000:].mean() / 0.04 >= 0.97


def test_promotions_learn_from_their_families() -> None:
    """New ids each week and answers two weeks late: over 12 weeks .4 of the gain; in the long form, of 20, .6."""
    assert by_what_is_known(weekly_promotions(weeks=12), 4).gain(0) >= 0.4


def test_a_swap_is_followed() -> None:
    """After two campaigns change places, in the end most of the gain is regained: the half-life makes it forget."""
    assert by_what_is_known(swap(before=10_000, after=40_000), 5).gain(40_000) >= 0.6


def test_counting_thompson_finds_the_best_and_no_segment() -> None:
    """Thompson sampling on counts comes near the best single campaign, and no nearer to the best policy."""
    assert play(dominant(), CountingThompson(), 1).value[25_000:].mean() / 0.04 >= 0.97
    assert abs(play(crossed_segments(2), CountingThompson(), 1).gain(40_000)) <= 0.1


def test_a_run_is_the_same_again_and_an_equal_draw_gains_nothing() -> None:
    """The same seed gives the same run bit for bit, and a uniform policy is worth an equal draw."""
    world = BatchWorld(decisions=1_200, segments=2, offer=crossed_segments(2).offer)
    first, again = by_what_is_known(world, 7), by_what_is_known(world, 7)
    assert first.value.tobytes() == again.value.tobytes()
    uniform = ServicePolicy(
        policy=Policy(portfolio_id="shop", exploration=Uniform()), learner=LearnerSpec(reward=REWARD)
    )
    played = play(world, uniform, 7)
    assert played.uniform == pytest.approx(played.value, abs=1e-15)
    assert np.array_equal(first.segment, played.segment)
