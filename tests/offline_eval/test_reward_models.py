"""Reward models of an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from offline_eval.choices import Coded
from offline_eval.logged import Logged, LogRefused
from offline_eval.reward_models import FOLDS, AsServed, RewardModel, Ridge, ShrunkMeans, fold_of
from tests.offline_eval.logged_world import CAMPAIGNS, RATES, played

BY = ("segment",)
FITTED: dict[str, Callable[[Logged], ShrunkMeans | Ridge]] = {
    "plain means": ShrunkMeans.of,
    "means": lambda logged: ShrunkMeans.of(logged, BY),
    "ridge": lambda logged: Ridge.of(logged, BY),
}
fitted = pytest.mark.parametrize("fit", FITTED.values(), ids=list(FITTED))


def test_a_customer_is_in_one_fold() -> None:
    """All decisions of a customer are in one fold, and folds are about equally large: within four standard errors."""
    customer = np.arange(100_000, dtype=np.int32)
    sizes = np.bincount(fold_of(customer), minlength=FOLDS)

    assert np.array_equal(np.repeat(fold_of(customer), 2), fold_of(np.repeat(customer, 2)))
    assert np.abs(sizes - 20_000).max() < 4.0 * np.sqrt(100_000 * 0.2 * 0.8)


@fitted
def test_a_customer_is_predicted_by_others(fit: Callable[[Logged], RewardModel]) -> None:
    """What a customer's decisions brought has no part in the customer's predictions, and does in those of others."""
    log = played(1, 400, 40).logged
    one = log.customer == log.customer[0]
    changed = replace(log, reward=np.where(one, 50.0, log.reward))
    before, after = fit(log).predicted(log), fit(changed).predicted(changed)
    own = np.repeat(fold_of(log.customer) == fold_of(log.customer[:1]), log.entries.size)

    assert before[own] == pytest.approx(after[own], rel=1e-9)
    assert np.abs(before[~own] - after[~own]).max() > 0.01


@fitted
def test_parts_make_the_model_of_the_whole(fit: Callable[[Logged], Any]) -> None:
    """Sums of two parts, of which the first knows fewer names, give the predictions of the whole."""
    log = played(2, 900, 300).logged
    is_first = _knows_two(log)
    first, second = fit(_of_two_names(log.where(is_first))), fit(log.where(~is_first))

    for added in (first + second, second + first):
        assert fit(log).predicted(log) == pytest.approx(added.predicted(log), rel=1e-9, abs=1e-12)


def _knows_two(log: Logged) -> NDArray[np.bool_]:
    """Returns the decisions with the first two segments and campaigns alone."""
    further = log.entries.total((log.entries.campaign.codes >= 2).astype(np.float64))
    return np.asarray((further == 0.0) & (log.labels["segment"].codes < 2))


def _of_two_names(part: Logged) -> Logged:
    """Returns a part as a reader gives it that has seen only two names."""
    segment, campaign = part.labels["segment"], part.entries.campaign
    entries = replace(part.entries, campaign=Coded(campaign.codes, campaign.names[:2]))
    return replace(part, entries=entries, labels={"segment": Coded(segment.codes, segment.names[:2])})


@fitted
def test_a_constant_reward_is_predicted(fit: Callable[[Logged], RewardModel]) -> None:
    """Where every reward is c, so is every prediction."""
    log = played(3, 500).logged
    found = fit(replace(log, reward=np.full(500, 2.5))).predicted(log)

    assert np.full(len(found), 2.5) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize("name", ["means", "ridge"])
def test_predictions_come_near_the_truth(name: str) -> None:
    """With many decisions the error is a small part of the spread of the rates, and far below that of one mean."""
    world = played(4, 20_000)
    found = FITTED[name](world.logged).predicted(world.logged)
    off = float(np.sqrt(np.mean((found - world.rates) ** 2)))
    spread = float(world.rates.std())

    assert off < {"means": 0.1, "ridge": 0.7}[name] * spread


def test_ridge_learns_what_is_linear() -> None:
    """Rewards that are linear in the features, by campaign, are predicted nearly without error; 50 decisions' weight off."""
    log = played(5, 8_000).logged
    assert log.features is not None
    slopes = np.array([[1.0, -1.0], [0.5, 0.0], [0.0, 2.0], [-1.0, 1.0]])
    expected = np.einsum("ej,ej->e", log.features[log.entries.decision], slopes[log.entries.campaign.codes])
    found = Ridge.of(replace(log, reward=expected[log.chosen])).predicted(log)

    assert float(np.std(found - expected)) < 0.1 * float(expected.std())


def test_means_without_effects_are_shrunken() -> None:
    """Where campaigns and segments do not differ, the error is at most .6 of that of plain means of groups, in 10 logs."""
    errors = []
    for seed in range(10):
        log = played(seed, 600, rates=np.full_like(RATES, 0.2)).logged
        group = log.labels["segment"].codes * 4 + log.entries.campaign.codes[log.chosen]
        plain = np.bincount(group, log.reward) / np.bincount(group)
        found = ShrunkMeans.of(log, BY).predicted(log)
        errors.append([np.mean((found - 0.2) ** 2), np.mean((plain - 0.2) ** 2)])
    ours, plain_ones = np.sqrt(np.mean(errors, axis=0)).tolist()

    assert ours < 0.6 * plain_ones


def test_unseen_groups_have_what_their_parts_say() -> None:
    """A campaign that no customer of a segment got is predicted by the segment and the campaign; all is finite."""
    log = played(7, 3_000).logged
    unseen = (log.labels["segment"].codes == 1) & (log.entries.campaign.codes[log.chosen] == 2)
    part = log.where(~unseen)
    for fit in FITTED.values():
        found = fit(part).predicted(log)
        assert np.isfinite(found).all()


def test_no_decisions_predict_nothing() -> None:
    """Of no decisions a model can be made; it predicts 0."""
    log = played(8, 50).logged
    for fit in FITTED.values():
        found = fit(log.where(np.zeros(50, dtype=np.bool_))).predicted(log)
        assert not found.any()


def test_the_model_as_served_is_the_log() -> None:
    """Predictions as served are the logged ones; those of a decision without a model are the mean; none are refused."""
    log = played(9, 100).logged
    found, first = AsServed().predicted(log), int(log.entries.start[1])

    assert np.array_equal(log.entries.predicted[first:], found[first:])
    assert np.full(first, found[first:].mean()) == pytest.approx(found[:first])
    nothing = replace(log, entries=replace(log.entries, predicted=np.full(len(log.entries), np.nan)))
    with pytest.raises(LogRefused, match="take another reward model"):
        AsServed().predicted(nothing)


def test_what_does_not_fit_is_refused() -> None:
    """Labels that are not there, other labels, other numbers of names, and names never seen are refused."""
    log = played(10, 60).logged
    renamed = replace(
        log, entries=replace(log.entries, campaign=Coded(log.entries.campaign.codes, ("x", *CAMPAIGNS[1:])))
    )
    for model in (ShrunkMeans, Ridge):
        with pytest.raises(ValueError, match="the log has no label channel; it has segment"):
            model.of(log, ("channel",))
        with pytest.raises(ValueError, match="one reader"):
            model.of(renamed).predicted(log)
        with pytest.raises(ValueError, match="of the whole log"):
            model.of(_of_two_names(log.where(_knows_two(log)))).predicted(log)
    with pytest.raises(ValueError, match="by"):
        _ = ShrunkMeans.of(log) + ShrunkMeans.of(log, BY)
    with pytest.raises(ValueError, match="other features"):
        _ = Ridge.of(log) + Ridge.of(log, BY)
