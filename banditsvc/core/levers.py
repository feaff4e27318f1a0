"""Levers: bounded business weights on predicted rewards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def weighted_rewards(predicted: NDArray[np.float64], levers: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Returns the rewards that exploration compares: a lever above 1 always raises, one below 1 always lowers.

    A reward of at least 0 is multiplied by its lever, one below 0 divided by it. None stands for 1 everywhere.
    """
    if levers is None:
        return predicted
    weighted: NDArray[np.float64] = np.where(predicted >= 0.0, predicted * levers, predicted / levers)
    return weighted


def weighted_deviations(
    deviation: NDArray[np.float64] | None, predicted: NDArray[np.float64], levers: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """Returns the deviations of weighted rewards: each is multiplied or divided as its predicted reward is."""
    if levers is None or deviation is None:
        return deviation
    weighted: NDArray[np.float64] = np.where(predicted >= 0.0, deviation * levers, deviation / levers)
    return weighted
