"""Writes that are on their way to the log, so that a repeat that comes meanwhile waits for the first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from banditsvc.core.activation import Activation
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.errors import BanditError
from banditsvc.core.outcome import Outcome
from banditsvc.ports import Recorded

Occasion = tuple[str, str, str]
"""portfolio_id, customer_id and occasion."""


OutcomeKey = tuple[str, str]
"""portfolio_id and outcome_id."""


@dataclass(eq=False, slots=True)
class PostedOutcomes:
    """Outcomes of one call, which are stored together."""

    stored: asyncio.Future[None]
    """Done once they are stored, or could not be."""
    revisions: dict[OutcomeKey, tuple[Outcome, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """One per serving process, shared by Rank, Activate and Reward."""

    decisions: dict[str, asyncio.Future[Recorded[Decision]]] = field(default_factory=dict)
    """By decision_id."""
    occasions: dict[Occasion, asyncio.Future[Recorded[Decision]]] = field(default_factory=dict)
    """The newest of them for each customer and occasion; tests have none."""
    activations: dict[str, asyncio.Future[Recorded[Activation]]] = field(default_factory=dict)
    """By decision_id."""
    outcomes: dict[OutcomeKey, tuple[PostedOutcomes, ...]] = field(default_factory=dict)
    """Those that have an outcome of this key."""

    def take(self, decision_id: str, asked: RankInput) -> None:
        """Gives an id, and the occasion, to the one who will decide it.

        Of an id that the service has drawn itself nobody can ask before it is answered, and it need not be taken.
        """
        deciding: asyncio.Future[Recorded[Decision]] = asyncio.get_running_loop().create_future()
        self.decisions[decision_id] = deciding
        occasion = occasion_of(asked)
        if occasion is not None:
            self.occasions[occasion] = deciding

    def give(self, decision_id: str, asked: RankInput, stored: Recorded[Decision]) -> None:
        """Tells those who wait for a decision what stands."""
        deciding = self._forget(decision_id, asked)
        if deciding is not None:
            deciding.set_result(stored)

    def fail(self, decision_id: str, asked: RankInput, error: BanditError) -> None:
        """Tells those who wait for a decision that it failed; the id is free again."""
        deciding = self._forget(decision_id, asked)
        if deciding is not None:
            deciding.set_exception(error)
            deciding.exception()  # nobody may be waiting

    def _forget(self, decision_id: str, asked: RankInput) -> asyncio.Future[Recorded[Decision]] | None:
        deciding = self.decisions.pop(decision_id, None)
        if deciding is None:
            return None
        occasion = occasion_of(asked)
        if occasion is not None and self.occasions.get(occasion) is deciding:
            del self.occasions[occasion]
        return deciding


def occasion_of(asked: RankInput) -> Occasion | None:
    """Returns what a repeated call is known by; None for a test, which must not stand in the true decision's way."""
    if not asked.occasion or asked.is_test:
        return None
    return asked.portfolio_id, asked.customer_id, asked.occasion
