"""Worlds whose truth is known, in which one policy logs and another one's value is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from offline_eval.estimators import Sample
from offline_eval.intervals import Floats, cumulative_moments
from offline_eval.intervals.off_policy import OffPolicySpec, betting_sequence, interval_of_value, units_of_value

ARMS = 10
CLICKS = (0.0, 1.0)
BLOCK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPolicyWorld:
    """A law of logged decisions, and the value of the policy that is asked about."""

    name: str
    rows: int
    """Decisions of one log."""
    truth: float
    play: Callable[[np.random.Generator, int, int], list[Sample]]
    """Gives so many logs of so many decisions each."""

    def logs(self, seed: int, count: int) -> list[Sample]:
        """Returns independent logs."""
        return [log for block in self.blocks(seed, count) for log in block]

    def blocks(self, seed: int, count: int) -> Iterator[list[Sample]]:
        """Yields the same logs, a block at a time, for they are large."""
        rng = np.random.default_rng(seed)
        for start in range(0, count, BLOCK):
            yield self.play(rng, min(BLOCK, count - start), self.rows)


_SMOOTH = 0.9 * np.eye(ARMS)[[2, 5]] + 0.1 / ARMS
"""A policy that mostly takes the best arm of either context, shape (contexts, arms)."""
_RATES = np.full((2, ARMS), 0.06)
_RATES[0, 2] = _RATES[1, 5] = 0.12
_RARE = np.array([0.91] + [0.01] * (ARMS - 1))
_RARE_RATES = np.array([0.01] * (ARMS - 1) + [0.02])


def _mild(rng: np.random.Generator, count: int, rows: int) -> list[Sample]:
    context = rng.integers(0, 2, (count, rows))
    arm = rng.integers(0, ARMS, (count, rows))
    weight = _SMOOTH[context, arm] * ARMS
    clicked = rng.random((count, rows)) < _RATES[context, arm]
    return _samples(weight, clicked, float(_SMOOTH.max()) * ARMS)


def _rare(rng: np.random.Generator, count: int, rows: int) -> list[Sample]:
    arm = rng.choice(ARMS, size=(count, rows), p=_RARE)
    clicked = rng.random((count, rows)) < _RARE_RATES[arm]
    return _samples(np.where(arm == ARMS - 1, 1.0 / _RARE[-1], 0.0), clicked, 1.0 / _RARE[-1])


_SELDOM = 0.0015


def _same(rng: np.random.Generator, count: int, rows: int) -> list[Sample]:
    clicked = rng.random((count, rows)) < _SELDOM
    return _samples(np.ones((count, rows)), clicked, 1.0 / _RARE[-1])


FLOOR, BATCH, DRAWS = 0.2, 50, 40


def _adaptive(rng: np.random.Generator, count: int, rows: int) -> list[Sample]:
    """Logs by the best of normal draws from what it has seen, once in each context and batch, with a floor."""
    tries, clicks = np.ones((count, 2, ARMS)), np.full((count, 2, ARMS), 0.1)
    weight, clicked, who = np.empty((count, rows)), np.empty((count, rows), dtype=np.bool_), np.arange(count)[:, None]
    for start in range(0, rows, BATCH):
        mean = clicks / tries
        draws = mean[..., None] + np.sqrt(mean / tries)[..., None] * rng.standard_normal((count, 2, ARMS, DRAWS))
        best = np.argmax(draws, axis=2)
        share = (best[:, :, None, :] == np.arange(ARMS)[:, None]).mean(axis=3)
        chances = (1.0 - FLOOR) * share + FLOOR / ARMS
        context = rng.integers(0, 2, (count, BATCH))
        own = chances[who, context]
        arm = np.minimum((own.cumsum(axis=2) < rng.random((count, BATCH, 1))).sum(axis=2), ARMS - 1)
        now = rng.random((count, BATCH)) < _RATES[context, arm]
        place = slice(start, start + BATCH)
        weight[:, place] = _SMOOTH[context, arm] / np.take_along_axis(own, arm[..., None], axis=2)[..., 0]
        clicked[:, place] = now
        np.add.at(tries, (who, context, arm), 1.0)
        np.add.at(clicks, (who, context, arm), now)
    return _samples(weight, clicked, float(_SMOOTH.max()) * ARMS / FLOOR)


MOST_DECISIONS = 6
_KEEN = 0.2
_AGAIN = np.array([0.2, 0.8])
"""Chance of each further visit, of others and of the keen."""
_TAKES = np.array([0.02, 0.5])
"""Share of customers who click at all, mostly always."""
_ALWAYS = np.array([0.5, 0.95])
"""Chance that they do, for another arm and for the one that the target prefers."""
_PREFERRED = np.array([0.1, 0.6])
"""Chance with which that one was chosen."""
_TARGET = 0.8


def _returning(rng: np.random.Generator, count: int, rows: int) -> list[Sample]:
    """Customers come up to six times; keen ones come more often, click more, and were chosen for otherwise."""
    logs = []
    for _ in range(count):
        keen = (rng.random(rows) < _KEEN).astype(np.intp)
        visits = 1 + rng.binomial(MOST_DECISIONS - 1, _AGAIN[keen])
        last = int(np.searchsorted(np.cumsum(visits), rows))
        unit = np.repeat(np.arange(last), visits[:last]).astype(np.int32)
        preferred = rng.random(len(unit)) < _PREFERRED[keen[unit]]
        takes = rng.random(rows) < _TAKES[keen]
        clicked = takes[unit] & (rng.random(len(unit)) < _ALWAYS[preferred.astype(np.intp)])
        chance = _PREFERRED[keen[unit]]
        weight = np.where(preferred, _TARGET / chance, (1.0 - _TARGET) / (1.0 - chance))
        reward = clicked.astype(np.float64)
        logs.append(Sample(weight=weight, reward=reward, unit=unit, greatest_weight=_TARGET / 0.1, reward_range=CLICKS))
    return logs


_VISITS = (1.0 + (MOST_DECISIONS - 1) * _AGAIN) * np.array([1.0 - _KEEN, _KEEN])
_RETURNING_TRUTH = float(_VISITS @ _TAKES / _VISITS.sum() * (np.array([1.0 - _TARGET, _TARGET]) @ _ALWAYS))


def _samples(weight: Floats, clicked: NDArray[np.bool_], greatest: float) -> list[Sample]:
    return [
        Sample(weight=one, reward=own.astype(np.float64), greatest_weight=greatest, reward_range=CLICKS)
        for one, own in zip(weight, clicked, strict=True)
    ]


MILD = OffPolicyWorld(name="mild", rows=1_000, truth=float((_SMOOTH * _RATES).sum(axis=1).mean()), play=_mild)
RARE = OffPolicyWorld(name="rare, heavy weights", rows=2_000, truth=0.02, play=_rare)
RARE_LONG = OffPolicyWorld(name="rare, heavy weights", rows=20_000, truth=0.02, play=_rare)
ADAPTIVE = OffPolicyWorld(name="adaptive logging", rows=2_000, truth=MILD.truth, play=_adaptive)
RETURNING = OffPolicyWorld(name="customers come again", rows=3_000, truth=_RETURNING_TRUTH, play=_returning)
SAME = OffPolicyWorld(name="the policy that logged", rows=1_000, truth=_SELDOM, play=_same)
WORLDS = (MILD, RARE, RARE_LONG, ADAPTIVE, RETURNING, SAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How intervals did in a world."""

    logs: int = 0
    covered: int = 0
    """Logs whose interval holds the truth."""
    too_low: int = 0
    """Logs whose interval lies below it."""
    total_width: float = 0.0

    @property
    def share(self) -> float:
        """Returns the share of logs whose interval holds the truth."""
        return self.covered / self.logs

    @property
    def width(self) -> float:
        """Returns the mean width."""
        return self.total_width / self.logs

    def __add__(self, other: Coverage) -> Coverage:
        """Returns how both did."""
        return Coverage(
            logs=self.logs + other.logs,
            covered=self.covered + other.covered,
            too_low=self.too_low + other.too_low,
            total_width=self.total_width + other.total_width,
        )


def coverage(logs: Sequence[Sample], truth: float, spec: OffPolicySpec) -> Coverage:
    """Returns how the intervals of a specification do, which must not be refused."""
    found = [interval_of_value(log, spec).interval for log in logs]
    kept = [one for one in found if one is not None]
    assert len(kept) == len(logs)
    return Coverage(
        logs=len(kept),
        covered=sum(one.contains(truth) for one in kept),
        too_low=sum(one.high < truth for one in kept),
        total_width=sum(one.high - one.low for one in kept),
    )


def ever_missed(logs: Sequence[Sample], truth: float, level: float, every: int) -> int:
    """Returns how many of the sequences, read after so many units again and again, exclude the truth at some reading."""
    missed = 0
    for log in logs:
        units = units_of_value(log)
        ends = np.arange(every, len(units) + 1, every)
        missed += bool(betting_sequence(units, level).excludes(truth, ends).any())
    return missed


def ever_missed_by_normal(logs: Sequence[Sample], truth: float, level: float, every: int) -> int:
    """Returns the same of the normal interval, which is for one reading; decisions must each be a unit."""
    missed, errors = 0, float(norm.ppf(0.5 + 0.5 * level))
    for log in logs:
        readings = cumulative_moments(log.weight * log.reward, np.arange(every, len(log) + 1, every))
        missed += bool((np.abs(readings.mean - truth) > errors * np.sqrt(readings.squared_error)).any())
    return missed
