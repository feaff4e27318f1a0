"""Worlds fitted to made trials whose truth is known."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binom, norm

from simulators.fit.calibration import judge
from simulators.fit.campaign_differences import campaign_differences
from simulators.fit.fit import Fit, fit_world
from simulators.fit.fit_errors import FitError, TooFewResponses
from simulators.fit.fit_rows import PartColumn
from simulators.fit.fit_words import verdict_words
from simulators.fit.response_cells import cells_of
from simulators.fit.response_model import fit_responses
from simulators.fit.world_toml import world_toml
from simulators.runs.simulate import simulate
from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.read_world import parse_world
from simulators.worlds.without_contact_spec import WithoutContactSpec
from simulators.worlds.world_spec import WorldSpec
from tests.simulators.fit.made_rows import IDS, Truth, made_rows
from tests.simulators.fit.test_without_contact import Always

TURNED = Truth(own={0: (0.8, -0.8, 0.0), 1: (-0.8, 0.8, 0.0)})
"""The letter suits families, the mail students."""
BOUND = float(norm.isf(0.0005))
"""Of a z at level .001, two-sided."""


@pytest.fixture(scope="module")
def fit() -> Fit:
    return fit_world("made", made_rows(TURNED, 20_000, seed=3, money=True))


def test_the_fitted_world_reproduces_the_means_of_the_arms(fit: Fit) -> None:
    """With each arm as the policy, the mean rewards of the simulated world are those of the trial, at level .001.

    The bound is the normal one of the difference of two means, of the trial and of the simulation.
    """
    rows = fit.rows
    frames = simulate(fit.world, {one: Always(one) for one in IDS}, seeds=(1,), keep_decisions=True)

    for arm, campaign_id in enumerate(IDS):
        rewards = rows.rewards[rows.arms == arm]
        simulated = frames.decisions[frames.decisions["policy"] == campaign_id]["reward"].dropna()
        error = np.hypot(rewards.std() / np.sqrt(len(rewards)), simulated.std() / np.sqrt(len(simulated)))
        assert abs(simulated.mean() - rewards.mean()) < BOUND * error


def test_the_mean_chances_of_the_world_are_those_of_the_rows(fit: Fit) -> None:
    """In the world's own population each campaign responds, within the window, as often as in the data, to 1 %."""
    shares = fit.rows.per_arm(fit.rows.responses.astype(np.float64)) / fit.rows.arm_rows

    found = [_mean_chance(fit.world, one) for one in (*fit.world.campaigns, fit.world.without_contact)]
    assert found == pytest.approx(shares.tolist(), rel=0.01)


def _mean_chance(world: WorldSpec, spec: CampaignSpec | WithoutContactSpec | None) -> float:
    """Returns the chance of a response within the window in a world's population, whose parts are independent."""
    assert spec is not None
    parts = {"segment": {name: one.share for name, one in world.population.segments.items()}}
    parts |= {f"features.{name}": dict(one.shares) for name, one in world.population.features.items()}
    logits, weights = np.array([logit(spec.base_rate)]), np.ones(1)
    for part, shares in parts.items():
        own = spec.odds.get(part, {})
        logits = np.add.outer(logits, [np.log(own.get(value, 1.0)) for value in shares]).ravel()
        weights = np.multiply.outer(weights, list(shares.values())).ravel()
    within = -np.expm1(-world.reward.window_days / (spec.delay or world.delay).mean_days)
    return float(weights @ expit(logits) * within)


def test_odds_are_those_of_the_truth(fit: Fit) -> None:
    """Odds of two segments relate as in the truth, to within 3.3 standard errors of the trial and the shrinkage."""
    letter = fit.world.campaigns[0].odds["segment"]
    mail = fit.world.campaigns[1].odds["segment"]

    # Truth: (0.5 + 0.8) - (0.0 - 0.8) and (0.5 - 0.8) - (0.0 + 0.8); the standard error of each is about .1.
    assert abs(np.log(letter["family"] / letter["student"]) - 2.1) < 0.5
    assert abs(np.log(mail["family"] / mail["student"]) + 1.1) < 0.5


def test_campaigns_that_are_alike_keep_the_same_odds() -> None:
    """Where campaigns suit the same customers, tests at .01 seldom find otherwise: by a binomial bound at .001."""
    found = [campaign_differences(cells_of(made_rows(Truth(), 3_000, seed))).in_whom_they_suit for seed in range(60)]

    assert sum(found) <= binom.isf(0.001, len(found), 0.01)


def test_a_right_model_is_calibrated_and_a_wrong_one_is_not(fit: Fit) -> None:
    """Held-out rows confirm the fit; they refute one to rows with the wrong segments, and the words say so."""
    rows = fit.rows
    most, rest = rows.split(0.5, 1)
    assert fit.calibration.is_calibrated
    assert fit.calibration.context_tells
    assert verdict_words(fit.calibration).startswith("Calibrated on 4,000 rows")

    right = most.parts["segment"]
    turned = PartColumn((right.codes + 1) % len(right.names), right.names)
    wrong = replace(most, parts={**most.parts, "segment": turned})
    refuted = judge(fit_responses(wrong), None, wrong, rest)
    assert not refuted.is_calibrated
    assert verdict_words(refuted).startswith("Not calibrated")


def test_the_file_is_the_world(fit: Fit) -> None:
    """The written TOML, comments and all, reads as the very same world, and is the same text for the same rows."""
    assert parse_world(tomllib.loads(world_toml(fit.world, ["a comment"])), "t") == fit.world
    one, other = (world_toml(fit_world("made", made_rows(TURNED, 2_000, seed=3)).world) for _ in range(2))
    assert one == other


def test_too_few_responses_are_refused() -> None:
    """An arm with fewer than 20 responses is named, with what it has and the rows that it would take."""
    rows = made_rows(Truth(constants=(-2.0, -5.5, -2.0)), 1_500, seed=1)
    own = int(rows.responses[rows.arms == 1].sum())

    with pytest.raises(
        TooFewResponses, match=rf"mail has {own} responses in \d+ rows: 20 are needed, about [\d,]+ rows"
    ):
        fit_world("made", rows)


def test_one_campaign_alone_is_refused() -> None:
    """With a single arm there is nothing to choose, and the message says so."""
    with pytest.raises(FitError, match=re.escape("there is one campaign alone, letter: a world needs two or more")):
        fit_world("made", made_rows(Truth(constants=(-2.0,)), 500, seed=1))


def test_names_that_no_world_may_have_are_refused() -> None:
    """Data with a name that the service would not take are refused by a message with the place, not by a stack trace."""
    rows = made_rows(Truth(), 3_000, seed=1)
    segment = rows.parts["segment"]
    named = replace(rows, parts={**rows.parts, "segment": PartColumn(segment.codes, (129 * "x", *segment.names[1:]))})

    with pytest.raises(FitError, match=r"the data make no world: population\.segments: .* at most 128 characters"):
        fit_world("made", named)
