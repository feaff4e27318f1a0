"""Intervals of the difference of two groups' means."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from offline_eval.intervals.bounds import Bounds, has_enough, symmetric
from offline_eval.intervals.confidence_sequence import sequence_standard_errors
from offline_eval.intervals.interval import IntervalKind
from offline_eval.intervals.interval_spec import IntervalSpec
from offline_eval.intervals.moments import Floats, Moments


def difference_bounds(target: Moments, control: Moments, spec: IntervalSpec) -> Bounds:
    """Returns intervals of the target's expected value less the control's, customers being assigned at random.

    ANYTIME: the sequence of Waudby-Smith et al. (section 3, randomised experiments) of the influence values
    phi = Z / p (Y - m1) - (1 - Z) / (1 - p) (Y - m0) + m1 - m0 of the n customers of both groups, Z telling who is in
    the target group, with the groups' means and the target's share p up to the reading. With these the mean of phi is
    the difference of the means, and its standard error the root of s1^2 / n1 + s0^2 / n0. The shares must be the same
    for all customers.

    FIXED: Welch's interval. Neither has bounds where the data are fewer than `spec` asks for.
    """
    squared_error = target.squared_error + control.squared_error
    half_width = _standard_errors(target, control, spec) * np.sqrt(squared_error)
    return symmetric(target.mean - control.mean, half_width, has_enough(spec, target, control))


def _standard_errors(target: Moments, control: Moments, spec: IntervalSpec) -> Floats:
    if spec.kind is IntervalKind.ANYTIME:
        return sequence_standard_errors(target.count + control.count, spec.level, spec.tightest_at)
    return np.asarray(student.ppf(0.5 + 0.5 * spec.level, _welch_freedom(target, control)), dtype=np.float64)


def _welch_freedom(target: Moments, control: Moments) -> Floats:
    """Returns the degrees of freedom of Welch and Satterthwaite."""
    one, other = target.squared_error, control.squared_error
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = one**2 / (target.count - 1.0) + other**2 / (control.count - 1.0)
        return np.asarray((one + other) ** 2 / parts)
