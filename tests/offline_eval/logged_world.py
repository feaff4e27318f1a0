"""Logs of a small world with known values, for laws of reward models and samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.choices import Coded
from offline_eval.intervals import Floats
from offline_eval.logged import Entries, Logged
from offline_eval.logged.logged import Integers, starts_of

CAMPAIGNS = ("c0", "c1", "c2", "c3")
FAMILY_OF = {"c0": "news", "c1": "news", "c2": "sale", "c3": "sale"}
RATES = np.array([[0.05, 0.05, 0.5, 0.2], [0.4, 0.3, 0.1, 0.1], [0.1, 0.6, 0.2, 0.3]])
"""Mean reward by segment and campaign."""


@dataclass(frozen=True, slots=True)
class Played:
    """A log, with what is known of it."""

    logged: Logged
    rates: Floats
    """Mean reward of each entry."""

    def value(self, target: Floats) -> float:
        """Returns the true value of a target on these decisions."""
        return float(self.logged.entries.total(target * self.rates).mean())


def played(seed: int, decisions: int, customers: int | None = None, rates: Floats = RATES) -> Played:
    """Returns a log of customers of three segments, with two to four eligible campaigns each time."""
    rng = np.random.default_rng(seed)
    segment = rng.integers(0, len(rates), customers or decisions, dtype=np.int32)
    customer = rng.integers(0, len(segment), decisions, dtype=np.int32)
    sizes = rng.integers(2, len(CAMPAIGNS) + 1, decisions)
    campaign = np.concatenate([np.sort(rng.permutation(len(CAMPAIGNS))[:size]) for size in sizes]).astype(np.int32)
    start = starts_of(sizes)
    drawn = rng.gamma(1.0, size=len(campaign)) + 0.2
    probability = drawn / np.repeat(np.add.reduceat(drawn, start[:-1]), sizes)
    chosen = _chosen(rng, probability, start)
    mine = rates[np.repeat(segment[customer], sizes), campaign]
    logged = Logged(
        entries=Entries(
            start=start,
            campaign=Coded(campaign, CAMPAIGNS),
            probability=probability,
            predicted=np.where(np.arange(len(campaign)) < start[1], np.nan, mine),
            deviation=np.full(len(campaign), np.nan),
        ),
        chosen=chosen,
        probability=probability[chosen],
        reward=(rng.random(decisions) < mine[chosen]).astype(np.float64),
        customer=customer,
        time_us=np.arange(decisions, dtype=np.int64),
        labels={"segment": Coded(segment[customer], ("a", "b", "c"))},
        features=rng.normal(size=(decisions, 2)),
        reward_range=(0.0, 1.0),
    )
    return Played(logged, mine)


def random_target(seed: int, logged: Logged) -> Floats:
    """Returns a target's probability of each entry."""
    drawn = np.random.default_rng(seed).gamma(0.5, size=len(logged.entries)) + 1e-3
    return np.asarray(drawn / np.repeat(logged.entries.total(drawn), logged.entries.size))


def _chosen(rng: np.random.Generator, probability: Floats, start: Integers) -> Integers:
    passed = np.concatenate([np.zeros(1), np.cumsum(probability)])
    draw = passed[start[:-1]] + rng.random(len(start) - 1)
    found = np.searchsorted(passed, draw, side="right") - 1
    return np.clip(found, start[:-1], start[1:] - 1).astype(np.int64)
