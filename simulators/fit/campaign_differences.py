"""Whether campaigns differ at all, and in whom they suit: by tests, so that chance is not taken for a difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from scipy.stats import chi2

from simulators.fit.logistic import Floats, ridge_logistic
from simulators.fit.response_cells import ResponseCells

LEVEL = 0.01
"""Of the tests."""
_NEXT_TO_NO_PENALTY = 1e-3
"""Makes the effects of values unique, which sum to the same for all rows."""
_LEAST_EXPECTED = 1.0
"""Responses that a pair of campaign and value must have on average, for the chi-squared law to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """P-values."""

    mean_p: float
    """That all campaigns have the same chances, given the contexts; 1 where there is one campaign."""
    part_p: Mapping[str, float]
    """By part of the context: that its values change the odds of all campaigns alike."""

    @property
    def in_mean(self) -> bool:
        """Returns whether campaigns differ in their mean chances."""
        return self.mean_p < LEVEL

    @property
    def in_whom_they_suit(self) -> bool:
        """Returns whether campaigns differ in whom they suit, by some part, corrected for their number (Bonferroni)."""
        return any(p < LEVEL / len(self.part_p) for p in self.part_p.values())


def campaign_differences(cells: ResponseCells) -> Differences:
    """Returns the tests: Pearson's statistic of responses against those expected if campaigns were alike.

    Expected responses are those of a logistic model with the effects of all parts, with one constant for all campaigns
    (mean_p), or with one for each (part_p, on the table of campaign by value).
    """
    if cells.arm_count == 1:
        return Differences(mean_p=1.0, part_p={})
    alike = _expected(cells, sparse.csr_matrix(np.ones((len(cells.count), 1))))
    by_arm = _expected(cells, cells.arm_design())
    own = np.zeros((len(cells.count), 1), dtype=np.int64)
    return Differences(
        mean_p=_p_value(cells, alike, own, 1),
        part_p={
            name: _p_value(cells, by_arm, cells.codes[:, place : place + 1], size)
            for place, (name, size) in enumerate(zip(cells.part_names, cells.sizes, strict=True))
        },
    )


def _expected(cells: ResponseCells, constants: sparse.csr_matrix) -> Floats:
    """Returns the chance of each cell by effects of the values and the constants."""
    design = sparse.hstack([constants, cells.value_design()], format="csr")
    penalty = np.concatenate([np.zeros(constants.shape[1]), np.full(cells.value_count, _NEXT_TO_NO_PENALTY)])
    return np.asarray(expit(design @ ridge_logistic(design, cells.count, cells.responses, penalty)))


def _p_value(cells: ResponseCells, chance: Floats, codes: NDArray[np.int64], size: int) -> float:
    """Returns the p-value of the table of campaign by value; values that are too rare are left out."""
    place = cells.arms * size + codes[:, 0]

    def table(weights: Floats) -> Floats:
        counted = np.bincount(place, weights=weights, minlength=cells.arm_count * size)
        return np.asarray(counted.reshape(cells.arm_count, size), dtype=np.float64)

    expected = table(cells.count * chance)
    variance = table(cells.count * chance * (1.0 - chance))
    kept = expected.mean(axis=0) >= _LEAST_EXPECTED
    freedom = (cells.arm_count - 1) * max(int(kept.sum()) - (size > 1), 0)
    if freedom == 0:
        return 1.0
    gap = (table(cells.responses) - expected)[:, kept]
    statistic = float((gap**2 / np.maximum(variance[:, kept], 1e-12)).sum())
    return float(chi2.sf(statistic, freedom))
