"""One replay of a log with a policy that learns."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals import Floats
from offline_eval.replay.acceptance import ReplayRefused, acceptance
from offline_eval.replay.learner import Log, ReplayPolicy
from offline_eval.replay.settings import ReplaySettings

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedOnce:
    """What one replay came to."""

    accepted: NDArray[np.intp]
    """Rows that the policy learned from, in order, or would have, were it not for the lag."""
    weight: Floats
    """For each row, the probability by the policy as it then was of what was chosen, over the logged one."""
    acceptance: float
    """The constant c; see acceptance()."""

    @property
    def lost(self) -> float:
        """Returns the share of the policy's choices that were to be accepted with a probability above 1: 0 where c is
        the least that it must be.
        """
        wanted = self.acceptance * self.weight
        return float(np.maximum(wanted - 1.0, 0.0).sum() / wanted.sum()) if wanted.any() else 0.0


def replay_once(log: Log, policy: ReplayPolicy, settings: ReplaySettings, seed: int) -> ReplayedOnce:
    """Returns one replay, from which the policy comes out having learned.

    Args:
        log: Decisions in their order, a dataclass.
        policy: A fresh one.
        settings: How.
        seed: Of the draws of what is accepted.

    Raises:
        ReplayRefused: The log cannot be replayed, or the policy's probabilities are none.
    """
    factor = acceptance(log, settings)
    size = len(log.probability)
    draws, weight = np.random.default_rng(seed).random(size), np.empty(size)
    waiting: deque[Log] = deque()
    accepted: list[NDArray[np.intp]] = []
    for start in range(0, size, settings.batch_rows):
        if len(waiting) > settings.lag_batches:
            policy.learn(waiting.popleft())
        places = np.arange(start, min(start + settings.batch_rows, size), dtype=np.intp)
        rows = log.take(places)
        target = _checked(policy.pmf(rows.contexts, rows.eligible), rows.eligible.mask, settings)
        own = target[np.arange(len(places)), rows.chosen]
        weight[places] = own / rows.probability
        taken = np.flatnonzero(draws[places] < factor * weight[places])
        accepted.append(places[taken])
        waiting.append(_with_probability(rows.take(taken), own[taken]))
    return ReplayedOnce(accepted=np.concatenate(accepted), weight=weight, acceptance=factor)


def _checked(target: Floats, mask: NDArray[np.bool_], settings: ReplaySettings) -> Floats:
    if target.shape != mask.shape:
        raise ReplayRefused(f"the policy gave probabilities of shape {target.shape}, where {mask.shape} was asked for")
    sums = target.sum(axis=1)
    if not (np.abs(sums - 1.0) < _ROUNDING).all() or (target < 0.0).any() or target[~mask].any():
        raise ReplayRefused("the policy's probabilities must be 0 where not eligible, and each row must have the sum 1")
    greatest = float(target.max())
    if greatest > settings.greatest_target + _ROUNDING and not settings.quantile:
        raise ReplayRefused(
            f"the policy gave a probability of {greatest:.6g}, above greatest_target, {settings.greatest_target:.6g}: "
            "leave that out, or say the greatest that it can give"
        )
    return target


def _with_probability(rows: Log, probability: Floats) -> Log:
    changed: Any = rows  # a dataclass, as the protocol cannot say
    made: Log = replace(changed, probability=probability)
    return made
