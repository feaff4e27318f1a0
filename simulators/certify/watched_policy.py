"""A policy of which all selection probabilities are kept, from a day on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned, PolicyBank
from simulators.runs.service_policy import ServicePolicy


class WatchedPolicy:
    """Decides as another policy does; keeps the probability of each eligible campaign, decision after decision."""

    def __init__(self, policy: ServicePolicy, from_day: int) -> None:
        self._policy = policy
        self._from_day = from_day
        self._probabilities: list[NDArray[np.float64]] = []
        self._sizes: list[NDArray[np.int64]] = [np.zeros(1, dtype=np.int64)]

    @property
    def waits_for_feed(self) -> bool:
        """Returns whether it learns a decision only once the feeds of its outcomes are complete."""
        return self._policy.waits_for_feed

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns the probabilities, and keeps them."""
        return self.kept(self._policy.pmf(contexts, eligible), contexts, eligible)

    def bank(self, seeds: Sequence[int]) -> PolicyBank:
        """Returns a bank whose probabilities are kept here."""
        return _WatchedBank(self, self._policy.bank(seeds))

    def kept(self, probabilities: NDArray[np.float64], contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns the probabilities, shape (rows, campaigns), and keeps those of what is eligible."""
        if contexts.day >= self._from_day:
            self._probabilities.append(probabilities[eligible.mask])
            self._sizes.append(np.count_nonzero(eligible.mask, axis=1).astype(np.int64))
        return probabilities

    def entries(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Returns all probabilities that were kept, and where those of each decision start, with the end of the last."""
        return np.concatenate([np.zeros(0), *self._probabilities]), np.cumsum(np.concatenate(self._sizes))


class _WatchedBank:
    """One policy for each seed, the probabilities of all kept together."""

    def __init__(self, watched: WatchedPolicy, bank: PolicyBank) -> None:
        self._watched, self._bank = watched, bank
        self.is_taught = bank.is_taught

    def pmf(self, contexts: Contexts, eligible: Eligible, seed_places: NDArray[np.intp]) -> NDArray[np.float64]:
        return self._watched.kept(self._bank.pmf(contexts, eligible, seed_places), contexts, eligible)

    def learn(self, batch: Learned, seed_places: NDArray[np.intp]) -> None:
        self._bank.learn(batch, seed_places)
