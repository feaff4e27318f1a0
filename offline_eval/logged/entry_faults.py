"""Faults in probabilities and rewards that no estimate survives, found in many decisions at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from offline_eval.intervals import Floats
from offline_eval.logged import left_out as kinds
from offline_eval.logged.left_out import LeftOut
from offline_eval.logged.logged import Flags, Integers

SERVICE_TOLERANCE = 1e-9
"""How far the sum of the probabilities that this service logs may be from 1."""
SINGLE_TOLERANCE = 1e-4
"""The same of other loggers, which write single precision and round."""


def without_faults(
    sizes: Integers,
    is_choice: Flags,
    probability: Floats,
    reward: Floats,
    *,
    left_out: LeftOut,
    place_of: Callable[[int], str],
    tolerance: float,
) -> tuple[Integers, Flags]:
    """Returns the place of what was chosen among all entries for each decision, and which decisions are sound.

    The place is any of a decision that is not sound.

    Args:
        sizes: How many entries each decision has.
        is_choice: For each entry whether it was chosen.
        probability: Of each entry; NaN for all of a decision but its choice where only that is known.
        reward: Of each decision.
        left_out: Counts those that are not sound.
        place_of: Says where a decision stands in the log.
        tolerance: How far the sum of the probabilities may be from 1.
    """
    decision = np.repeat(np.arange(len(sizes)), sizes)
    chosen = np.zeros(len(sizes), dtype=np.int64)
    places = np.flatnonzero(is_choice)
    chosen[decision[places]] = places
    kept = np.ones(len(sizes), dtype=np.bool_)

    def leave(kept: Flags, kind: str, is_of_kind: Flags) -> Flags:
        return left_out.leave(kept, kind, is_of_kind, place_of)

    kept = leave(kept, kinds.CHOICE_NOT_ELIGIBLE, np.bincount(decision[places], minlength=len(sizes)) != 1)
    if not len(probability):
        return chosen, kept
    mine = probability[chosen]
    kept = leave(kept, kinds.PROBABILITY_MISSING, ~np.isfinite(mine))
    kept = leave(kept, kinds.PROBABILITY_ZERO, mine <= 0.0)
    kept = leave(kept, kinds.PROBABILITY_ABOVE_ONE, mine > 1.0 + tolerance)
    filled = np.where(np.isnan(probability) & ~is_choice, 0.0, probability)
    total = np.bincount(decision, filled, minlength=len(sizes))
    some_known = np.bincount(decision, np.isfinite(probability), minlength=len(sizes)) > 1
    is_negative = np.bincount(decision, filled < 0.0, minlength=len(sizes)) > 0
    with np.errstate(invalid="ignore"):
        is_off = ~(np.abs(total - 1.0) <= tolerance)
    # Of one entry alone it is told only that it was chosen with this probability, not that nothing else was eligible.
    kept = leave(kept, kinds.PROBABILITIES_SUM, (some_known & is_off) | is_negative)
    kept = leave(kept, kinds.REWARD_FAULT, ~np.isfinite(reward))
    return chosen, kept
