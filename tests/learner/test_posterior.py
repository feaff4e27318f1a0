"""Laws of the posterior learner: it is the exact posterior, loses nothing by stopping, and forgets as it is told."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.encoded import EncodedContext, pack
from banditsvc.core.portfolio import LearnerKind, TrainSpec
from banditsvc.learner.running_model import RunningModel
from banditsvc.posterior import statistics as statistics_module
from banditsvc.posterior.fit import Posterior, TreeFit
from banditsvc.posterior.prior import Prior, Scales
from banditsvc.posterior.statistics import CONSTANT, FIRST_FEATURE, MATCH, ROOT, Statistics
from tests.learner.posterior_world import (
    CAMPAIGNS,
    ENCODER,
    ENTRIES,
    FOR_EVER,
    bits_of,
    context,
    dense_posterior,
    dense_tree,
    lessons,
    scorer,
    spec,
    taught_model,
    teach,
)

BY_DECISIONS = TrainSpec(learner=LearnerKind.POSTERIOR, half_life_decisions=300)
BY_DAYS = TrainSpec(learner=LearnerKind.POSTERIOR, half_life_days=20.0)


def _learned(count: int = 700) -> tuple[Statistics, NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]:
    """Returns the statistics of some decisions, with their coordinates, nodes and rewards."""
    taught = lessons(count)
    running = taught_model(taught)
    running.weights()
    statistics = running._trainer._statistics  # type: ignore[union-attr]  # what the laws are about
    coordinates = np.zeros((count, statistics.size))
    for row, one in zip(coordinates, taught, strict=True):
        row[CONSTANT] = 1.0
        for feature, value in zip(one.context.hashes, one.context.values, strict=True):
            row[statistics.column_of[feature]] = value
            row[MATCH] += value * (feature == one.campaign.match_hash)
    nodes = np.array([statistics.node_of[one.campaign.ancestry[-1]] for one in taught])
    return statistics, coordinates, nodes, np.array([one.reward for one in taught])


PRIORS = [Prior(), Prior(shared=2, own=6, kinship=3), Prior(shared=7, own=1, kinship=0), Prior(own=8, noise=4)]


@pytest.mark.parametrize("prior", PRIORS)
def test_the_tree_is_fitted_as_one_dense_system(prior: Prior) -> None:
    """Means and covariances of all nodes are those of the joint posterior of all departures."""
    statistics, coordinates, nodes, rewards = _learned()
    posterior: Posterior = TreeFit(statistics, rewards.mean(), rewards.mean()).posterior(prior)
    mean, covariance, _ = dense_tree(statistics, coordinates, nodes, rewards, prior)
    size = statistics.size
    assert mean == pytest.approx(posterior.mean, abs=1e-9)
    for node in range(statistics.node_count):
        block = slice(node * size, (node + 1) * size)
        assert covariance[block, block] == pytest.approx(posterior.covariance[node], abs=1e-9)


def test_what_all_have_in_common_is_taken_off() -> None:
    """Without what is common, a node's covariance is that of its difference from the mean of all, by their precision."""
    statistics, coordinates, nodes, rewards = _learned()
    posterior = TreeFit(statistics, rewards.mean(), rewards.mean()).posterior(PRIORS[0])
    _, covariance, _ = dense_tree(statistics, coordinates, nodes, rewards, PRIORS[0])
    count, size, noise = statistics.node_count, statistics.size, float(rewards.var())
    of_root = Scales(PRIORS[0], noise, float(rewards.mean()), len(rewards)).of_root(size)
    _, common, _ = dense_posterior(coordinates, rewards - rewards.mean(), of_root, noise)
    assert common == pytest.approx(posterior.common, abs=1e-9)
    precision = statistics.gram[:count, :size, :size] / noise
    precision[ROOT] += np.diag(of_root**-2.0)
    pooled = np.concatenate([common @ one for one in precision], axis=1)
    for node in range(count):
        difference = -pooled
        difference[:, node * size : (node + 1) * size] += np.eye(size)
        expected = posterior.covariance[node] - posterior.common
        assert difference @ covariance @ difference.T == pytest.approx(expected, abs=1e-9)


def test_scores_are_posterior_means() -> None:
    """What is scored, hashed, is the mean of all rewards and the campaign's own effects, in single precision."""
    running = taught_model(lessons(900))
    scoring = scorer(running)
    trainer = running._trainer
    posterior = trainer._fit().posterior(trainer._prior())  # type: ignore[union-attr]  # as above
    statistics = trainer._statistics  # type: ignore[union-attr]
    asked = [context("p", 1), context("q", 2, 0.8), context("r", 0, 0.3)]
    predicted = scoring.predict(asked, ENTRIES).rewards
    for one, row in zip(asked, predicted, strict=True):
        for entry, score in zip(ENTRIES, row.tolist(), strict=True):
            z = np.zeros(statistics.size)
            z[CONSTANT] = 1.0
            for feature, value in zip(one.hashes, one.values, strict=True):
                z[statistics.column_of[feature]] = value
                z[MATCH] += value * (feature == entry.match_hash)
            effects = posterior.mean[statistics.node_of[entry.ancestry[-1]]]
            assert running.learned.reward_mean + z @ effects == pytest.approx(score, abs=1e-6)


def test_deviations_are_those_of_the_posterior() -> None:
    """Over the contexts learned from, deviations are those of the full covariance, without what is common, within 20 %, on average 5 %."""
    taught = lessons(4_000)
    running = taught_model(taught)
    scoring, trainer = scorer(running), running._trainer
    posterior = trainer._fit().posterior(trainer._prior())  # type: ignore[union-attr]  # as above
    statistics = trainer._statistics  # type: ignore[union-attr]
    asked = [one.context for one in taught[:200]]
    found = scoring.predict(asked, ENTRIES).deviations
    assert found is not None
    for place, entry in enumerate(ENTRIES):
        z = np.zeros((len(asked), statistics.size))
        z[:, CONSTANT] = 1.0
        for row, one in zip(z, asked, strict=True):
            for feature, value in zip(one.hashes, one.values, strict=True):
                row[statistics.column_of[feature]] = value
        covariance = posterior.covariance[statistics.node_of[entry.ancestry[-1]]] - posterior.common
        exact = np.sqrt(np.einsum("ij,jk,ik->i", z, covariance, z))
        assert exact == pytest.approx(found[:, place], rel=0.2)
        assert exact.mean() == pytest.approx(found[:, place].mean(), rel=0.05)


def test_a_new_campaign_starts_as_its_family_and_is_less_known() -> None:
    """A campaign that was never learned of is predicted as its family, one of no family as all; the stranger, the less sure."""
    # So few that evidence has not come to expect kin to differ as strangers do.
    scoring = scorer(taught_model(lessons(1_200)))
    kin = ENCODER.campaign(Campaign(campaign_id="new", family="f", type=CAMPAIGNS[0].type, category="shoes"))
    stranger = ENCODER.campaign(Campaign(campaign_id="stranger"))
    asked = [context("p"), context("q")]
    predicted, deviations = (
        scoring.predict(asked, [ENTRIES[0], ENTRIES[1], kin, stranger]).rewards,
        scoring.predict(asked, [ENTRIES[0], kin, stranger]).deviations,
    )
    assert deviations is not None
    assert (deviations[:, 0] < deviations[:, 1]).all()
    assert (deviations[:, 1] < deviations[:, 2]).all()
    family = predicted[:, :2].mean(axis=1)
    assert (np.abs(predicted[:, 2] - family) < np.abs(predicted[:, 3] - family)).all()


@pytest.mark.parametrize("train", [FOR_EVER, BY_DECISIONS, BY_DAYS], ids=["for ever", "decisions", "days"])
@pytest.mark.parametrize("stop", [1, 255, 256, 499, 500, 777])
def test_going_on_from_a_state_is_bit_equal(train: TrainSpec, stop: int) -> None:
    """Stopped anywhere and gone on from its bytes it has the same weights, variances and state, bit for bit."""
    taught = lessons(1_300)
    through = taught_model(taught, train)
    begun = taught_model(taught[:stop], train)
    resumed = RunningModel(spec(train), begun.serialize(), begun.sums)
    teach(resumed, taught[stop:])
    assert bits_of(through) == bits_of(resumed)


def test_looking_changes_nothing() -> None:
    """Asking for models on the way, at whatever counts, changes no bit of what is learned."""
    taught = lessons(1_000)
    through, watched = taught_model(taught, BY_DECISIONS), RunningModel(spec(BY_DECISIONS))
    for place, one in enumerate(taught):
        teach(watched, [one])
        if place % 97 == 0:
            watched.weights()
    assert bits_of(through) == bits_of(watched)


@pytest.mark.parametrize(("train", "decisions"), [(BY_DECISIONS, 7 * 256), (BY_DAYS, 1_800)])
def test_what_was_learned_fades_by_half(train: TrainSpec, decisions: int) -> None:
    """After so many decisions or days as the half-life is, what was learned before counts one half."""
    taught = lessons(decisions)
    running = taught_model(taught, train)
    running.weights()
    weight = running._trainer._statistics.totals.weight  # type: ignore[union-attr]  # as above
    if train.half_life_decisions is not None:
        parts = decisions // 256
        expected = 256 * sum(2.0 ** (-256 * part / train.half_life_decisions) for part in range(1, parts + 1))
    else:
        assert train.half_life_days is not None
        expected = sum(2.0 ** -((taught[-1].day - one.day) / train.half_life_days) for one in taught)
    assert expected == pytest.approx(weight, rel=1e-9)


def test_many_campaigns_are_counted_to_their_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most nodes the campaign not learned of for longest goes, and its decisions count for its parent."""
    monkeypatch.setattr(statistics_module, "MOST_NODES", 12)
    running = RunningModel(spec())
    old = [ENCODER.campaign(Campaign(campaign_id=f"old{number}", family="f")) for number in range(30)]
    for one in lessons(600):
        teach(running, [one])
    for number, entry in enumerate(old * 12):
        running.learn(context("p"), entry, scaled_reward=float(number % 2), selection_probability=0.5, eligible_count=2)
    running.weights()
    statistics = running._trainer._statistics  # type: ignore[union-attr]  # as above
    assert statistics.node_count <= 12 + 30
    total = statistics.gram[: statistics.node_count, CONSTANT, CONSTANT].sum()
    assert total == pytest.approx(960.0, abs=1e-9)
    assert statistics.gram[statistics.node_of[ENTRIES[0].ancestry[-2]], CONSTANT, CONSTANT] > 0.0
    resumed = RunningModel(spec(), running.serialize(), running.sums)
    assert bits_of(running) == bits_of(resumed)


def test_features_beyond_the_most_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first features met are learned from; what a later one says changes no score."""
    monkeypatch.setattr(statistics_module, "MOST_FEATURES", 11)
    running = taught_model(lessons(600))
    assert running.weights().any()
    assert FIRST_FEATURE + 11 == running._trainer._statistics.size  # type: ignore[union-attr]  # as above
    scoring = scorer(running)
    known, unknown = context("p", 0), context("p", 99)
    assert np.abs(scoring.predict([known], ENTRIES).rewards - scoring.predict([unknown], ENTRIES).rewards).max() < 0.2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e19])
def test_what_is_not_finite_is_refused(value: float) -> None:
    """A context with such a value is refused, and nothing was learned."""
    running = taught_model(lessons(50))
    before = bits_of(running)
    bad = EncodedContext(*pack([(1, value)]))
    with pytest.raises(ValueError, match="not finite"):
        running.learn(bad, ENTRIES[0], scaled_reward=0.0, selection_probability=0.5, eligible_count=2)
    assert before == bits_of(running)
    with pytest.raises(ValueError, match="out of range"):
        running.learn(context("p"), ENTRIES[0], scaled_reward=1.5, selection_probability=0.5, eligible_count=2)


def test_nothing_learned_says_nothing() -> None:
    """Before the first decision all weights are 0 and there are no variances."""
    running = RunningModel(spec())
    assert not running.weights().any()
    assert running.variances() is None


def test_evidence_comes_to_ignore_what_does_not_matter() -> None:
    """Where neither context nor campaign changes the reward, the prior of effects shrinks; where they do, it does not."""
    rng = np.random.default_rng(3)
    shuffled = [type(one)(one.context, one.campaign, float(rng.random() < 0.2)) for one in lessons(7_000)]
    flat = taught_model(shuffled)._trainer._prior()  # type: ignore[union-attr]  # as above
    real = taught_model(lessons(7_000))._trainer._prior()  # type: ignore[union-attr]
    assert flat.own < Prior().own < real.own
