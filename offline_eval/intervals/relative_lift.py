"""Intervals of the relative lift: the target's mean over the control's, less one."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from offline_eval.intervals.bounds import Bounds, has_enough
from offline_eval.intervals.confidence_sequence import sequence_standard_errors
from offline_eval.intervals.interval import IntervalKind
from offline_eval.intervals.interval_spec import IntervalSpec
from offline_eval.intervals.moments import Floats, Moments


def relative_lift_bounds(target: Moments, control: Moments, spec: IntervalSpec) -> Bounds:
    """Returns intervals of r = m1 / m0 - 1, where neither expected value is negative.

    r is in the interval when the interval of the mean of Y1 - (1 + r) Y0 contains 0 (Fieller 1954, with the anytime
    width for ANYTIME): (m1 - R m0)^2 <= w^2 (v1 + R^2 v0) with R = 1 + r and v the squared standard errors. This is
    one quadratic inequality in R. While the control's mean cannot be told from 0 there is no upper bound; there is no
    lower bound either while the target's cannot. One sequence serves all r, so ANYTIME holds at all readings together.
    """
    width = _standard_errors(target, control, spec)
    leading = control.mean**2 - width**2 * control.squared_error
    constant = target.mean**2 - width**2 * target.squared_error
    centre = target.mean * control.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(centre**2 - leading * constant, 0.0))
        # The larger of the two numerators is exact; the other root follows from their product.
        summed = centre + np.where(centre >= 0.0, root, -root)
        one, other = summed / leading, constant / summed
    low, high = np.minimum(one, other), np.maximum(one, other)
    enough = has_enough(spec, target, control)
    bounded = enough & (leading > 0.0) & (control.mean > 0.0)
    low = np.where(bounded & (high >= 0.0), np.maximum(low, 0.0), low)
    # Where the control's mean may be 0, R lies outside of (low, high), and low is negative.
    from_below = enough & (leading < 0.0) & (constant > 0.0) & (control.mean >= 0.0) & (target.mean > 0.0)
    return Bounds(
        low=np.where(bounded, low - 1.0, np.where(from_below, high - 1.0, -np.inf)),
        high=np.where(bounded, high - 1.0, np.inf),
    )


def _standard_errors(target: Moments, control: Moments, spec: IntervalSpec) -> Floats:
    if spec.kind is IntervalKind.ANYTIME:
        return sequence_standard_errors(target.count + control.count, spec.level, spec.tightest_at)
    return np.full(np.shape(target.count), float(norm.ppf(0.5 + 0.5 * spec.level)))
