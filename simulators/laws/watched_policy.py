"""A policy under watch: each answer is checked, and what it gains is noted."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from simulators.laws.law_broken import LawBroken
from simulators.runs.contexts import Contexts
from simulators.runs.pmf_fault import TOLERANCE, pmf_fault
from simulators.runs.policy import Eligible, Learned, LearningPolicy, Oracle, Policy

_MOST_ROWS = 50
"""Rows that are asked about by themselves, of each part of a day."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What a part of a day's customers are worth more than with an equal draw over what is eligible."""

    day: int
    count: int
    total: float
    """Sum of the true expected rewards of the probabilities, less that of an equal draw."""
    width: float
    """Most that the true rewards of one customer's eligible campaigns differ."""


@dataclass(slots=True)
class Watch:
    """What was seen of a policy. A deep copy is the watch itself: so a run's copy reports to whoever started it."""

    seed: int
    gains: list[Gain] = field(default_factory=list)

    def __deepcopy__(self, memo: dict[int, object]) -> Watch:
        return self


class WatchedPolicy:
    """Hands everything on to a policy and a deep copy of it, and checks what they answer."""

    def __init__(self, policy: Policy, watch: Watch) -> None:
        self._policy = policy
        self._twin = deepcopy(policy)
        self._watch = watch
        self._expected: NDArray[np.float64] | None = None
        self.window_days: int | None = getattr(policy, "window_days", None)

    def see(self, expected: NDArray[np.float64]) -> None:
        """Takes in the truth, for the gain; an oracle among the watched is told it too."""
        self._expected = expected

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns what the policy answers.

        Raises:
            LawBroken: A law does not hold.
        """
        expected = self._expected
        assert expected is not None
        every = np.arange(len(eligible.mask))
        found = self._ask(self._policy, contexts, eligible, every)
        self._check_valid(found, eligible, contexts.day)
        if found.tobytes() != self._ask(self._policy, contexts, eligible, every).tobytes():
            raise LawBroken(f"On day {contexts.day} the policy is asked the same twice and does not answer the same.")
        if found.tobytes() != self._ask(self._twin, contexts, eligible, every).tobytes():
            raise LawBroken(f"On day {contexts.day} a deep copy that was taught the same does not answer the same.")
        self._check_parts(found, contexts, eligible)
        self._note_gain(found, expected, eligible, contexts.day)
        return found

    def learn(self, batch: Learned) -> None:
        """Teaches both, where they learn."""
        for policy in (self._policy, self._twin):
            if isinstance(policy, LearningPolicy):
                policy.learn(batch)

    def _ask(
        self, policy: Policy, contexts: Contexts, eligible: Eligible, rows: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        assert self._expected is not None
        if isinstance(policy, Oracle):
            policy.see(self._expected[rows])
        return np.asarray(policy.pmf(contexts.take(rows), eligible.take(rows)), dtype=np.float64)

    def _check_valid(self, found: NDArray[np.float64], eligible: Eligible, day: int) -> None:
        fault = pmf_fault(found, eligible.mask)
        if fault is not None:
            raise LawBroken(f"On day {day} {fault}.")

    def _check_parts(self, found: NDArray[np.float64], contexts: Contexts, eligible: Eligible) -> None:
        """Checks some rows by themselves, in another order, and with fewer campaigns eligible."""
        rng = np.random.default_rng([self._watch.seed, contexts.day])
        some = rng.permutation(len(found))[:_MOST_ROWS]
        alone = self._ask(self._policy, contexts, eligible, some)
        if not np.allclose(found[some], alone, rtol=0.0, atol=TOLERANCE):
            raise LawBroken(f"On day {contexts.day} the probabilities of a customer depend on who else is asked about.")
        draws = np.where(eligible.mask, rng.random(eligible.mask.shape), 0.0)
        # Each customer keeps one at least, and NO_CONTACT, which goes with whatever else is eligible.
        fewer = (draws > 0.5) | (eligible.mask & (draws == draws.max(axis=1, keepdims=True)))
        if NO_CONTACT in eligible.campaign_ids:
            fewer[:, eligible.campaign_ids.index(NO_CONTACT)] = True
        narrowed = Eligible(eligible.campaigns, fewer)
        self._check_valid(self._ask(self._policy, contexts, narrowed, some), narrowed.take(some), contexts.day)

    def _note_gain(
        self, found: NDArray[np.float64], expected: NDArray[np.float64], eligible: Eligible, day: int
    ) -> None:
        mask = eligible.mask
        equal = np.where(mask, expected, 0.0).sum(axis=1) / mask.sum(axis=1)
        gain = (found * expected).sum(axis=1) - equal
        most, least = np.where(mask, expected, -np.inf).max(axis=1), np.where(mask, expected, np.inf).min(axis=1)
        self._watch.gains.append(Gain(day, len(gain), float(gain.sum()), float((most - least).max(initial=0.0))))
