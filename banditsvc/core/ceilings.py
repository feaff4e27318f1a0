"""Ceilings: how much a row leaves to what is not its best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Ceilings:
    """What limits leave to the entries of each row; infinity where there is no limit."""

    campaign: NDArray[np.intp]
    """Place of the first entry of the same campaign, shape (rows, K)."""
    of_campaign: NDArray[np.float64]
    """Greatest probability of the entry's campaign, all treatments together, unless it is the best's; same shape."""
    of_others: NDArray[np.float64]
    """Greatest probability of all entries but the best together, shape (rows, 1)."""


def under_ceilings(
    probabilities: NDArray[np.float64],
    weighted: NDArray[np.float64],
    fixed_rank: NDArray[np.int64],
    ceilings: Ceilings,
) -> NDArray[np.float64]:
    """Returns probabilities that keep to the ceilings, shape (rows, K).

    The best entry has the greatest weighted reward, of several the first in the fixed order. What is over the ceiling of
    a campaign that is not the best's is taken from its entries in proportion, then likewise what all but the best have
    too much; the best entry gets it. Rows that keep to the ceilings as they are stay the same bit for bit.
    """
    rows = np.arange(len(probabilities))[:, None]
    best = _best_places(weighted, fixed_rank)
    shares = _campaign_sums(probabilities, ceilings.campaign)
    over = (shares > ceilings.of_campaign) & (ceilings.campaign != ceilings.campaign[rows, best])
    others = probabilities.copy()
    others[rows, best] = 0.0
    np.multiply(others, np.divide(ceilings.of_campaign, shares, where=over, out=np.ones_like(shares)), out=others)
    left = np.add.reduce(others, axis=1, keepdims=True)
    too_much = left > ceilings.of_others
    others *= np.divide(ceilings.of_others, left, where=too_much, out=np.ones_like(left))
    others[rows, best] = np.maximum(0.0, 1.0 - np.add.reduce(others, axis=1, keepdims=True))
    is_changed = over.any(axis=1, keepdims=True) | too_much
    limited: NDArray[np.float64] = np.where(is_changed, others, probabilities)
    return limited


def _best_places(weighted: NDArray[np.float64], fixed_rank: NDArray[np.int64]) -> NDArray[np.intp]:
    """Returns the place of the best entry of each row, shape (rows, 1)."""
    is_best = weighted == np.maximum.reduce(weighted, axis=1, keepdims=True)
    last = weighted.shape[1]
    best: NDArray[np.intp] = np.where(is_best, fixed_rank, last).argmin(axis=1)
    return best[:, None]


def _campaign_sums(probabilities: NDArray[np.float64], campaign: NDArray[np.intp]) -> NDArray[np.float64]:
    """Returns for each entry the probability of its campaign, summed from left to right."""
    rows, k = probabilities.shape
    places = campaign + (np.arange(rows) * k)[:, None]
    sums: NDArray[np.float64] = np.bincount(places.ravel(), probabilities.ravel(), rows * k)[places]
    return sums
