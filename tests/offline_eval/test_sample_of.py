"""Samples of a log, as seen from a target policy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from offline_eval.choices import Coded
from offline_eval.estimators import (
    FIRST_ROW,
    TARGET_UNKNOWN,
    WITHOUT_MODEL,
    Mips,
    embedded_sample,
    evidence_of,
    known_to_target,
    point_estimates,
    sample_of,
)
from offline_eval.logged import Entries, Logged, LogRefused
from offline_eval.logged.targets import as_logged
from offline_eval.reward_models import AsServed, RewardModel, Ridge, ShrunkMeans
from tests.offline_eval.logged_world import FAMILY_OF, RATES, played, random_target

LEVEL = 0.001


def test_weights_and_modeled_rewards_are_those_of_each_decision() -> None:
    """Weight, modeled rewards, units and bounds equal those of a loop over the decisions."""
    log = played(1, 50).logged
    target, model = random_target(2, log), ShrunkMeans.of(log, ("segment",))
    found, modeled = sample_of(log, target, model), model.predicted(log)
    assert found.modeled_choice is not None
    assert found.modeled_target is not None
    start = log.entries.start.tolist()
    for place, chosen in enumerate(log.chosen.tolist()):
        own = slice(start[place], start[place + 1])
        assert target[chosen] / log.probability[place] == pytest.approx(found.weight[place])
        assert modeled[chosen] == found.modeled_choice[place]
        assert float(target[own] @ modeled[own]) == pytest.approx(found.modeled_target[place])
    assert float((target / log.entries.probability).max()) == found.greatest_weight
    assert log.customer is found.unit
    assert (0.0, 1.0) == found.reward_range


def test_the_logger_has_weights_of_one() -> None:
    """Seen from the policy that made the log, every weight is 1, and so is the largest."""
    log = played(2, 300).logged
    found = sample_of(log, as_logged(log))

    assert np.array_equal(np.ones(300), found.weight)
    assert 1.0 == found.greatest_weight


def test_a_floor_bounds_the_weights() -> None:
    """The largest weight is 1 over the smallest probability where that is known, and infinite where nothing is."""
    log = played(3, 200).logged
    target, least = random_target(3, log), float(log.probability.min())
    alone = _choices_alone(log)

    for told in (least, least * (1.0 + 1e-8)):  # the logger may have rounded
        assert 1.0 / least == sample_of(log, target, smallest_probability=told).greatest_weight
    assert 2.0 / least == pytest.approx(sample_of(log, target, smallest_probability=0.5 * least).greatest_weight)
    assert math.inf == sample_of(alone, target[log.chosen]).greatest_weight
    with pytest.raises(LogRefused, match="below the smallest"):
        sample_of(log, target, smallest_probability=2.0 * least)


@pytest.mark.parametrize("model", ["means", "ridge", "served"])
def test_estimates_reach_the_truth(model: str) -> None:
    """All estimators of the first row but DM and clipped IPS lie within the bounds of a normal test of the true value."""
    world = played(5, 20_000, 10_000)
    log, target = world.logged, random_target(6, world.logged)
    models: dict[str, RewardModel] = {
        "means": ShrunkMeans.of(log, ("segment",)),
        "ridge": Ridge.of(log, ("segment",)),
        "served": AsServed(),
    }
    points = {one.name: one for one in point_estimates(evidence_of(sample_of(log, target, models[model])))}

    for name in ("IPS", "SNIPS", "DR", "SNDR", "Cressie-Read"):
        assert abs(points[name].value - world.value(target)) < norm.isf(LEVEL / 2) * points[name].standard_error
    assert points["DR"].standard_error < points["IPS"].standard_error


def test_days_add_up_to_the_log() -> None:
    """A log that is read in parts, twice, first for the model and then for the evidence, gives what the whole gives."""
    log = played(7, 3_000, 900).logged
    target = random_target(8, log)
    parts = [log.time_us % 3 == place for place in range(3)]
    logs = [(log.where(part), target[np.repeat(part, log.entries.size)]) for part in parts]
    first, second, third = (ShrunkMeans.of(part, ("segment",)) for part, _ in logs)
    model = first + second + third
    one, two, three = (evidence_of(sample_of(part, own, model)) for part, own in logs)
    whole = evidence_of(sample_of(log, target, ShrunkMeans.of(log, ("segment",))))

    for expected, added in zip(point_estimates(whole), point_estimates(one + two + three), strict=True):
        assert (expected.value, expected.standard_error) == pytest.approx((added.value, added.standard_error), rel=1e-9)


def test_families_have_the_mean_weight_of_their_campaigns() -> None:
    """A family's weight is the mean of its campaigns' weights by their logged probabilities; each alone, MIPS is IPS."""
    log = played(9, 100).logged
    target = random_target(9, log)
    found, start = embedded_sample(log, target, FAMILY_OF), log.entries.start.tolist()
    family = np.array([FAMILY_OF[log.entries.campaign.names[code]] for code in log.entries.campaign.codes])
    for place, chosen in enumerate(log.chosen.tolist()):
        own = np.arange(start[place], start[place + 1])
        own = own[family[own] == family[chosen]]
        expected = np.average(target[own] / log.entries.probability[own], weights=log.entries.probability[own])
        assert expected == pytest.approx(found.weight[place])
    assert sample_of(log, target).weight == pytest.approx(embedded_sample(log, target, {}).weight)


def test_mips_is_right_where_campaigns_of_a_family_are_alike() -> None:
    """With equal rates within families MIPS reaches the truth with a smaller standard error than IPS; else it is off."""
    alike = RATES[:, [0, 0, 2, 2]]
    for rates, is_right in ((alike, True), (RATES * [1.0, 0.0, 1.0, 0.0], False)):
        world = played(10, 40_000, rates=rates)
        log = world.logged
        target = np.where(log.entries.campaign.is_name("c0", "c2"), 1.0, 1e-3)
        target /= np.repeat(log.entries.total(target), log.entries.size)
        mips = Mips().point(evidence_of(embedded_sample(log, target, FAMILY_OF), [Mips()]))
        ips = point_estimates(evidence_of(sample_of(log, target), WITHOUT_MODEL), WITHOUT_MODEL)[0]
        off = abs(mips.value - world.value(target)) / mips.standard_error
        assert is_right == (off < norm.isf(LEVEL / 2))
        assert mips.standard_error < ips.standard_error


def test_what_the_target_does_not_know_is_counted() -> None:
    """Decisions of which the target lacks a probability are left out and counted; unless they are, it is refused."""
    log = played(11, 40).logged
    target = random_target(11, log)
    target[[0, int(log.entries.start[5])]] = np.nan
    part, known = known_to_target(log, target)

    assert {TARGET_UNKNOWN: 2} == part.left_out
    assert (38, len(part.entries)) == (len(part), len(known))
    assert 38 == len(sample_of(part, known))
    assert known_to_target(part, known)[0] is part
    with pytest.raises(LogRefused, match="known_to_target"):
        sample_of(log, target)


def test_no_probabilities_are_refused() -> None:
    """A target of another length, below 0, or that does not sum to 1, and models of choices alone are refused."""
    log = played(12, 30).logged
    target, alone = random_target(12, log), _choices_alone(log)
    negative = target.copy()
    negative[0], negative[1] = -0.1, negative[1] + negative[0] + 0.1

    for wrong in (target[:-1], target * 1.01, target * 0.99, negative):
        with pytest.raises(LogRefused, match="the target"):
            sample_of(log, wrong)
    with pytest.raises(LogRefused, match="every eligible campaign"):
        sample_of(alone, target[log.chosen], ShrunkMeans.of(alone))
    with pytest.raises(LogRefused, match="MIPS needs"):
        embedded_sample(alone, target[log.chosen], FAMILY_OF)
    with pytest.raises(LogRefused, match="do not sum to 1"):
        sample_of(alone, np.full(30, 1.5))


def test_no_decisions_are_a_sample() -> None:
    """Of no decisions there is a sample of none, without values."""
    log = played(13, 20).logged
    nothing = log.where(np.zeros(20, dtype=np.bool_))
    found = sample_of(nothing, np.zeros(0), ShrunkMeans.of(log))

    assert 0 == len(found)
    assert all(math.isnan(point.value) for point in point_estimates(evidence_of(found, FIRST_ROW)))


def _choices_alone(log: Logged) -> Logged:
    """Returns the log as one has it that tells of each decision only what was chosen."""
    count, chosen = len(log), log.chosen
    entries = Entries(
        start=np.arange(count + 1),
        campaign=Coded(log.entries.campaign.codes[chosen], log.entries.campaign.names),
        probability=log.probability,
        predicted=log.entries.predicted[chosen],
        deviation=log.entries.deviation[chosen],
    )
    return replace(log, entries=entries, chosen=np.arange(count))
