"""A log that chose by context, in which policies that learn are replayed, and what they would have earned on line."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals import Floats
from offline_eval.replay import EligibleCampaigns, Features, ReplayLog

CAMPAIGNS = tuple("abcdef")
ROWS, BATCH = 30_000, 100
_RATES = np.array([[0.024] + [0.012] * 5, [0.112] + [0.056] * 5])
"""Chance of a purchase in either context: keen customers buy more, whatever they get."""
_LOGGED = np.full((2, len(CAMPAIGNS)), 0.04)
_LOGGED[1, 0] = _LOGGED[0, 5] = 0.8
LEAST = float(_LOGGED.min())
"""The log gives keen customers the best campaign, and others another one."""


@dataclass
class EpsilonGreedy:
    """Takes the campaign that earned most on average but for a share that it spreads evenly; contexts are ignored."""

    share: float = 0.1
    tries: Floats | None = None
    earned: Floats | None = None
    batches: int = 0

    def pmf(self, contexts: Features, eligible: EligibleCampaigns) -> Floats:
        """Returns the probabilities."""
        del contexts
        mask = eligible.mask
        mean = np.zeros(mask.shape[1]) if self.tries is None or self.earned is None else self.earned / self.tries
        best = np.where(mask, mean, -np.inf)
        is_best = best == best.max(axis=1, keepdims=True)
        found: Floats = self.share * mask / mask.sum(axis=1, keepdims=True)
        found += (1.0 - self.share) * is_best / is_best.sum(axis=1, keepdims=True)
        return found

    def learn(self, batch: ReplayLog) -> None:
        """Learns the rewards."""
        size = batch.eligible.mask.shape[1]
        self.batches += 1
        if self.tries is None or self.earned is None:
            self.tries, self.earned = np.ones(size), np.full(size, 0.05)
        np.add.at(self.tries, batch.chosen, 1.0)
        np.add.at(self.earned, batch.chosen, batch.reward)


def rows_of(context: NDArray[np.intp], chosen: NDArray[np.intp], probability: Floats, reward: Floats) -> ReplayLog:
    """Returns decisions that could choose from all campaigns."""
    mask = np.ones((len(context), len(CAMPAIGNS)), dtype=np.bool_)
    features = Features(context[:, None].astype(np.float64))
    return ReplayLog(features, EligibleCampaigns(CAMPAIGNS, mask), chosen, probability, reward)


def _chosen(rng: np.random.Generator, pmf: Floats) -> NDArray[np.intp]:
    drawn = (pmf.cumsum(axis=1) < rng.random((len(pmf), 1))).sum(axis=1)
    return np.asarray(np.minimum(drawn, pmf.shape[1] - 1), dtype=np.intp)


def logged(seed: int, rows: int = ROWS, probabilities: Floats = _LOGGED) -> ReplayLog:
    """Returns a log by these probabilities, shape (contexts, campaigns)."""
    rng = np.random.default_rng([61, seed])
    context = rng.integers(0, 2, rows)
    chosen = _chosen(rng, probabilities[context])
    reward = (rng.random(rows) < _RATES[context, chosen]).astype(np.float64)
    return rows_of(context, chosen, probabilities[context, chosen], reward)


UNIFORM = np.full((2, len(CAMPAIGNS)), 1.0 / len(CAMPAIGNS))


def matched(log: ReplayLog, policy: EpsilonGreedy, seed: int) -> tuple[float, int]:
    """Returns mean reward and number of the rows where the policy would have chosen the same: what must not be done."""
    rng, kept = np.random.default_rng([62, seed]), []
    for start in range(0, len(log.chosen), BATCH):
        rows = log.take(np.arange(start, start + BATCH))
        same = np.flatnonzero(_chosen(rng, policy.pmf(rows.contexts, rows.eligible)) == rows.chosen)
        policy.learn(rows.take(same))
        kept.append(rows.reward[same])
    earned = np.concatenate(kept)
    return float(earned.mean()), len(earned)


def on_line(policy: EpsilonGreedy, seed: int, share: float, rows: int = ROWS) -> float:
    """Returns what the policy earns on line, per decision, from as many decisions as a replay of that share accepts."""
    rng, earned = np.random.default_rng([63, seed]), []
    for _ in range(0, rows, BATCH):
        size = int(rng.binomial(BATCH, share))
        context = rng.integers(0, 2, size)
        batch = rows_of(context, np.zeros(size, dtype=np.intp), np.ones(size), np.zeros(size))
        pmf = policy.pmf(batch.contexts, batch.eligible)
        chosen = _chosen(rng, pmf)
        reward = (rng.random(size) < _RATES[context, chosen]).astype(np.float64)
        policy.learn(replace(batch, chosen=chosen, probability=pmf[np.arange(size), chosen], reward=reward))
        earned.append(reward)
    return float(np.concatenate(earned).mean())
