"""Leaves: what nodes without children pass up, of which nothing changes from prior to prior but the deviations.

The departures of a leaf's effects of features have one variance e, that of its level v, over the noise. With the
features' part of its gram Q diag(l) Q' and y = diag(l)^-1/2 Q' times the features' rows of the whole, the gram is y'y
but for the constant and the match. Of it y' diag(1 / (1 + e l)) y is left when the features' departures are integrated
out, and what the constant's departure leaves of that differs by the product of one vector with itself: a prior costs
one product of matrices instead of an inverse. (See level.py for the same without these conditions.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.statistics import CONSTANT, FIRST_FEATURE

LEAST_TOLD = 1e-12
"""Part of what is told of the direction most is told of, below which it is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class PassedUp:
    """What leaves pass up, times the noise."""

    precision: NDArray[np.float64]
    """Shape (leaves, size, size)."""
    information: NDArray[np.float64]
    """Shape (leaves, size)."""
    spread: float
    """Log of the determinants of I + S A S, all together: for their departures rewards spread wider."""
    explained: float
    """Sum of squares that their departures explain, b'C b, times the noise."""


class Leaves:
    """Some leaves, prepared."""

    def __init__(self, gram: NDArray[np.float64], moment: NDArray[np.float64]) -> None:
        """Prepares what all priors share.

        Args:
            gram: Sum of z z' of each, shape (leaves, size, size).
            moment: Sum of z y of each, shape (leaves, size).
        """
        told, directions = np.linalg.eigh(gram[:, FIRST_FEATURE:, FIRST_FEATURE:])
        is_told = told > LEAST_TOLD * told.max(axis=1, initial=0.0, keepdims=True)
        most = int(is_told.sum(axis=1).max(initial=0))
        # In ascending order: the last are those told most of.
        cut = told.shape[1] - most
        is_told, directions = is_told[:, cut:], directions[:, :, cut:].transpose(0, 2, 1)
        self._told = np.where(is_told, told[:, cut:], 0.0)
        per_root = np.divide(1.0, np.sqrt(self._told), out=np.zeros_like(self._told), where=is_told)
        self._rows = per_root[:, :, None] * (directions @ gram[:, FIRST_FEATURE:])
        self._values = per_root * (directions @ moment[:, FIRST_FEATURE:, None])[:, :, 0]
        # Of the constant and the match what the features do not tell.
        first = self._rows[:, :, :FIRST_FEATURE]
        columns = first.transpose(0, 2, 1)
        self._rest = gram[:, :FIRST_FEATURE, :FIRST_FEATURE] - columns @ first
        self._rest_moment = moment[:, :FIRST_FEATURE] - (columns @ self._values[:, :, None])[:, :, 0]

    def passed_up(self, level: NDArray[np.float64], effect: NDArray[np.float64]) -> PassedUp:
        """Returns what they pass up.

        Args:
            level: Prior variance of the departure of each one's constant, over the noise.
            effect: Likewise of its features.
        """
        spread = 1.0 + effect[:, None] * self._told
        left = 1.0 / spread
        precision = self._rows.transpose(0, 2, 1) @ (left[:, :, None] * self._rows)
        precision[:, :FIRST_FEATURE, :FIRST_FEATURE] += self._rest
        information = ((left * self._values)[:, None] @ self._rows)[:, 0]
        information[:, :FIRST_FEATURE] += self._rest_moment
        explained = (effect[:, None] * self._told * left * self._values**2).sum()
        of_constant, of_level = precision[:, :, CONSTANT].copy(), information[:, CONSTANT].copy()
        level_spread = 1.0 + level * of_constant[:, CONSTANT]
        known = level / level_spread
        precision -= (known[:, None] * of_constant)[:, :, None] * of_constant[:, None]
        information -= (known * of_level)[:, None] * of_constant
        explained += (known * of_level**2).sum()
        determinants = np.log(spread).sum() + np.log(level_spread).sum()
        return PassedUp(precision, information, float(determinants), float(explained))
