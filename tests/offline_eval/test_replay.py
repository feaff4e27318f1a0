"""Replay of policies that learn: unbiased by rejection, biased by matching, and what is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import chisquare, ttest_ind

from offline_eval.choices.coding import Coded
from offline_eval.intervals import Floats
from offline_eval.logged import Entries, Logged
from offline_eval.replay import (
    EligibleCampaigns,
    Features,
    Replayed,
    ReplayLog,
    ReplayRefused,
    ReplaySettings,
    replay,
    replay_log,
    replay_once,
)
from tests.offline_eval.replay_world import BATCH, LEAST, ROWS, UNIFORM, EpsilonGreedy, logged, matched, on_line

LEVEL = 0.001
LOGS = 14
POLICY = EpsilonGreedy()
GREATEST = 0.9 + 0.1 / 6.0
SETTINGS = ReplaySettings(
    seeds=1, batch_rows=BATCH, least_probability=LEAST, greatest_target=GREATEST, reward_range=(0.0, 1.0)
)


@pytest.fixture(scope="module")
def replayed() -> list[Replayed]:
    return [replay(logged(seed), POLICY, SETTINGS) for seed in range(LOGS)]


def test_rejection_gives_what_the_policy_earns(replayed: list[Replayed]) -> None:
    """Over logs, the value by rejection and that by all rows differ from what the same learner earns on line, from as
    many decisions, by no more than chance (Welch's test at .001).
    """
    truth = [on_line(EpsilonGreedy(), seed, replayed[0].acceptance) for seed in range(3 * LOGS)]

    assert ttest_ind([one.value for one in replayed], truth, equal_var=False).pvalue > LEVEL
    assert ttest_ind([one.ips_value for one in replayed], truth, equal_var=False).pvalue > LEVEL


def test_matching_errs_by_half_and_more() -> None:
    """Scored on the rows where it would have chosen the same, the learner seems to earn over half more than it does."""
    found = [matched(logged(seed), EpsilonGreedy(), seed) for seed in range(4)]
    share = float(np.mean([rows for _, rows in found])) / ROWS
    truth = float(np.mean([on_line(EpsilonGreedy(), seed, share) for seed in range(4)]))

    assert float(np.mean([value for value, _ in found])) > 1.5 * truth


def test_every_row_is_accepted_alike(replayed: list[Replayed]) -> None:
    """Whatever the context, a row is learned from with the chance c (chi-squared at .001), and that is told."""
    counts = np.zeros(2)
    for seed in range(3):
        log = logged(seed)
        accepted = replay_once(log, EpsilonGreedy(), SETTINGS, 1).accepted
        counts += np.bincount(log.contexts.values[accepted, 0].astype(np.intp), minlength=2)

    assert chisquare(counts).pvalue > LEVEL
    assert pytest.approx(LEAST / GREATEST) == replayed[0].acceptance
    assert pytest.approx(ROWS * LEAST / GREATEST, rel=0.1) == replayed[0].learned_from
    assert pytest.approx(1.0 - replayed[0].learned_from / ROWS) == replayed[0].rejected
    assert (0.0, 0.0) == (replayed[0].lost, replayed[0].bias)


def test_a_quantile_learns_from_more_and_tells_its_bias() -> None:
    """Going by the 60 % quantile of the logged probabilities, more rows are learned from, and the value is too high by
    about what is told.
    """
    settings = replace(SETTINGS, seeds=2, quantile=0.6, least_probability=None)
    found, right = replay(logged(40), POLICY, settings), replay(logged(40), POLICY, replace(SETTINGS, seeds=2))

    assert found.learned_from > 5.0 * right.learned_from
    assert found.lost > 0.1
    assert found.bias > 0.01
    assert found.value - found.bias == pytest.approx(found.ips_value, abs=5.0 * found.standard_error)


def test_matching_is_rejection_on_a_uniform_log() -> None:
    """On a uniform log matching is allowed, and accepts the same rows as rejection with the least probability."""
    log = logged(41, 6_000, UNIFORM)
    plain = replace(SETTINGS, least_probability=None, greatest_target=1.0)
    one, other = (replay_once(log, EpsilonGreedy(), each, 3) for each in (plain, replace(plain, matching=True)))

    assert one.accepted.tolist() == other.accepted.tolist()
    with pytest.raises(ReplayRefused, match="chose uniformly"):
        replay(logged(41, 6_000), POLICY, replace(plain, matching=True))


def test_seeds_differ_and_can_be_repeated() -> None:
    """Seeds accept other rows, the same settings give the same values, and the policy that was given learns nothing."""
    log, settings = logged(42, 4_000), replace(SETTINGS, seeds=3)
    one, again = replay(log, POLICY, settings), replay(log, POLICY, settings)
    runs = [replay_once(log, EpsilonGreedy(), settings, seed).accepted.tolist() for seed in (1, 2)]

    assert (one.value, one.ips_value) == (again.value, again.ips_value)
    assert runs[0] != runs[1]
    assert np.mean(one.ips_by_seed) == pytest.approx(one.ips_value)
    assert 0.0 < one.seed_deviation < 0.02
    assert math.isnan(replay(log, POLICY, SETTINGS).seed_deviation)
    assert POLICY.tries is None


def test_rewards_may_come_late() -> None:
    """With a lag the policy learns fewer batches before its last choice, by just so many, from as many rows."""
    log = logged(43, 4_000)
    prompt, late = EpsilonGreedy(), EpsilonGreedy()
    accepted = [
        len(replay_once(log, policy, replace(SETTINGS, lag_batches=lag), 1).accepted)
        for policy, lag in ((prompt, 0), (late, 10))
    ]

    assert (39, 29) == (prompt.batches, late.batches)
    assert accepted[0] == pytest.approx(accepted[1], rel=0.3)


def test_learned_rows_carry_the_policys_probability() -> None:
    """What is learned has the probability with which the policy would have chosen it, not the log's."""

    @dataclass
    class Remembering:
        seen: Floats | None = None

        def pmf(self, contexts: Features, eligible: EligibleCampaigns) -> Floats:
            del contexts
            return np.full(eligible.mask.shape, 1.0 / eligible.mask.shape[1])

        def learn(self, batch: ReplayLog) -> None:
            self.seen = batch.probability

    policy = Remembering()
    replay_once(logged(44, 4_000), policy, replace(SETTINGS, greatest_target=1.0 / 6.0), 1)

    assert policy.seen is not None
    assert {1.0 / 6.0} == set(policy.seen.tolist())


def test_the_interval_says_what_it_promises(replayed: list[Replayed]) -> None:
    """The value by all rows has the default interval with its promise; without a range of rewards there is none."""
    unknown = replay(logged(45, 2_000), POLICY, replace(SETTINGS, reward_range=None))

    assert replayed[0].ips_interval.interval is not None
    assert replayed[0].ips_interval.interval.contains(replayed[0].ips_value)
    assert unknown.ips_interval.interval is None
    assert "the greatest reward" in unknown.ips_interval.refusal


def test_customers_are_units() -> None:
    """Where all decisions of a log come from few customers, the interval says so and concludes nothing."""
    log = logged(46, 2_000)
    customer = (np.arange(2_000) // 40).astype(np.int32)
    found = replay(log, POLICY, replace(SETTINGS, customer=customer)).ips_interval

    assert "customers, by weight" in found.thin


@pytest.mark.parametrize(
    ("log", "settings", "message"),
    [
        (logged(47, 0), SETTINGS, "no decisions"),
        (replace(logged(47, 10), probability=np.zeros(10)), SETTINGS, "10 logged probabilities"),
        (replace(logged(47, 10), reward=np.full(10, np.nan)), SETTINGS, "must be finite"),
        (logged(47, 500), replace(SETTINGS, least_probability=0.5), "below the least that was said"),
        (logged(47, 500), replace(SETTINGS, greatest_target=0.5), "above greatest_target"),
    ],
    ids=["empty", "zero", "unknown", "floor", "greedier"],
)
def test_what_cannot_be_replayed_is_refused(log: ReplayLog, settings: ReplaySettings, message: str) -> None:
    """No decisions, impossible probabilities or rewards, and bounds that do not hold are refused with the reason."""
    with pytest.raises(ReplayRefused, match=message):
        replay(log, POLICY, settings)


@dataclass
class _Fixed:
    """Gives probabilities that it was told, whatever it is asked."""

    given: Floats

    def pmf(self, contexts: Features, eligible: EligibleCampaigns) -> Floats:
        del contexts, eligible
        return self.given

    def learn(self, batch: ReplayLog) -> None:
        del batch


def test_what_is_no_probability_is_refused() -> None:
    """Probabilities of another shape, with another sum, or of what is not eligible are refused."""
    log = logged(48, 10)
    blocked = replace(log, eligible=replace(log.eligible, mask=log.eligible.mask & (np.arange(6) != 1)))
    settings = replace(SETTINGS, greatest_target=1.0)
    for rows, given, message in (
        (log, np.full((10, 5), 0.2), "shape"),
        (log, np.full((10, 6), 0.2), "sum 1"),
        (blocked, np.full((10, 6), 1.0 / 6.0), "where not eligible"),
    ):
        with pytest.raises(ReplayRefused, match=message):
            replay(rows, _Fixed(given), settings)


def test_impossible_settings_are_refused() -> None:
    """Settings out of range, and two rules at once, are refused with the field's name."""
    for given, name in (
        ({"seeds": 0}, "seeds"),
        ({"quantile": 1.0}, "quantile"),
        ({"least_probability": 0.0}, "least_probability"),
        ({"quantile": 0.1, "matching": True}, "matching"),
    ):
        with pytest.raises(ValueError, match=name):
            ReplaySettings(**given)


def _decisions(campaigns: list[list[int]], chosen: list[int]) -> Logged:
    sizes = [len(one) for one in campaigns]
    flat, start = np.concatenate(campaigns), np.concatenate([[0], np.cumsum(sizes)])
    entries = Entries(
        start=start,
        campaign=Coded(flat.astype(np.int32), ("a", "b", "c")),
        probability=np.full(len(flat), 0.5),
        predicted=np.full(len(flat), math.nan),
        deviation=np.full(len(flat), math.nan),
    )
    size = len(campaigns)
    return Logged(
        entries=entries,
        chosen=start[:-1] + np.array(chosen),
        probability=np.full(size, 0.5),
        reward=np.arange(size, dtype=np.float64),
        customer=np.arange(size, dtype=np.int32),
        time_us=np.arange(size),
    )


def test_logged_decisions_become_rows() -> None:
    """Eligible sets become a mask with a column per campaign; two entries of one campaign are refused."""
    rows = replay_log(_decisions([[0, 2], [1, 2], [0, 1, 2]], [1, 0, 2]))

    assert [[True, False, True], [False, True, True], [True, True, True]] == rows.eligible.mask.tolist()
    assert [2, 1, 2] == rows.chosen.tolist()
    assert (3, 0) == rows.contexts.values.shape
    with pytest.raises(ValueError, match="two entries of one campaign"):
        replay_log(_decisions([[0, 0]], [0]))
