"""What can be replayed: a policy that gives probabilities and learns, and the rows that it sees."""

from __future__ import annotations

from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals import Floats


class Rows(Protocol):
    """Contexts of decisions, of any kind that the policy knows."""

    def take(self, places: NDArray[np.intp]) -> Self:
        """Returns some rows, in that order."""
        ...


class EligibleRows(Rows, Protocol):
    """Which campaigns each decision could choose from."""

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Shape (rows, campaigns); every row has at least one."""
        ...


class ReplayRows(Protocol):
    """Decisions with what came of them; a dataclass, such as the one that policies in simulated worlds learn."""

    @property
    def contexts(self) -> Rows:
        """What was known of the customers."""
        ...

    @property
    def eligible(self) -> EligibleRows:
        """What could be chosen."""
        ...

    @property
    def chosen(self) -> NDArray[np.intp]:
        """Column of what was chosen, shape (rows,)."""
        ...

    @property
    def probability(self) -> Floats:
        """Probability with which it was chosen."""
        ...

    @property
    def reward(self) -> Floats:
        """In reward units, finite."""
        ...

    def take(self, places: NDArray[np.intp]) -> Self:
        """Returns some rows, in that order."""
        ...


class ReplayPolicy(Protocol):
    """A policy that learns; it must be possible to deepcopy it.

    The same rows, after the same learning, must get the same probabilities. What the rows are is between the policy and
    the log: the ones of the service's policies in simulated worlds, or ReplayLog's.
    """

    def pmf(self, contexts: Any, eligible: Any) -> Floats:
        """Returns probabilities of shape (rows, campaigns): 0 where not eligible, each row with the sum 1."""
        ...

    def learn(self, batch: Any) -> None:
        """Learns some decisions, rows of the log, with the probabilities of this policy in place of the log's."""
        ...


Log = TypeVar("Log", bound=ReplayRows)
