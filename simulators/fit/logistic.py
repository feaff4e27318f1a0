"""Ridge logistic regression on counted cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import solve
from scipy.special import expit, log_expit

_MOST_STEPS = 50
_TOLERANCE = 1e-7
"""Gain in log-likelihood of a step below which the search ends."""
_LEAST_STEP = 1e-4
"""Of Newton's, below which halving it ends."""
_LEAST_CURVATURE = 1e-9
"""Keeps the curvature positive where nobody has a value."""

Floats = NDArray[np.float64]


def ridge_logistic(
    design: sparse.csr_matrix, count: Floats, responses: Floats, penalty: Floats, start: Floats | None = None
) -> Floats:
    """Returns the coefficients that maximise the binomial log-likelihood less half of penalty x coefficient^2 (Newton).

    Args:
        design: Shape (cells, coefficients).
        count: Rows of each cell.
        responses: Of these, those with a response.
        penalty: Of each coefficient; 0 for none. It is the inverse variance of a normal prior about 0.
        start: Where the search begins; 0 by default.
    """
    transposed = design.T.tocsr()
    at = np.zeros(design.shape[1]) if start is None else start
    loss = _loss(design, count, responses, penalty, at)
    for _ in range(_MOST_STEPS):
        slope = transposed @ (count * expit(design @ at) - responses) + penalty * at
        step = solve(ridge_curvature(design, count, penalty, at), slope, assume_a="pos")
        size = 1.0
        while (smaller := _loss(design, count, responses, penalty, at - size * step)) > loss and size > _LEAST_STEP:
            size *= 0.5
        at, gain, loss = at - size * step, loss - smaller, smaller
        if gain <= _TOLERANCE:
            break
    return np.asarray(at, dtype=np.float64)


def ridge_curvature(design: sparse.csr_matrix, count: Floats, penalty: Floats, at: Floats) -> Floats:
    """Returns the second derivatives of what ridge_logistic minimises: at its minimum the inverse of the posterior's
    covariance, in Laplace's approximation.
    """
    chance = expit(design @ at)
    weighted = sparse.diags(count * chance * (1.0 - chance)) @ design
    curvature = np.asarray((design.T @ weighted).toarray(), dtype=np.float64)
    curvature[np.diag_indices_from(curvature)] += np.maximum(penalty, _LEAST_CURVATURE)
    return curvature


def _loss(design: sparse.csr_matrix, count: Floats, responses: Floats, penalty: Floats, at: Floats) -> float:
    logits = design @ at
    likelihood = responses @ log_expit(logits) + (count - responses) @ log_expit(-logits)
    return float(0.5 * penalty @ at**2 - likelihood)


def intercept_for(mean: float, logits: Floats, weights: Floats) -> float:
    """Returns what must be added to the logits so that the weighted mean of the probabilities is `mean`.

    Args:
        mean: Above 0 and below 1.
        logits: Of customers.
        weights: Of the same; they need not sum to 1.
    """
    shares = weights / weights.sum()
    # The mean rises with the shift; the ends shift every customer past the mean.
    target = np.log(mean / (1.0 - mean))
    low, high = float(target - logits.max()), float(target - logits.min())
    for _ in range(200):
        middle = 0.5 * (low + high)
        if shares @ expit(logits + middle) < mean:
            low = middle
        else:
            high = middle
        if high - low < 1e-12:
            break
    return 0.5 * (low + high)
