"""A bank of policies that know nothing of each other: one copy for each seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from banditsvc.usage_error import UsageError
from simulators.runs.contexts import Contexts
from simulators.runs.pmf_fault import pmf_fault
from simulators.runs.policy import Eligible, Learned, LearningPolicy, Oracle, Policy, PolicyBank, Replicable


class OneEach:
    """A deep copy of a policy for each seed; of one that does not learn, one copy for all. What it answers is checked."""

    def __init__(self, policy: Policy, seeds: Sequence[int], name: str) -> None:
        self.is_taught = isinstance(policy, LearningPolicy)
        self.is_oracle = isinstance(policy, Oracle)
        self._policies = [deepcopy(policy) for _ in (seeds if self.is_taught else seeds[:1])]
        self._name = name
        self._expected: NDArray[np.float64] | None = None

    def pmf(self, contexts: Contexts, eligible: Eligible, seed_places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Returns what the copy of each row's seed says.

        Raises:
            UsageError: That are no probabilities.
        """
        if len(self._policies) == 1:
            return self._ask(0, np.arange(len(eligible.mask)), contexts, eligible)
        found = np.zeros(eligible.mask.shape)
        for place, rows in _by_seed(seed_places):
            found[rows] = self._ask(place, rows, contexts.take(rows), eligible.take(rows))
        return found

    def _ask(self, place: int, rows: NDArray[np.intp], contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        policy = self._policies[place]
        if isinstance(policy, Oracle):
            assert self._expected is not None
            policy.see(self._expected[rows])
        found = np.asarray(policy.pmf(contexts, eligible), dtype=np.float64)
        fault = pmf_fault(found, eligible.mask)
        if fault is not None:
            raise UsageError(f"policy {self._name!r}, day {contexts.day}: {fault}")
        return found

    def learn(self, batch: Learned, seed_places: NDArray[np.intp]) -> None:
        """Gives each decision to the copy of its seed."""
        for place, rows in _by_seed(seed_places):
            policy = self._policies[place]
            assert isinstance(policy, LearningPolicy)
            policy.learn(batch.take(rows))

    def see(self, expected: NDArray[np.float64]) -> None:
        """Takes in the truth about the rows that are asked about next, for a policy that wants it."""
        self._expected = expected


def bank_of(policy: Policy, seeds: Sequence[int], name: str) -> PolicyBank:
    """Returns a bank of copies, of the policy's own kind where it has one; name is what faults call it by.

    Raises:
        UsageError: It is no policy.
    """
    if not isinstance(policy, Policy):
        raise UsageError(f"policy {name!r} has no method pmf(contexts, eligible)")
    return policy.bank(seeds) if isinstance(policy, Replicable) else OneEach(policy, seeds, name)


def _by_seed(seed_places: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    for place in np.unique(seed_places).tolist():
        yield place, np.flatnonzero(seed_places == place)
