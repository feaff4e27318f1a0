"""Linear variances: the variance of a predicted reward as a sum over features, so that it is compiled like the reward.

The variance z'V z of a prediction has a term for each pair of features. Features that exclude each other, such as two
segments, never stand beside each other, so within one part of the context the sum over its features is exact. A
product of features of two parts is replaced by its expansion about their means, z_f m_g + m_f z_g - m_f m_g. What is
left out has the mean 0 where the two parts are independent, and is small because the posterior makes centred effects of
different parts nearly so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.statistics import CONSTANT, MATCH


def linear_variances(covariance: NDArray[np.float64], gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the coefficients of the variance, shape (nodes, size); that of the constant first, the match without any.

    Args:
        covariance: Of each node's effects, shape (nodes, size, size).
        gram: Sum of z z' over all decisions, shape (size, size).
    """
    weight = max(gram[CONSTANT, CONSTANT], 1.0)
    mean = gram[CONSTANT] / weight
    meet = gram != 0.0
    np.fill_diagonal(meet, val=False)
    meet[[CONSTANT, MATCH]] = False
    meet[:, [CONSTANT, MATCH]] = False
    pairs = (covariance * meet) @ mean
    # Where values are not 1, as the weights of favourites, a square counts as its mean share of the value.
    square = np.divide(np.diagonal(gram), gram[CONSTANT], out=np.ones(len(gram)), where=gram[CONSTANT] > 0.0)
    own = np.diagonal(covariance, axis1=1, axis2=2) * square
    coefficients: NDArray[np.float64] = own + 2.0 * (covariance[:, CONSTANT] + pairs)
    coefficients[:, CONSTANT] = covariance[:, CONSTANT, CONSTANT] - pairs @ mean
    coefficients[:, MATCH] = 0.0
    return coefficients
