"""Logs drawn from known probabilities, and what a faulty logger makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices import Coded
from offline_eval.logged import Entries, Logged

_HOUR_US = 3_600_000_000
NAMES = ("a", "b", "c", "d")


def drawn_log(seed: int, count: int = 3_000, *, floor: float = 0.08) -> Logged:
    """Returns decisions of a policy that learns: it prefers, in each segment, what brought most so far.

    Between two and four campaigns are eligible, the hour of day goes round, and the probabilities are right.
    """
    rng = np.random.default_rng(seed)
    rates = np.array([[0.1, 0.2, 0.3, 0.1], [0.3, 0.1, 0.1, 0.2]])
    gained, tried = np.ones((2, 4)), np.full((2, 4), 4.0)
    codes, shares, places, rewards, segments = [], [], [], [], []
    for segment in rng.integers(0, 2, count).tolist():
        eligible = np.sort(rng.permutation(4)[: rng.integers(2, 5)])
        probability = np.full(len(eligible), floor / len(eligible))
        probability[np.argmax((gained / tried)[segment, eligible])] += 1.0 - floor
        place = int(rng.choice(len(eligible), p=probability))
        reward = float(rng.random() < rates[segment, eligible[place]])
        gained[segment, eligible[place]] += reward
        tried[segment, eligible[place]] += 1.0
        places.append(place)
        codes.append(eligible)
        shares.append(probability)
        rewards.append(reward)
        segments.append(segment)
    start = np.concatenate([[0], np.cumsum([len(one) for one in codes])]).astype(np.int64)
    chosen = start[:-1] + np.array(places, dtype=np.int64)
    probabilities = np.concatenate(shares)
    nothing = np.full(len(probabilities), np.nan)
    return Logged(
        entries=Entries(
            start=start,
            campaign=Coded(np.concatenate(codes).astype(np.int32), NAMES),
            probability=probabilities,
            predicted=nothing,
            deviation=nothing,
        ),
        chosen=chosen,
        probability=probabilities[chosen],
        reward=np.array(rewards),
        customer=np.arange(count, dtype=np.int32),
        time_us=np.arange(1, count + 1, dtype=np.int64) * _HOUR_US,
        labels={"segment": Coded(np.array(segments, dtype=np.int32), ("family", "student"))},
    )


def with_probabilities(logged: Logged, probabilities: NDArray[np.float64]) -> Logged:
    """Returns the same choices with other logged probabilities."""
    entries = replace(logged.entries, probability=probabilities)
    return replace(logged, entries=entries, probability=probabilities[logged.chosen])


def choices_alone(logged: Logged) -> Logged:
    """Returns the same, but that only the probabilities of the choices are known."""
    known = np.full(len(logged.entries), np.nan)
    known[logged.chosen] = logged.probability
    return replace(logged, entries=replace(logged.entries, probability=known))
