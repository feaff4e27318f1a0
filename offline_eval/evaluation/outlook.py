"""Outlook: how soon the decisions of a policy will tell two settings of the next change apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from offline_eval.intervals import Floats
from offline_eval.logged import Logged
from offline_eval.reward_models import ShrunkMeans


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a policy's own log will be worth for comparing two settings."""

    variance: float
    """Of one decision's part in the estimated difference, in squared reward units; infinite where it never tries what the
    two differ in."""
    level: float
    power: float

    def detectable(self, decisions: float) -> float:
        """Returns the least difference per decision that so many decisions tell from 0 with the level and power."""
        return self._errors * math.sqrt(self.variance / decisions) if decisions > 0.0 else math.inf

    def decisions_to_tell(self, difference: float) -> float:
        """Returns how many decisions tell a difference per decision from 0 with the level and power."""
        return self._errors**2 * self.variance / difference**2 if difference != 0.0 else math.inf

    @property
    def _errors(self) -> float:
        return float(norm.ppf(0.5 + 0.5 * self.level) + norm.ppf(self.power))


def outlook(
    logged: Logged,
    logging: Floats,
    settings: tuple[Floats, Floats] | None = None,
    *,
    level: float = 0.95,
    power: float = 0.8,
) -> Outlook:
    """Returns what decisions made with some probabilities will tell, before any is made.

    The difference of two settings a and b by inverse probability weighting has for one decision the variance
    E[sum over entries of (a - b)^2 / p m], less the square of the difference, which is left in; p are the probabilities to
    come and m the mean squared reward of the entry, by shrunk means of the log (Owen, "Monte Carlo theory, methods and
    examples", 2013, section 9.1). Power by the normal approximation (Cohen, "Statistical Power Analysis", 1988, chapter 2).
    Decisions count as independent of each other.

    Args:
        logged: Decisions with their eligible sets, such as will come again.
        logging: Probability of each entry by the policy that will make the log.
        settings: Probabilities of each entry by both settings; None for any two that choose a different campaign in every
            decision with a choice, on the average over all pairs.
        level: Of the interval that must exclude 0.
        power: With which it is to do so.
    """
    size = np.repeat(logged.entries.size, logged.entries.size).astype(np.float64)
    squares = np.where(size > 1.0, 2.0 / size, 0.0) if settings is None else (settings[0] - settings[1]) ** 2
    means = ShrunkMeans.of(replace(logged, reward=logged.reward**2)).predicted(logged)
    weighted = squares * np.maximum(means, 0.0)
    with np.errstate(divide="ignore"):
        parts = np.divide(weighted, logging, out=np.zeros(len(weighted)), where=weighted > 0.0)
    return Outlook(variance=float(logged.entries.total(parts).mean()), level=level, power=power)
