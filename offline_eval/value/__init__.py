"""Values: what another way of deciding would have brought, from the exact probabilities of what was decided."""

from __future__ import annotations

from offline_eval.value.clustered_error import ClusteredError, clustered_error, half_width, interval_around
from offline_eval.value.estimate import Estimate, Support
from offline_eval.value.weighted import (
    VALUE_INTERVAL,
    effective_number,
    interval_of_values,
    weighted_gain,
    weighted_value,
)

__all__ = [
    "VALUE_INTERVAL",
    "ClusteredError",
    "Estimate",
    "Support",
    "clustered_error",
    "effective_number",
    "half_width",
    "interval_around",
    "interval_of_values",
    "weighted_gain",
    "weighted_value",
]
