"""Intervals of means, of differences and of ratios of means: for one reading, or for readings at any time."""

from __future__ import annotations

from offline_eval.intervals.bounds import Bounds
from offline_eval.intervals.confidence_sequence import sequence_standard_errors, tightest_rho
from offline_eval.intervals.difference import difference_bounds
from offline_eval.intervals.holm import holm_levels
from offline_eval.intervals.interval import Interval, IntervalKind
from offline_eval.intervals.interval_spec import IntervalSpec
from offline_eval.intervals.mean import mean_bounds
from offline_eval.intervals.moments import Floats, Moments, cumulative_moments, moments_of
from offline_eval.intervals.relative_lift import relative_lift_bounds

__all__ = [
    "Bounds",
    "Floats",
    "Interval",
    "IntervalKind",
    "IntervalSpec",
    "Moments",
    "cumulative_moments",
    "difference_bounds",
    "holm_levels",
    "mean_bounds",
    "moments_of",
    "relative_lift_bounds",
    "sequence_standard_errors",
    "tightest_rho",
]
