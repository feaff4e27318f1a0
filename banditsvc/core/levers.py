"""Levers: bounded business weights on predicted rewards, and prices that are taken from what they make."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def weighted_rewards(
    predicted: NDArray[np.float64], levers: NDArray[np.float64] | None, prices: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Returns the rewards that exploration compares: a lever above 1 always raises, one below 1 always lowers.

    A reward of at least 0 is multiplied by its lever, one below 0 divided by it; then its price is taken from it. None
    stands for levers of 1, and for prices of 0, everywhere.
    """
    weighted = predicted
    if levers is not None:
        weighted = np.where(predicted >= 0.0, predicted * levers, predicted / levers)
    return weighted if prices is None else weighted - prices


def weighted_deviations(
    deviation: NDArray[np.float64] | None, predicted: NDArray[np.float64], levers: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """Returns the deviations of weighted rewards: each is multiplied or divided as its predicted reward is."""
    if levers is None or deviation is None:
        return deviation
    weighted: NDArray[np.float64] = np.where(predicted >= 0.0, deviation * levers, deviation / levers)
    return weighted
