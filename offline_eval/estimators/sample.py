"""Samples: logged decisions as seen from one target policy, all that estimators and intervals need."""

from __future__ import annotations

import math
from dataclasses import dataclass

from offline_eval.choices.coding import Codes
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Decisions with known probabilities and rewards; each array has an entry for each decision."""

    weight: Floats
    """Target probability of what was chosen over its logged selection probability: finite, at least 0."""
    reward: Floats
    """Finite, in reward units."""
    modeled_choice: Floats | None = None
    """Reward of what was chosen by an outcome model that has not seen the decision."""
    modeled_target: Floats | None = None
    """By the same model, the mean over the eligible set by the target's probabilities."""
    unit: Codes | None = None
    """Whose decisions they are: independent units, customers for the most part; None where each is its own."""
    greatest_weight: float = math.inf
    """Largest weight that any decision could have had, as exploration's floor tells; infinity where it is not known."""
    reward_range: tuple[float, float] = (-math.inf, math.inf)
    """Least and greatest reward that there can be, as the RewardSpec tells."""

    def __len__(self) -> int:
        """Returns the number of decisions."""
        return len(self.reward)
