"""Two segments with opposite best campaigns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from banditsvc.core.exploration import SquareCB, Uniform
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import TrainSpec
from simulators.two_segments import BEST_POLICY, BEST_SINGLE, PORTFOLIO_ID, TwoSegmentsSettings, run_two_segments
from simulators.two_segments_figure import two_segments_figure

SHORT = TwoSegmentsSettings(decisions=5_000, judged=1_000)


def test_the_law_is_as_stated() -> None:
    """The best single campaign earns .03 and the best policy .04."""
    assert pytest.approx((BEST_SINGLE, BEST_POLICY)) == (0.03, 0.04)


def test_sending_at_random_is_no_better_than_one_campaign() -> None:
    """The uniform policy comes none of the way from the best single campaign to the best policy."""
    uniform = replace(SHORT, policy=Policy(portfolio_id=PORTFOLIO_ID, exploration=Uniform()))

    assert run_two_segments(0, uniform) == pytest.approx(0.0, abs=1e-9)


def test_a_run_is_a_function_of_its_seed() -> None:
    """The same seed gives the same share, bit for bit; another seed another one."""
    assert run_two_segments(3, SHORT) == run_two_segments(3, SHORT)
    assert run_two_segments(3, SHORT) != run_two_segments(4, SHORT)


def test_nothing_is_known_before_the_lag_is_over() -> None:
    """The batches before the first outcomes are learned are decided by equal probabilities."""
    lag_only = replace(SHORT, decisions=1_500, judged=1_500)

    assert run_two_segments(0, lag_only) == pytest.approx(0.0, abs=1e-9)


def test_learning_personalises() -> None:
    """With a policy and a learner that suit it, learning comes at least half of the way, the mean of two runs."""
    policy = Policy(portfolio_id=PORTFOLIO_ID, exploration=SquareCB(gamma_scale=3.0, gamma_exponent=0.5))
    train = TrainSpec(learning_rate=0.1, power_t=0.5)
    settings = TwoSegmentsSettings(decisions=20_000, judged=5_000, policy=policy, train=train)

    assert sum(run_two_segments(seed, settings) for seed in range(2)) / 2 >= 0.5


def test_processes_do_not_change_the_figure() -> None:
    """The figure is the same from one process and from two."""
    alone = two_segments_figure(seeds=2, decisions=2_000, policy="square_cb:10:0.5")

    assert alone == two_segments_figure(seeds=2, decisions=2_000, policy="square_cb:10:0.5", jobs=2)
    assert alone["seeds"] == 2
