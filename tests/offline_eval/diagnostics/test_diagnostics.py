from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, genpareto

from offline_eval.diagnostics import (
    eligible_drift,
    pareto_index,
    reward_maturity,
    unlogged_mass,
    weight_classes,
    weight_mean,
    weight_summary,
)
from offline_eval.logged import always, uniform
from tests.offline_eval.diagnostics.drawn_log import choices_alone, drawn_log, with_probabilities

LEVEL = 0.001
_LOG = drawn_log(5, floor=0.2)


def test_classes_of_weights_hold_all_of_them() -> None:
    """Each weight is in the class that ends at or above it; the shares of the decisions and of the weight sum to 1."""
    classes = weight_classes(np.array([0.0, 0.0, 0.5, 2.0, 2.5, 400.0]))

    assert [0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, math.inf] == [one.up_to for one in classes]
    assert [2, 1, 0, 1, 1, 0, 0, 0, 0, 1] == [round(6 * one.share) for one in classes]
    assert math.isclose(1.0, sum(one.weight_share for one in classes))
    assert math.isclose(400.0 / 405.0, classes[-1].weight_share)


def test_weights_are_summed_up() -> None:
    """Equal weights are as many decisions as they are; one great weight is about one."""
    equal, great = weight_summary(np.ones(200)), weight_summary(np.array([1000.0, *[1.0] * 99]))

    assert (200.0, 1.0, 1.0, 0.01) == (equal.effective, equal.effective_share, equal.largest, equal.top_share)
    assert math.isclose(1099.0**2 / (1000.0**2 + 99.0), great.effective)
    assert math.isclose(1000.0 / 1099.0, great.top_share)
    assert (0.0, 0.0, 0) == ((none := weight_summary(np.zeros(0))).effective, none.effective_share, none.count)


@pytest.mark.parametrize("index", [0.1, 0.5, 0.9])
def test_the_tail_index_is_that_of_the_tail(index: float) -> None:
    """Of Pareto weights the fitted index is the true one within 4 standard errors, (1 + k) / sqrt(tail), and the prior's pull."""
    count = 40_000
    weight = genpareto.rvs(index, size=count, random_state=np.random.default_rng(3)).astype(np.float64)
    tail = 3.0 * math.sqrt(count)
    assert abs(pareto_index(weight) - index) <= 4.0 * (1.0 + index) / math.sqrt(tail) + 10.0 * abs(index - 0.5) / tail


def test_few_or_equal_weights_have_no_tail() -> None:
    """Nothing is said of a tail that is not there."""
    assert math.isnan(pareto_index(np.ones(1000)))
    assert math.isnan(pareto_index(np.arange(8.0)))
    assert math.isnan(pareto_index(np.zeros(0)))


def test_mass_on_what_was_never_logged_is_told_by_campaign() -> None:
    """It is the target's share of entries without a logged chance, in all and by campaign; without sets it is not known."""
    probability = _LOG.entries.probability.copy()
    lost = _LOG.entries.campaign.is_name("d")
    probability[lost] = 0.0
    found = unlogged_mass(with_probabilities(_LOG, probability), uniform(_LOG))

    expected = float(uniform(_LOG)[lost].sum()) / len(_LOG)
    assert math.isclose(expected, found.total)
    assert ["d"] == list(found.by_campaign)
    assert 0.0 == unlogged_mass(_LOG, uniform(_LOG)).total

    alone = choices_alone(_LOG).where(~_LOG.entries.campaign.is_name("d")[_LOG.chosen])
    assert ["d"] == list(unlogged_mass(alone, uniform(alone)).by_campaign)
    singles = replace(_LOG, entries=replace(_LOG.entries, start=np.arange(len(_LOG) + 1)))
    assert math.isnan(unlogged_mass(_LOG, np.full(len(_LOG.entries), np.nan)).total)
    assert len(singles) == len(_LOG)


def test_weights_of_a_right_log_have_the_mean_one() -> None:
    """The test rejects at .05 in at most .05 of right logs (binomial bound at .001), and hardly any other ones."""
    right, wrong, runs = 0, 0, 200
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        weight = np.where(rng.random(2_000) < 0.1, 10.0, 0.0)
        right += weight_mean(weight, 10.0).p_value <= 0.05
        wrong += weight_mean(0.7 * weight, 10.0).p_value <= 0.05
    assert right <= binom.ppf(1.0 - LEVEL, runs, 0.05)
    assert wrong >= 0.9 * runs


def test_a_mean_below_one_is_told_only_with_a_bound() -> None:
    """Weights that may be arbitrarily large may hide their mean: without a bound nothing speaks against it."""
    lost = np.full(5_000, 0.5)
    assert weight_mean(lost, 2.0).p_value < 1e-6
    assert weight_mean(lost).p_value == 1.0
    assert weight_mean(np.full(5_000, 1.5)).p_value < 1e-6
    assert weight_mean(np.zeros(0)).p_value == 1.0


def test_drift_of_eligible_sets_is_told_by_campaign() -> None:
    """A campaign that came in the second half, and one that left, are seen, with the share of decisions they concern."""
    is_early = np.repeat(np.arange(len(_LOG)) < len(_LOG) // 2, _LOG.entries.size)
    names = (*_LOG.entries.campaign.names, "old", "new")
    codes = _LOG.entries.campaign.codes
    moved = np.where(codes == 3, np.where(is_early, 4, 5), codes).astype(np.int32)
    campaign = replace(_LOG.entries.campaign, codes=moved, names=names)
    found = eligible_drift(replace(_LOG, entries=replace(_LOG.entries, campaign=campaign)))

    assert {"old", "new"} == {one.campaign_id for one in found.campaigns[:2]}
    assert 0.0 == found.campaigns[0].shares[-1] or 0.0 == found.campaigns[0].shares[0]
    assert found.late_share > 0.5
    assert found.gone_share > 0.5
    steady = eligible_drift(_LOG)
    assert (0.0, 0.0) == (steady.late_share, steady.gone_share)
    assert steady.campaigns[0].change < 0.2


def test_maturity_is_the_share_of_the_reward_that_had_come() -> None:
    """Of two halves after a day and after a week the first has come by two days, and refunds take away."""
    delays, amounts = np.array([7.0, 1.0, 8.0]), np.array([5.0, 5.0, -2.0])
    found = reward_maturity(delays, amounts, [0.5, 2.0, 7.0, 30.0])
    assert [0.0, 0.625, 1.25, 1.0] == [one.share for one in found]
    assert math.isnan(reward_maturity(np.zeros(0), np.zeros(0), [1.0])[0].share)


def test_always_one_campaign_has_the_weights_of_its_probability() -> None:
    """The summary of such a target says how few decisions it rests on."""
    target = always("a")(_LOG)
    summary = weight_summary(target[_LOG.chosen] / _LOG.probability)
    assert summary.effective < 0.7 * len(_LOG)
    assert summary.largest <= 4 / 0.2 + 1e-9
