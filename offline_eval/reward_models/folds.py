"""Folds: parts of the customers, each of which is predicted by a model of the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices import Codes

FOLDS = 5


def fold_of(customer: Codes) -> NDArray[np.intp]:
    """Returns the fold of each decision, from 0 to FOLDS - 1: by a hash of the customer, who is in one fold alone.

    The hash is that of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
    """
    mixed = customer.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(FOLDS)).astype(np.intp)
