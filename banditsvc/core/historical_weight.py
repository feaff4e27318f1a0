"""Historical weight: how much of a historical decision is learned, beside one that was made here."""

from __future__ import annotations

from banditsvc.core.choice import Choice
from banditsvc.core.decision import DecidedBy
from banditsvc.core.portfolio import SettleSpec

LEAST_WEIGHT = 1e-3
"""No history that is learned from counts for less, so that sums of weights stay far from 0."""


def learning_weight(decision: Choice, record_time_us: int, spec: SettleSpec) -> float:
    """Returns the weight with which a decision is learned, in (0, 1]: 1 for all but history.

    historical_weight x 0.5^((record_time - send_time) / historical_half_life). Both times are in the log for good, so the
    weight is the same live and whenever it is relearned.

    Args:
        decision: One that is learned from.
        record_time_us: When the log took it in: for history, when it was imported.
        spec: Of the portfolio.
    """
    if decision.decided_by is not DecidedBy.HISTORICAL:
        return 1.0
    age_us = max(0, record_time_us - decision.input.send_time_us)
    weight: float = spec.historical_weight * 0.5 ** (age_us / spec.historical_half_life_us)
    return max(LEAST_WEIGHT, weight)
