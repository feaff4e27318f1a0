"""Pairs of policies on one log: near to each other, or far from what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from offline_eval.estimators import Sample
from tests.offline_eval.off_policy_worlds import RARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two policies as seen on one log, and by how much the first one's value is greater."""

    target: Sample
    base: Sample
    truth: float
    weight_range: tuple[float, float] | None = None
    """Of the differences of their weights, where it is told."""


NEAR_RANGE = (-0.2 / 19.0, 0.2)
"""What is chosen in one of 20 decisions is to be chosen a fifth more often."""
_RATE = 0.002


def near_pair(seed: int, decisions: int) -> Pair:
    """Returns two policies of which either could have had weights of 100."""
    rng = np.random.default_rng([81, seed])
    rare = rng.random(decisions) < 0.05
    reward = (rng.random(decisions) < np.where(rare, 4.0, 1.0) * _RATE).astype(np.float64)
    weight = np.where(rare, 1.0 + NEAR_RANGE[1], 1.0 + NEAR_RANGE[0])
    target = Sample(weight=weight, reward=reward, greatest_weight=100.0, reward_range=(0.0, 1.0))
    return Pair(
        target=target,
        base=replace(target, weight=np.ones(decisions)),
        truth=(0.05 * NEAR_RANGE[1] * 4.0 + 0.95 * NEAR_RANGE[0]) * _RATE,
        weight_range=NEAR_RANGE,
    )


_LOGGED_VALUE = 0.99 * 0.01 + 0.01 * RARE.truth


def far_pair(seed: int, decisions: int) -> Pair:
    """Returns the target of the rare world, and what was done there."""
    [target] = replace(RARE, rows=decisions).logs(seed, 1)
    base = replace(target, weight=np.ones(decisions), greatest_weight=1.0)
    return Pair(target=target, base=base, truth=RARE.truth - _LOGGED_VALUE)


PAIRS: dict[str, tuple[Callable[[int, int], Pair], int]] = {
    "near to each other": (near_pair, 1_000),
    "near to each other, more decisions": (near_pair, 10_000),
    "rare, heavy weights, to what was done": (far_pair, 2_000),
}
"""By name, with the decisions of a log."""
