"""What can be wrong with the probabilities that a policy answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-9
"""How far the sum of a row may be from 1."""


def pmf_fault(found: NDArray[np.float64], mask: NDArray[np.bool_]) -> str | None:
    """Returns what is wrong, as half a sentence, or None.

    Args:
        found: What a policy answered.
        mask: Which campaigns each customer may get, shape (rows, campaigns).
    """
    if found.shape != mask.shape:
        return f"the probabilities have the shape {found.shape}, not {mask.shape}"
    if not np.isfinite(found).all():
        return "a probability is not finite"
    if (found < 0.0).any():
        return f"a probability is negative: {found.min()}"
    if found[~mask].any():
        return "a campaign that is not eligible has a probability"
    worst = float(np.abs(found.sum(axis=1) - 1.0).max(initial=0.0))
    if worst > TOLERANCE:
        return f"the probabilities of a customer sum to 1 only to within {worst:.3g}"
    return None
