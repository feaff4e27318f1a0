"""Logged: decisions with their eligible sets, probabilities and rewards, as columns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices.coding import Coded, Codes
from offline_eval.intervals import Floats

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The eligible campaigns, or pairs of campaign and treatment, of all decisions, one decision after the other."""

    start: Integers
    """Where the entries of each decision begin, and after the last one their number, shape (decisions + 1,)."""
    campaign: Coded
    probability: Floats
    """Logged selection probability; NaN where only that of the choice is known."""
    predicted: Floats
    """Predicted reward as served, in reward units; NaN without a model."""
    deviation: Floats
    """Its standard deviation as served; NaN without one."""

    @property
    def decision(self) -> Integers:
        """Returns the decision of each entry."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """Evaluated decisions in log order; each array has an entry for each decision."""

    entries: Entries
    chosen: Integers
    """Place of what was chosen among all entries."""
    probability: Floats
    """With which it was chosen, in (0, 1]."""
    reward: Floats
    """Finite, in reward units."""
    customer: Codes
    time_us: Integers
    labels: dict[str, Coded] = field(default_factory=dict)
    """Further columns to divide by, such as segment, lifecycle_stage, family and decided_by."""
    features: Floats | None = None
    """What an outcome model may use besides campaign and labels, shape (decisions, features)."""
    reward_range: tuple[float, float] = (-math.inf, math.inf)
    """Least and greatest reward that there can be, as the RewardSpec tells."""
    left_out: dict[str, int] = field(default_factory=dict)
    """How many decisions were left out, by kind, such as tests, not mature, forced, probability missing."""

    def __len__(self) -> int:
        """Returns the number of decisions."""
        return len(self.reward)
