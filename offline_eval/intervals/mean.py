"""Intervals of a mean."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from offline_eval.intervals.bounds import Bounds, has_enough, symmetric
from offline_eval.intervals.confidence_sequence import sequence_standard_errors
from offline_eval.intervals.interval import IntervalKind
from offline_eval.intervals.interval_spec import IntervalSpec
from offline_eval.intervals.moments import Floats, Moments


def mean_bounds(sample: Moments, spec: IntervalSpec) -> Bounds:
    """Returns intervals of the expected value; without bounds where the data are fewer than `spec` asks for.

    ANYTIME takes the order of the customers as that of a sequence of equal draws; FIXED is Student's interval.
    """
    half_width = _standard_errors(sample, spec) * np.sqrt(sample.squared_error)
    return symmetric(sample.mean, half_width, has_enough(spec, sample))


def _standard_errors(sample: Moments, spec: IntervalSpec) -> Floats:
    if spec.kind is IntervalKind.ANYTIME:
        return sequence_standard_errors(sample.count, spec.level, spec.tightest_at)
    freedom = np.maximum(sample.count - 1.0, 1.0)
    return np.asarray(student.ppf(0.5 + 0.5 * spec.level, freedom), dtype=np.float64)
