"""How many further decisions it takes to know enough."""

from __future__ import annotations

import math

from offline_eval.intervals import IntervalSpec
from offline_eval.value import ClusteredError, Estimate, half_width

MOST_DECISIONS = 1e12
"""Beyond this the answer is that no number would do."""


def further_decisions(estimate: Estimate, *, inverse_chance: float, half: float, spec: IntervalSpec) -> int | None:
    """Returns how many further decisions would do at least: for there to be an interval, and for it to be short enough.

    As though customers, choices and rewards went on as they are, with new customers in the same proportion. Of what has
    not been seen at all, such as a customer who buys, nothing can be reckoned, so this is a lower bound.

    Args:
        estimate: What is known now.
        inverse_chance: Mean of 1 / probability of the choice over its decisions: so many decisions make, on average,
            one of effective size.
        half: Half of the length that the interval may have at most.
        spec: The interval.

    Returns:
        None where it is beyond MOST_DECISIONS, or where nothing was or can be chosen.
    """
    support = estimate.support
    now = float(support.decisions)
    if not now or not math.isfinite(inverse_chance):
        return None
    needed = [now, spec.least_customers * inverse_chance]
    for found, least in (
        (support.effective_decisions, spec.least_customers),
        (support.carrying_customers, spec.least_customers),
        (support.carrying_uncommon, spec.least_uncommon),
    ):
        if found > 0.0:
            needed.append(now * max(1.0, least / found))
    if estimate.standard_error > 0.0:
        needed.append(now * _growth(estimate, half, spec))
    most = max(needed)
    return math.ceil(most - now) if most < MOST_DECISIONS else None


def _growth(estimate: Estimate, half: float, spec: IntervalSpec) -> float:
    """Returns how many times as many decisions make half the interval as short as that, to a thousandth of it."""

    def is_enough(growth: float) -> bool:
        grown = ClusteredError(
            standard_error=estimate.standard_error / math.sqrt(growth),
            worth=estimate.worth * growth,
            customers=round(estimate.support.customers * growth),
        )
        return half_width(grown, spec) <= half

    low, high = 1.0, MOST_DECISIONS
    if is_enough(low):
        return low
    if not is_enough(high):
        return math.inf
    while high > low * 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
