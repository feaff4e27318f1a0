"""Rows of a log for learners that have no rows of their own: features as numbers, campaigns by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals import Floats
from offline_eval.logged import Logged


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Contexts as numbers."""

    values: Floats
    """Shape (rows, features)."""

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.values)

    def take(self, places: NDArray[np.intp]) -> Features:
        """Returns some rows, in that order."""
        return Features(self.values[places])


@dataclass(frozen=True, slots=True, eq=False)
class EligibleCampaigns:
    """Which campaigns could be chosen."""

    campaign_ids: tuple[str, ...]
    """One per column."""
    mask: NDArray[np.bool_]
    """Shape (rows, campaigns)."""

    def take(self, places: NDArray[np.intp]) -> EligibleCampaigns:
        """Returns some rows, in that order."""
        return EligibleCampaigns(self.campaign_ids, self.mask[places])


@dataclass(frozen=True, slots=True, eq=False)
class ReplayLog:
    """Logged decisions as a learner sees them."""

    contexts: Features
    eligible: EligibleCampaigns
    chosen: NDArray[np.intp]
    """Column of what was chosen."""
    probability: Floats
    """With which it was chosen."""
    reward: Floats

    def take(self, places: NDArray[np.intp]) -> ReplayLog:
        """Returns some rows, in that order."""
        return ReplayLog(
            self.contexts.take(places),
            self.eligible.take(places),
            self.chosen[places],
            self.probability[places],
            self.reward[places],
        )


def replay_log(logged: Logged) -> ReplayLog:
    """Returns logged decisions for a learner of numbers: their features, none where the log has none.

    Raises:
        ValueError: A decision has two entries of one campaign, such as two treatments: a column has room for one.
    """
    entries, size = logged.entries, len(logged)
    mask = np.zeros((size, len(entries.campaign.names)), dtype=np.bool_)
    mask[entries.decision, entries.campaign.codes] = True
    if np.count_nonzero(mask) != len(entries.campaign.codes):
        raise ValueError("a decision has two entries of one campaign: replay needs logs without treatments")
    features = np.zeros((size, 0)) if logged.features is None else logged.features
    return ReplayLog(
        contexts=Features(features),
        eligible=EligibleCampaigns(entries.campaign.names, mask),
        chosen=entries.campaign.codes[logged.chosen].astype(np.intp),
        probability=logged.probability,
        reward=logged.reward,
    )
