"""Which rows of a log a learning policy may learn from, so that they are as though it had chosen them itself."""

from __future__ import annotations

import numpy as np

from banditsvc.usage_error import UsageError
from offline_eval.intervals import Floats
from offline_eval.replay.learner import ReplayRows
from offline_eval.replay.settings import ReplaySettings

_ROUNDING = 1e-9


class ReplayRefused(UsageError):
    """A log that cannot be replayed so; the text says why, and what would do."""


def acceptance(log: ReplayRows, settings: ReplaySettings) -> float:
    """Returns the constant c: a row is accepted with probability min(1, c pi / p), pi being the policy's probability
    of what was chosen and p the logged one.

    Where c pi / p never exceeds 1 every row is accepted with the same probability c, whatever its context, and an
    accepted row has the campaign a with probability pi(a): the accepted rows are those that the policy would have met
    on line (Dudik, Erhan, Langford and Li, "Sample-efficient Nonstationary Policy Evaluation for Contextual Bandits",
    UAI 2012). c is the least logged probability over the policy's greatest, or a quantile of the logged ones over it.

    Raises:
        ReplayRefused: There is nothing to replay, a probability is impossible, or matching is asked for on a log that
            is not uniform.
    """
    probability = log.probability
    if not len(probability):
        raise ReplayRefused("the log has no decisions to replay")
    broken = int(np.count_nonzero(~((probability > 0.0) & (probability <= 1.0 + _ROUNDING))))
    if broken:
        raise ReplayRefused(f"{broken} logged probabilities are not in (0, 1]: leave those decisions out")
    if not np.isfinite(log.reward).all():
        raise ReplayRefused("rewards must be finite: leave out the decisions whose reward is not known")
    least = float(probability.min())
    if settings.matching:
        return _matching(log, probability)
    if settings.quantile:
        return min(float(np.quantile(probability, settings.quantile)) / settings.greatest_target, 1.0)
    if settings.least_probability is not None:
        if settings.least_probability > least * (1.0 + _ROUNDING):
            raise ReplayRefused(
                f"the log has a probability of {least:.6g}, below the least that was said, "
                f"{settings.least_probability:.6g}: say that, or leave it out"
            )
        least = settings.least_probability
    return min(least / settings.greatest_target, 1.0)


def _matching(log: ReplayRows, probability: Floats) -> float:
    """Returns the one probability of a uniform log: to match is then to accept by it."""
    counts = np.count_nonzero(log.eligible.mask, axis=1)
    if np.ptp(counts) or not np.allclose(probability * counts, 1.0, rtol=1e-6):
        raise ReplayRefused(
            "matching is for logs that chose uniformly among equally many campaigns: on others it learns from, and is "
            "scored on, the customers for whom the log thought alike, and errs by tens of percent. Leave out matching: "
            "rejection goes by the logged probabilities"
        )
    return float(probability[0])
