"""Draws: the number by which a decision is drawn from its probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.reproduce import SELECT
from banditsvc.core.sampling import uniform_draw
from simulators.engine.keyed_draws import Stream, uniform
from simulators.engine.visit import Visit
from simulators.runs.decision_id import decision_id


class Draws(Protocol):
    """Gives each visiting customer of a day a number in [0, 1)."""

    def of(self, visit: Visit, seeds: Sequence[int]) -> NDArray[np.float64]:
        """Returns the numbers, shape (rows,)."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedDraws:
    """By the keyed hash of the world: quick, and the same for every policy."""

    def of(self, visit: Visit, seeds: Sequence[int]) -> NDArray[np.float64]:  # noqa: ARG002 - the keys know their seeds
        """Returns numbers in (0, 1)."""
        return uniform(visit.customer_keys, Stream.SELECT, visit.day)


@dataclass(frozen=True, slots=True)
class ServicePortfolio:
    """What a portfolio of the service draws by."""

    portfolio_id: str
    salt: str


@dataclass(frozen=True, slots=True)
class ServiceDraws:
    """As portfolios of the service draw for the decisions of live runs."""

    portfolios: Sequence[ServicePortfolio]
    """One for each seed, in their order."""

    def of(self, visit: Visit, seeds: Sequence[int]) -> NDArray[np.float64]:  # noqa: ARG002 - the interface gives it
        """Returns the service's numbers."""
        found = np.empty(len(visit))
        for row, (place, customer_id) in enumerate(zip(visit.seed_places.tolist(), visit.customer_ids, strict=True)):
            mine = self.portfolios[place]
            found[row] = uniform_draw(mine.salt, SELECT, decision_id(mine.portfolio_id, visit.day, customer_id), 0)
        return found
