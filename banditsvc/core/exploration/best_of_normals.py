"""The probability that each of several independent normal variables is the greatest, by quadrature.

With density d_k, distribution function F_k and weight w_k, entry k has the integral of w_k d_k / F_k times the product
of all F_j to the power of w_j. With weights of 1 that is the probability that k is the greatest; an entry of weight 1/2
counts as half a variable, so that two such that are alike share what one would have. The integrals of a row sum to 1,
and what the quadrature leaves over or short is shared in proportion.

The integrand is 0 below the greatest of all mean - 4 deviations, where some F_j is, and so the narrow ones that
matter lie near that end of the support: Gauss-Legendre nodes, moved towards it by an exponential map, find them. An
entry that stays below has no chance and costs nothing. Every sum and product runs in one order, whatever rows are
computed together, so that a row has the same bits alone and in any batch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

_REACH = 4.0
"""Deviations from the mean beyond which a normal variable is not looked at: 3e-5 on either side."""
_NARROWEST = 1e-4
"""Least deviation, as a share of the greatest in its row. What is less wide is compared as if it were so wide."""
_FARTHEST = -100.0
"""Mean, in greatest deviations behind the best, beyond which all is alike hopeless."""
_FEW_NODES, _MANY_NODES = 20, 96
_STRETCH = 4.0
_WIDE = 40.0
"""Width of the support in narrowest deviations from which it takes the many nodes."""
_LEAST_EXPONENT = 1e-3
_BLOCK = 1 << 12
"""Nodes of all rows of a block: what is worked on stays in the processor's cache."""

_Nodes = tuple[NDArray[np.float64], NDArray[np.float64]]


def _nodes(count: int) -> _Nodes:
    """Returns Gauss-Legendre nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1.0) / 2.0, weights / 2.0


_FEW, _MANY = _nodes(_FEW_NODES), _nodes(_MANY_NODES)


def chances_of_best(
    mean: NDArray[np.float64], deviation: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns the probabilities, shape (rows, K), each row summing to 1 but for rounding; see the module.

    They are within 1e-3 of the truth, mostly within 1e-4.

    Args:
        mean: Shape (rows, K).
        deviation: Same shape, in each row at least one above 0 and none below.
        weight: Same shape, above 0 and at most 1.
    """
    greatest = np.maximum.reduce(deviation, axis=1, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore"):
        offset = (mean - np.maximum.reduce(mean, axis=1, keepdims=True)) / greatest
    offset = np.maximum(offset, _FARTHEST)
    width = np.maximum(deviation / greatest, _NARROWEST)
    start = np.maximum.reduce(offset - _REACH * width, axis=1, keepdims=True)
    highest = offset + _REACH * width
    may_win = highest > start
    support = np.maximum.reduce(highest, axis=1, keepdims=True) - start
    narrowest = np.minimum.reduce(np.where(may_win, width, 1.0), axis=1, keepdims=True)
    is_wide = (support > _WIDE * narrowest)[:, 0]
    # Where a number is NaN nobody may win, and what is divided below is 0.
    is_known = may_win.any(axis=1)
    chances = np.zeros_like(mean)
    for is_mine, nodes in ((is_known & ~is_wide, _FEW), (is_known & is_wide, _MANY)):
        (rows,), step = is_mine.nonzero(), _BLOCK // len(nodes[0])
        for first in range(0, len(rows), step):
            # Mostly all rows are of one kind, which spares copies.
            block = slice(None) if len(rows) == len(mean) <= step else rows[first : first + step]
            points, measure = _placed(nodes, start[block], support[block], narrowest[block])
            chances[block] = _integrals(
                points, measure, offset[block], width[block], weight[block], may_win=may_win[block]
            )
    with np.errstate(invalid="ignore"):
        return chances / np.add.reduce(chances, axis=1, keepdims=True)


def _placed(
    nodes: _Nodes, start: NDArray[np.float64], support: NDArray[np.float64], narrowest: NDArray[np.float64]
) -> _Nodes:
    """Returns the nodes on each row's support, and the weight of each, shape (rows, nodes)."""
    exponent = np.maximum(np.log(support / (_STRETCH * narrowest)), _LEAST_EXPONENT)
    growth = np.exp(exponent * nodes[0])
    scale = support / np.expm1(exponent)
    return start + scale * (growth - 1.0), growth * (scale * exponent * nodes[1])


def _integrals(
    points: NDArray[np.float64],
    measure: NDArray[np.float64],
    offset: NDArray[np.float64],
    width: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    may_win: NDArray[np.bool_],
) -> NDArray[np.float64]:
    rows, places = may_win.nonzero()
    # Row after row: those of each row follow each other, and are multiplied in that order.
    count = np.add.reduce(may_win, axis=1, dtype=np.intp)
    starts = np.add.accumulate(count) - count
    narrow, share = width[rows, places], weight[rows, places]
    z = (points.take(rows, axis=0) - offset[rows, places, None]) / narrow[:, None]
    below = ndtr(z)
    z *= z
    z *= -0.5
    ratio = np.exp(z, out=z)
    # At the start of the support it is at least that of -4, so nothing is divided by 0.
    ratio /= below
    (parts,) = (share != 1.0).nonzero()
    if len(parts):
        below[parts] = np.exp(np.log(below[parts]) * share[parts, None])
    product = np.multiply.reduceat(below, starts, axis=0)
    product *= measure
    ratio *= product.take(rows, axis=0)
    found = np.zeros_like(offset)
    found[rows, places] = np.add.reduce(ratio, axis=1) * (share / narrow)
    return found
