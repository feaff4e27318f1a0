"""Context features: what an outcome model may use of a customer's history, as columns of numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from offline_eval.choices.entries import numbers
from offline_eval.intervals import Floats

FEATURE_COLUMNS = ("recency_days", "frequency", "monetary", "r", "f", "m")
_WIDE = frozenset({"recency_days", "frequency", "monetary"})
"""Of so many magnitudes that their logarithms are used."""


def context_features(batch: pa.RecordBatch) -> Floats:
    """Returns two columns for each of FEATURE_COLUMNS: its value, 0 where it is not known, and whether it is known."""
    columns = []
    for name in FEATURE_COLUMNS:
        value = numbers(batch[name].cast(pa.float64()))
        known = np.isfinite(value)
        value = np.where(known, value, 0.0)
        columns += [np.sign(value) * np.log1p(np.abs(value)) if name in _WIDE else value, known.astype(np.float64)]
    return np.column_stack(columns)
