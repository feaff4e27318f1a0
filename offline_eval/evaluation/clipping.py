"""Clipping: how a value moves with the largest weight that counts in full."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.estimators import ClippedIps, Sample, evidence_of, point_estimates

_STEPS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ClippedValue:
    """The value by clipped IPS with one limit."""

    limit: float
    value: float
    standard_error: float
    clipped_share: float
    """Of the decisions whose weight was above the limit."""


def values_by_clipping(sample: Sample) -> tuple[ClippedValue, ...]:
    """Returns the clipped value for limits from 1 up to the largest weight, where it is IPS itself.

    Where the value still rises at the end it hangs on few heavy decisions; where it is flat long before, it does not.
    """
    largest = float(sample.weight.max(initial=0.0))
    limits = np.geomspace(1.0, largest, _STEPS) if largest > 1.0 else np.ones(1)
    estimators = [ClippedIps(limit) for limit in limits.tolist()]
    points = point_estimates(evidence_of(sample, estimators), estimators)
    return tuple(
        ClippedValue(
            limit=estimator.limit,
            value=point.value,
            standard_error=point.standard_error,
            clipped_share=float(np.mean(sample.weight > estimator.limit)),
        )
        for estimator, point in zip(estimators, points, strict=True)
    )
