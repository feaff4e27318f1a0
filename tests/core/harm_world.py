"""A world in which customers unsubscribe, more often from some day on, watched by a guardrail and by a naive test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from banditsvc.core.exceedance import log_evidence

CHANCE = 0.01
"""Chance of a false alarm that both are set to."""
DELAYS = (0.5, 0.25, 0.125, 0.0625, 0.0625)
"""Of those who unsubscribe, the share that does so on the day of the contact, a day later, and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmWorld:
    """As many contacts on each day, of each of which a share unsubscribes."""

    contacts_a_day: int
    days: int
    harm_day: int | None = None
    """The first day with the harmful rate, from 1; None for no harm."""
    limit: float = 0.002
    usual_rate: float = 0.002
    harmful_rate: float = 0.004


@dataclass(frozen=True, slots=True)
class Stops:
    """By run the day on which each stopped, from 1; 0 for never."""

    guardrail: NDArray[np.int64]
    naive: NDArray[np.int64]
    """Of a z-test of all days whose unsubscribes are all known, made anew each day."""


def play(world: HarmWorld, seed: int, runs: int) -> Stops:
    """Returns when the guardrail and the naive test stop, both read at the end of each day with what is known by then."""
    known = _known_by_delay(world, np.random.default_rng(seed), runs)
    guardrail, naive = np.zeros(runs, np.int64), np.zeros(runs, np.int64)
    threshold, quantile = np.log(1.0 / CHANCE), norm.isf(CHANCE)
    for day in range(1, world.days + 1):
        going = np.flatnonzero((guardrail == 0) | (naive == 0))
        if not going.size:
            break
        counts = np.full((going.size, day), float(world.contacts_a_day))
        delay = np.minimum(np.arange(day)[::-1], len(DELAYS) - 1)
        totals = known[going[:, None], np.arange(day), delay].astype(np.float64)
        is_found = log_evidence(counts, totals, world.limit) >= threshold
        guardrail[going[is_found & (guardrail[going] == 0)]] = day
        known_days = day - len(DELAYS) + 1
        if known_days < 1:
            continue
        contacts = world.contacts_a_day * known_days
        spread = np.sqrt(world.limit * (1.0 - world.limit) / contacts)
        is_above = (totals[:, :known_days].sum(axis=1) / contacts - world.limit) / spread >= quantile
        naive[going[is_above & (naive[going] == 0)]] = day
    return Stops(guardrail, naive)


def _known_by_delay(world: HarmWorld, rng: np.random.Generator, runs: int) -> NDArray[np.int32]:
    """Returns by run, day of contact and days gone by since, how many are known to have unsubscribed."""
    harm_day = world.days + 1 if world.harm_day is None else world.harm_day
    rates = np.where(np.arange(1, world.days + 1) < harm_day, world.usual_rate, world.harmful_rate)
    unsubscribes = rng.binomial(world.contacts_a_day, rates, (runs, world.days))
    return np.cumsum(rng.multinomial(unsubscribes, DELAYS), axis=-1, dtype=np.int32)
