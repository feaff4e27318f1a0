"""Policies: whoever chooses among the eligible campaigns of many customers, and may learn from what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from simulators.runs.contexts import Contexts


@dataclass(frozen=True, slots=True, eq=False)
class Eligible:
    """Which of the campaigns each customer may get."""

    campaigns: tuple[Campaign, ...]
    """Sorted by campaign_id; NO_CONTACT among them where that may be chosen."""
    mask: NDArray[np.bool_]
    """Shape (rows, campaigns); every row has at least one."""

    @property
    def campaign_ids(self) -> tuple[str, ...]:
        """Returns the ids, one per column."""
        return tuple([campaign.campaign_id for campaign in self.campaigns])

    def frame(self) -> pd.DataFrame:
        """Returns the mask with a column per campaign_id."""
        return pd.DataFrame(self.mask, columns=list(self.campaign_ids))

    def take(self, places: NDArray[np.intp]) -> Eligible:
        """Returns some rows, in that order."""
        return Eligible(self.campaigns, self.mask[places])


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Decisions whose window is over and whose feeds are complete, in the order in which they were made."""

    contexts: Contexts
    eligible: Eligible
    chosen: NDArray[np.intp]
    """Column of what was chosen, shape (rows,)."""
    probability: NDArray[np.float64]
    """Probability with which it was chosen."""
    reward: NDArray[np.float64]
    """Clipped reward in the world's units, by the world's reward terms."""
    weight: float = 1.0
    """How much each counts beside others, in (0, 1]; history counts for less."""

    def take(self, places: NDArray[np.intp]) -> Learned:
        """Returns some rows, in that order."""
        return Learned(
            self.contexts.take(places),
            self.eligible.take(places),
            self.chosen[places],
            self.probability[places],
            self.reward[places],
            self.weight,
        )


@runtime_checkable
class Policy(Protocol):
    """Anything that gives selection probabilities.

    The same contexts and eligible campaigns, after the same learning, must get the same probabilities. A policy that
    has a method `learn` is given what was settled, a day's decisions at a time; see LearningPolicy. It must be possible
    to deepcopy a policy: each seed has a copy of its own.
    """

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns probabilities of shape (rows, campaigns): 0 where not eligible, each row with the sum 1."""
        ...


@runtime_checkable
class LearningPolicy(Policy, Protocol):
    """A policy that learns."""

    def learn(self, batch: Learned) -> None:
        """Learns some decisions."""
        ...


@runtime_checkable
class Oracle(Policy, Protocol):
    """A policy that is told the truth before each choice, as no real one is."""

    def see(self, expected: NDArray[np.float64]) -> None:
        """Takes in the immediate expected reward of each campaign for the rows that are asked about next."""
        ...


class PolicyBank(Protocol):
    """One policy for each of several seeds that are run side by side."""

    @property
    def is_taught(self) -> bool:
        """Whether it is to be given what was settled."""
        ...

    def pmf(self, contexts: Contexts, eligible: Eligible, seed_places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Returns the probabilities; of row i those by the policy of seed number seed_places[i] (never falling)."""
        ...

    def learn(self, batch: Learned, seed_places: NDArray[np.intp]) -> None:
        """Gives each decision to the policy of its seed."""
        ...


@runtime_checkable
class Replicable(Policy, Protocol):
    """A policy that can be run for several seeds at once faster than one after the other."""

    def bank(self, seeds: Sequence[int]) -> PolicyBank:
        """Returns a bank with a fresh copy for each seed."""
        ...
