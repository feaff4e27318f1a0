"""Weight mean: whether the weights of a policy have the mean 1, as they must where the log is right and whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from offline_eval.diagnostics.e_values import mean_e_values
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightMean:
    """The mean of weights, and how much speaks against its being 1."""

    mean: float
    p_value: float
    """At most it, however the log came about; 1 where nothing speaks against it."""


def weight_mean(weight: Floats, greatest_weight: float = math.inf) -> WeightMean:
    """Returns the test of E[weight] = 1, which holds at any time and for logs of policies that learned.

    It fails where logged probabilities are wrong, where decisions are missing by what was chosen in them, and where the target
    has mass on what was never logged.

    Args:
        weight: Target probability of each choice over its logged one, in log order.
        greatest_weight: Largest that any could have been. Where it is not known only a mean above 1 can be told.
    """
    if not len(weight):
        return WeightMean(mean=float("nan"), p_value=1.0)
    e_value = float(mean_e_values(weight - 1.0, np.zeros(len(weight), dtype=np.int64), 1, greatest_weight - 1.0)[0])
    return WeightMean(mean=float(weight.mean()), p_value=min(1.0, 1.0 / e_value) if e_value > 0.0 else 1.0)
