"""Exclusive rules: each customer gets the campaign whose rule matches, as a baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.learned_states import LearnedStates


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRule:
    """Says which customers a campaign is for."""

    campaign_id: str
    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusiveRules:
    """Chooses the first campaign whose rule the customer matches.

    Which that is stands in fixed_rank: whoever calls pmf ranks the eligible campaigns of a customer by the order of the
    rules that match, then NO_CONTACT, then the others in the fixed order.
    """

    rules: tuple[TargetRule, ...] = ()

    def pmf(
        self,
        predicted: NDArray[np.float64],  # noqa: ARG002  the interface gives it
        fixed_rank: NDArray[np.int64],
        equal_parts: NDArray[np.float64],  # noqa: ARG002  the interface gives it
        learned: LearnedState | LearnedStates,  # noqa: ARG002  the interface gives it
        deviation: NDArray[np.float64] | None = None,  # noqa: ARG002  the interface gives it
    ) -> NDArray[np.float64]:
        """Returns 1 for what has fixed_rank 0, 0 for the others."""
        is_first: NDArray[np.bool_] = fixed_rank == 0
        return is_first.astype(np.float64)
