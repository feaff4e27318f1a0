"""Order values: a lognormal law, with a heavy tail where the data ask for one, and what each campaign's orders are worth.

The logarithm of a value is normal, plus for a share of the orders exponential: OrderValue's product with a Pareto draw.
Both laws are fitted by maximum likelihood, and the one with the tail is taken where Schwarz's criterion (BIC) prefers it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.stats import exponnorm, f_oneway, norm

from simulators.fit.fit_errors import TooFewResponses
from simulators.fit.fit_rows import FitRows
from simulators.fit.logistic import Floats
from simulators.worlds.order_value import OrderValue

LEAST_ORDERS = 30
"""Of an arm for orders of its own worth; and in all."""
LEAST_FOR_TAIL = 200
_LEAST_ALPHA = 1.2
_DIFFERENCE_LEVEL = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderValues:
    """What orders are worth."""

    law: OrderValue
    """Of all campaigns together: its mean is that of the data."""
    factors: tuple[float, ...]
    """What the law is multiplied by for each arm."""
    difference_p: float
    """P-value that the orders of all arms are alike (analysis of variance of their logarithms); 1 for one arm."""


def fit_order_values(rows: FitRows, *, only_proven: bool = False) -> OrderValues:
    """Returns the law of the amounts of responses.

    Args:
        rows: Data with amounts.
        only_proven: Whether all arms have one mean unless the test finds a difference; else each has its own where it
            has enough orders.

    Raises:
        TooFewResponses: There are fewer than LEAST_ORDERS orders.
    """
    assert rows.amounts is not None, "the reward is money"
    bought = np.flatnonzero(rows.responses)
    if len(bought) < LEAST_ORDERS:
        raise TooFewResponses(f"there are {len(bought)} orders: their values need at least {LEAST_ORDERS}")
    amounts, arms = rows.amounts[bought], rows.arms[bought]
    groups = [amounts[arms == arm] for arm in range(len(rows.campaigns))]
    difference_p = _difference_p(groups)
    overall = float(amounts.mean())
    has_own = [
        len(group) >= LEAST_ORDERS and not (only_proven and difference_p >= _DIFFERENCE_LEVEL) for group in groups
    ]
    means = [float(group.mean()) if own else overall for group, own in zip(groups, has_own, strict=True)]
    centered = np.concatenate([np.log(group) - np.log(group).mean() for group in groups if len(group)])
    return OrderValues(
        law=_scaled(_shape(centered), overall),
        factors=tuple(mean / overall for mean in means),
        difference_p=difference_p,
    )


def _difference_p(groups: list[Floats]) -> float:
    known = [np.log(group) for group in groups if len(group) >= LEAST_ORDERS]
    if len(known) < 2 or not any(np.ptp(group) > 0.0 for group in known):
        return 1.0
    return float(f_oneway(*known).pvalue)


def _scaled(shape: OrderValue, mean: float) -> OrderValue:
    return shape.model_copy(update={"median": shape.median * mean / shape.mean})


def _shape(logs: Floats) -> OrderValue:
    """Returns a law of these logarithms, which have mean 0 within each arm; its median is free."""
    sigma = float(logs.std())
    plain = OrderValue(median=1.0, sigma=sigma)
    if len(logs) < LEAST_FOR_TAIL or sigma == 0.0:
        return plain

    def loss(at: Floats) -> float:
        return -_tail_likelihood(logs, *_unpacked(at))

    start = np.array([0.0, math.log(0.8 * sigma), math.log(0.1 / 0.9), math.log(2.0 - _LEAST_ALPHA)])
    found = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 600, "xatol": 1e-3, "fatol": 1e-2})
    gain = -found.fun - float(norm.logpdf(logs, logs.mean(), sigma).sum())
    if not gain > math.log(len(logs)):  # BIC: half of two more parameters' price
        return plain
    _, spread, share, alpha = _unpacked(found.x)
    return OrderValue(median=1.0, sigma=spread, tail_share=share, tail_alpha=alpha)


def _unpacked(at: Floats) -> tuple[float, float, float, float]:
    share = 1.0 / (1.0 + math.exp(-min(max(float(at[2]), -30.0), 30.0)))
    return float(at[0]), math.exp(float(at[1])), share, _LEAST_ALPHA + math.exp(min(float(at[3]), 5.0))


def _tail_likelihood(logs: Floats, center: float, sigma: float, share: float, alpha: float) -> float:
    plain = (1.0 - share) * norm.pdf(logs, center, sigma)
    tailed = share * exponnorm.pdf(logs, 1.0 / (sigma * alpha), center, sigma)
    return float(np.log(np.maximum(plain + tailed, 1e-300)).sum())
