"""Policies that are not the service's: the myopic oracle, and sending nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible


class MyopicOracle:
    """Chooses what has the greatest true expected reward now, of several the first by campaign_id.

    No policy earns more at the moment of the choice; where contacts have after-effects one may earn more in the end.
    """

    def __init__(self) -> None:
        self._expected: NDArray[np.float64] | None = None

    def see(self, expected: NDArray[np.float64]) -> None:
        """Takes in the truth about the rows that are asked about next."""
        self._expected = expected

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:  # noqa: ARG002 - it knows the truth
        """Returns 1 for the best of each row."""
        if self._expected is None or self._expected.shape != eligible.mask.shape:
            raise ValueError("the oracle must be told the truth about the very rows that it is asked about")
        return one_hot(np.where(eligible.mask, self._expected, -np.inf).argmax(axis=1), eligible)


class NoContact:
    """Sends nothing: what customers buy without any campaign."""

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:  # noqa: ARG002 - it is always the same
        """Returns 1 for NO_CONTACT, which must be eligible."""
        column = eligible.campaign_ids.index(NO_CONTACT)
        return one_hot(np.full(len(eligible.mask), column), eligible)


def one_hot(column: NDArray[np.intp], eligible: Eligible) -> NDArray[np.float64]:
    """Returns 1 at one column of each row that has something eligible."""
    found = np.zeros(eligible.mask.shape)
    found[np.arange(len(column)), column] = 1.0
    return found
