"""A trial through a running service."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from banditsvc.client import Client
from banditsvc.core.times import DAY_US
from simulators.column_map import load_column_map
from simulators.shuffle import draw_shuffle
from simulators.simulated_time import next_midnight_us, timestamp
from simulators.trial import Trial, load_trial
from simulators.trial_play import TrialPlay
from simulators.trial_run import TrialFigures, TrialSettings, run_trial


def _run(client: Client, trial: Trial, policy: str, shuffles: int = 2, reward: str = "visit") -> TrialFigures:
    return run_trial(
        client, trial, TrialSettings(name="hillstrom", reward=reward, shuffles=shuffles, policy=policy, jobs=2)
    )


def test_uniform_traffic_earns_the_mean_of_the_arms(client: Client, visits: Trial) -> None:
    """Under the uniform policy a third is accepted and earns the mean of the arms, within 5 standard errors, and each
    outcome is accepted at its first posting and a duplicate at its second.
    """
    trial = visits.random_part(2_500, seed=1)

    figures = _run(client, trial, "uniform")

    arm_means = [trial.rewards[trial.arms == arm].mean() for arm in range(3)]
    expected = sum(arm_means) / 3
    assert figures.mean_reward is not None
    assert figures.accepted == pytest.approx(5_000 / 3, abs=5 * (5_000 * 2 / 9) ** 0.5)
    assert figures.mean_reward == pytest.approx(expected, abs=5 * (expected * (1 - expected) / figures.accepted) ** 0.5)
    assert set(figures.answers) == {"ACCEPTED", "DUPLICATE"}
    assert 0 < figures.answers["DUPLICATE"] < figures.answers["ACCEPTED"] / 4


def test_the_default_policy_learns(client: Client, strong_csv: Path) -> None:
    """Where one e-mail works ten times as well as all else, the default policy earns far more than equal shares."""
    trial = load_trial(strong_csv, load_column_map("hillstrom"), "visit").random_part(4_000, seed=1)

    figures = _run(client, trial, "default", shuffles=1)

    # Equal shares earn .2, the best .5; for three of eight days nothing is known.
    assert figures.mean_reward is not None
    assert figures.mean_reward > 0.3


def test_the_fixed_order_earns_what_its_first_arm_does(client: Client, strong_csv: Path) -> None:
    """Under fixed priority exactly the rows of the first arm are accepted, in every shuffle."""
    trial = load_trial(strong_csv, load_column_map("hillstrom"), "spend").random_part(700, seed=2)

    figures = _run(client, trial, "fixed_priority", reward="spend")

    assert figures.accepted == 2 * int((trial.arms == 0).sum())
    assert figures.mean_reward == pytest.approx(trial.rewards[trial.arms == 0].mean())
    assert figures.stderr == pytest.approx(0.0)


def test_arms_of_unequal_probability_are_accepted_alike(client: Client, charitable_csv: Path) -> None:
    """Of the charitable trial 2/9 are accepted, the chance of its rarest arm, within 5 standard errors."""
    trial = load_trial(charitable_csv, load_column_map("charitable"), "gave").random_part(1_000, seed=1)

    figures = _run(client, trial, "uniform", shuffles=1, reward="gave")

    assert figures.accepted == pytest.approx(1_000 * 2 / 9, abs=5 * (1_000 * 2 / 9 * 7 / 9) ** 0.5)
    assert figures.stderr is None


def test_a_batch_is_learned_three_days_later(client: Client, visits: Trial) -> None:
    """When a batch is decided, the model has learned the accepted decisions of all batches but the last two."""
    trial = visits.random_part(600, seed=1)
    play = TrialPlay(client, trial, draw_shuffle(trial, 1, 0), "learned-three-days-later", None)
    start_us = next_midnight_us(client, play.portfolio_id)
    learned, accepted = [], []

    for day in range(6):
        client.set_time(timestamp(start_us + day * DAY_US))
        play.play_day(slice(day * 100, (day + 1) * 100), start_us + day * DAY_US)
        learned.append(client.get_model(play.portfolio_id).learned_count)
        accepted.append(play.accepted_rewards().size)

    assert [0, 0, 0, *accepted[:3]] == learned


def test_batches_above_the_services_limit_are_split(client: Client, visits: Trial) -> None:
    """A batch of more than 1,000 customers is played in several calls of the same day."""
    trial = visits.random_part(1_100, seed=1)
    days: list[tuple[int, int]] = []
    settings = TrialSettings(name="big", reward="visit", shuffles=1, batch=1_100, policy="uniform")

    figures = run_trial(client, trial, settings, lambda day, of: days.append((day, of)))

    assert days == [(1, 1)]
    assert figures.accepted == pytest.approx(1_100 / 3, abs=5 * (1_100 * 2 / 9) ** 0.5)


def test_the_figures_are_one_line_of_json() -> None:
    """The line has the six names of the contract, and null where there is no spread."""
    figures = TrialFigures(
        policy="default",
        reward="visit",
        mean_reward=0.18,
        accepted=3,
        shuffles=1,
        stderr=None,
        decisions=9,
        answers=Counter(),
    )

    expected = {"policy": "default", "reward": "visit", "mean_reward": 0.18, "accepted": 3, "shuffles": 1}
    assert expected | {"stderr": None} == json.loads(figures.json_line())
    assert "\n" not in figures.json_line()
