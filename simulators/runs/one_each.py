"""A bank of policies that know nothing of each other: one copy for each seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned, LearningPolicy, Oracle, Policy, PolicyBank, Replicable


class OneEach:
    """A deep copy of a policy for each seed; of one that does not learn, the same for all."""

    def __init__(self, policy: Policy, seeds: Sequence[int]) -> None:
        self.is_taught = isinstance(policy, LearningPolicy)
        self._policies = [deepcopy(policy) for _ in seeds] if self.is_taught else [policy]

    def pmf(self, contexts: Contexts, eligible: Eligible, seed_places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Returns what the copy of each row's seed says."""
        if len(self._policies) == 1:
            return np.asarray(self._policies[0].pmf(contexts, eligible), dtype=np.float64)
        found = np.zeros(eligible.mask.shape)
        for place, rows in _by_seed(seed_places):
            found[rows] = self._policies[place].pmf(contexts.take(rows), eligible.take(rows))
        return found

    def learn(self, batch: Learned, seed_places: NDArray[np.intp]) -> None:
        """Gives each decision to the copy of its seed."""
        for place, rows in _by_seed(seed_places):
            policy = self._policies[place] if len(self._policies) > 1 else self._policies[0]
            assert isinstance(policy, LearningPolicy)
            policy.learn(batch.take(rows))

    @property
    def is_oracle(self) -> bool:
        """Returns whether the policy wants to be told the truth."""
        return isinstance(self._policies[0], Oracle)

    def see(self, expected: NDArray[np.float64]) -> None:
        """Tells a policy that wants it the truth."""
        for policy in self._policies:
            if isinstance(policy, Oracle):
                policy.see(expected)


def bank_of(policy: Policy, seeds: Sequence[int]) -> PolicyBank:
    """Returns a bank of copies: the policy's own kind where it has one."""
    return policy.bank(seeds) if isinstance(policy, Replicable) else OneEach(policy, seeds)


def _by_seed(seed_places: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    for place in np.unique(seed_places).tolist():
        yield place, np.flatnonzero(seed_places == place)
