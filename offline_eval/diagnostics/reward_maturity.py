"""Reward maturity: how much of the reward of a decision has come by which age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Maturity:
    """By an age."""

    age_days: float
    share: float
    """Share of the whole reward of mature decisions that had come by it; NaN where there is none at all."""


def reward_maturity(delay_days: Floats, amount: Floats, ages_days: Sequence[float]) -> tuple[Maturity, ...]:
    """Returns how much of the reward had come by each age.

    Only outcomes of decisions whose window is over belong here: of younger ones the late outcomes are missing, which would
    make rewards look quicker than they are.

    Args:
        delay_days: How long after the start of its decision's window each outcome happened.
        amount: What each adds to the reward; refunds take away.
        ages_days: The ages, in days.
    """
    order = np.argsort(delay_days, kind="stable")
    come = np.concatenate([np.zeros(1), np.cumsum(amount[order])])
    whole = float(come[-1])
    places = np.searchsorted(delay_days[order], np.asarray(ages_days, dtype=np.float64), side="right")
    return tuple(
        Maturity(age_days=float(age), share=float(come[place]) / whole if whole else float("nan"))
        for age, place in zip(ages_days, places.tolist(), strict=True)
    )
