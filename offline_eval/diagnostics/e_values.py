"""E-values: how much a bet against a hypothesis would have won, for tests that hold however a log came about.

A log is no sample of independent draws: the policy learned from what it logged. A bet that is fair at every decision, given
all before it, multiplies its stake into a product with the mean 1 at most, so that it exceeds 1 / level with a probability of
at most level, at any time (Ville 1939; Ramdas, Gruenwald, Vovk and Shafer 2023, "Game-theoretic statistics and safe anytime-
valid inference"). The mean of several bets is such a product again, so bets of several sizes are placed at once.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals import Floats

_RATES = np.array([0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
"""Sizes of bets on counts: good against a surplus or shortage of about that share."""
_STAKES = np.array([0.002, 0.01, 0.05, 0.2, 0.5, 0.9])
"""Shares of what a bet on a mean may stake at most."""


def counts_e_values(surplus: Floats, variance: Floats) -> Floats:
    """Returns the e-value of each count of choices against their logged probabilities.

    Each choice is 1 or 0 with its logged probability, given all before it; exp(b M - (e^b - 1 - b) V) is then a fair bet at
    most (Freedman 1975, "On tail probabilities for martingales", equation 1.6), on a surplus and on a shortage alike.

    Args:
        surplus: M of each count: choices less the sum of their probabilities.
        variance: V of each: the sum of p (1 - p).
    """
    logs = [
        sign * rate * surplus - (math.expm1(rate) - rate) * variance for rate in _RATES.tolist() for sign in (1.0, -1.0)
    ]
    return _mean_of_products(np.array(logs))


def mean_e_values(excess: Floats, cell: NDArray[np.int64], cells: int, greatest: float) -> Floats:
    """Returns for each cell the e-value against the mean excess 0, given all before.

    A stake of s multiplies itself by 1 + s x for each excess x, which is at least -1: a fair bet on a mean above 0. One on a
    mean below 0 needs to know how great x can be at most: an unbounded one may hide its mean in what is never seen.

    Args:
        excess: Numbers of at least -1, such as weights less 1.
        cell: Cell of each.
        cells: How many cells there are.
        greatest: What none of them can exceed, known beforehand; infinity where nothing is known.
    """
    logs = []
    for stake in _STAKES.tolist():
        logs.append(np.bincount(cell, np.log1p(stake * excess), minlength=cells))
        if np.isfinite(greatest):
            down = stake / max(greatest, 1.0)
            logs.append(np.bincount(cell, np.log1p(-down * excess), minlength=cells))
    return _mean_of_products(np.array(logs))


def _mean_of_products(logs: Floats) -> Floats:
    greatest = logs.max(axis=0)
    with np.errstate(over="ignore"):
        found: Floats = np.exp(greatest + np.log(np.mean(np.exp(logs - greatest), axis=0)))
    return found
