"""Replay of a policy that learns, over several seeds, with what its value rests on."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np

from offline_eval.estimators import Sample
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import OffPolicySpec, PromisedInterval, interval_of_value
from offline_eval.replay.acceptance import acceptance
from offline_eval.replay.learner import Log, ReplayPolicy
from offline_eval.replay.replay_once import ReplayedOnce, replay_once
from offline_eval.replay.settings import ReplaySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a policy that learns is worth, over as many decisions as it could learn from.

    Both values are of the same policy, as trained as `learned_from` decisions make it, averaged over its way there.
    """

    value: float
    """Mean reward of the accepted decisions, over all seeds; NaN where none was accepted."""
    standard_error: float
    """Of one replay: the seeds share the log, so they do not divide it."""
    ips_value: float
    """Mean of w r over all decisions, w being the policy's probability as it then was over the logged one."""
    ips_interval: PromisedInterval
    """The interval of ips_value: of the policies as these replays trained them. Others train otherwise: see
    seed_deviation."""
    ips_by_seed: tuple[float, ...]
    """That of each seed; ips_value is their mean."""
    learned_from: float
    """Effective horizon: accepted decisions of one replay, on average. The policy's value is that after so many."""
    decisions: int
    """Of the log."""
    acceptance: float
    """Constant c; see acceptance()."""
    lost: float
    """Share of the policy's choices that acceptance could not honor; 0 but where a quantile was asked for."""
    bias: float
    """By how much that moves `value`, as far as all decisions tell: the mean reward by min(1, c w) less that by w."""
    sample: Sample
    """The decisions with w averaged over the seeds; for paired differences."""

    @property
    def seed_deviation(self) -> float:
        """Returns the standard deviation of ips_value between seeds: how much it matters which decisions are learned
        from; NaN for one seed.
        """
        return float(np.std(self.ips_by_seed, ddof=1)) if len(self.ips_by_seed) > 1 else math.nan

    @property
    def rejected(self) -> float:
        """Returns the share of decisions that were not learned from."""
        return 1.0 - self.learned_from / self.decisions


def replay(log: Log, policy: ReplayPolicy, settings: ReplaySettings, spec: OffPolicySpec | None = None) -> Replayed:
    """Returns what a policy that learns would have been worth on the customers of a log.

    Args:
        log: Decisions in their order, a dataclass with the fields of ReplayRows.
        policy: What chooses and learns; each seed has a deep copy of it, and it stays as it is.
        settings: How, and what is known of the log.
        spec: The interval of the value by all rows.

    Raises:
        ReplayRefused: The log cannot be replayed so, or the policy's probabilities are none.
    """
    seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
    runs = [replay_once(log, copy.deepcopy(policy), settings, seed) for seed in seeds]
    accepted = [log.reward[run.accepted] for run in runs]
    weight = np.mean([run.weight for run in runs], axis=0)
    bounds = (-math.inf, math.inf) if settings.reward_range is None else settings.reward_range
    sample = Sample(
        weight=weight,
        reward=log.reward,
        unit=settings.customer,
        greatest_weight=_greatest_weight(log, settings),
        reward_range=bounds,
    )
    every = np.concatenate(accepted)
    return Replayed(
        value=float(every.mean()) if len(every) else math.nan,
        standard_error=_standard_error(accepted),
        ips_value=float(weight @ log.reward) / len(log.reward),
        ips_interval=interval_of_value(sample, OffPolicySpec() if spec is None else spec),
        ips_by_seed=tuple([float(run.weight @ log.reward) / len(log.reward) for run in runs]),
        learned_from=float(np.mean([len(one) for one in accepted])),
        decisions=len(log.reward),
        acceptance=runs[0].acceptance,
        lost=float(np.mean([run.lost for run in runs])),
        bias=float(np.mean([_bias(run, log.reward) for run in runs])),
        sample=sample,
    )


def _greatest_weight(log: Log, settings: ReplaySettings) -> float:
    if settings.least_probability is not None:
        return settings.greatest_target / settings.least_probability
    if settings.quantile or settings.matching:
        return 1.0 / float(log.probability.min())
    return 1.0 / acceptance(log, settings)


def _standard_error(accepted: list[Floats]) -> float:
    """Returns the root of the mean over seeds of the squared standard errors; NaN where one has fewer than two."""
    if min(len(one) for one in accepted) < 2:
        return math.nan
    return math.sqrt(float(np.mean([one.var(ddof=1) / len(one) for one in accepted])))


def _bias(run: ReplayedOnce, reward: Floats) -> float:
    kept = np.minimum(run.acceptance * run.weight, 1.0)
    if run.lost == 0.0:
        return 0.0
    return float(kept @ reward / kept.sum() - run.weight @ reward / run.weight.sum())
