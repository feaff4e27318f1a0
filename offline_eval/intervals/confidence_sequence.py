"""How many standard errors wide an interval must be to hold at all sample sizes together."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import lambertw

from offline_eval.intervals.moments import Floats


def tightest_rho(level: float, tightest_at: float) -> float:
    """Returns the parameter rho by which the sequence is tightest, in standard errors, at that sample size.

    The width at t is least where x = t rho^2 solves x = log(1 + x) - 2 log(alpha), so x = -1 - W(-alpha^2 / e) on the
    lower branch of Lambert's W: exact, where Waudby-Smith et al. give the approximation
    x = -2 log(alpha) + log(1 - 2 log(alpha)).
    """
    alpha = 1.0 - level
    scaled = -1.0 - float(lambertw(-(alpha**2) / math.e, k=-1).real)
    return math.sqrt(scaled / tightest_at)


def sequence_standard_errors(count: ArrayLike, level: float, tightest_at: float) -> Floats:
    """Returns the half width, in standard errors of the mean, of the asymptotic confidence sequence at each count.

    Theorem 2.2, equation (9), of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory
    and asymptotic confidence sequences" (Annals of Statistics 52, 2024; arXiv 2103.06476): the mean of t values lies
    within s sqrt(2 (t rho^2 + 1) / (t^2 rho^2) log(sqrt(t rho^2 + 1) / alpha)) of its expectation at all t together;
    this is that over s / sqrt(t).
    """
    scaled = np.asarray(count, dtype=np.float64) * tightest_rho(level, tightest_at) ** 2
    with np.errstate(divide="ignore"):
        return np.sqrt(2.0 * (1.0 + 1.0 / scaled) * (0.5 * np.log1p(scaled) - math.log(1.0 - level)))
