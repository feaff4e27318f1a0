"""Standing decisions: what was decided before for the same call, under whichever id the customer had then."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import uuid_utils

from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.decision_id import decision_id_of
from banditsvc.ports import DecisionLog, Recorded
from banditsvc.serving.customer_ids import CustomerIds
from banditsvc.serving.pending import Pending, occasion_of

Standing = Recorded[Decision] | asyncio.Future[Recorded[Decision]]
"""A decision that stands, or one that is on its way to the log."""


class StandingDecisions:
    """Finds the decision that a repeated call is answered with."""

    def __init__(self, log: DecisionLog, pending: Pending, customers: CustomerIds) -> None:
        self._log = log
        self._pending = pending
        self._customers = customers

    def find(self, asked: RankInput, decision_id: str) -> Standing | None:
        """Returns the decision of this call, or else the newest one for the customer on the occasion.

        Args:
            asked: The request.
            decision_id: The id that was given, if any.
        """
        if not (decision_id or asked.occasion or asked.supersedes):
            return None  # nothing names a call to repeat
        ids = self._customers.ids_of(asked)
        if decision_id:
            standing = self._of_ids([decision_id])
        elif asked.occasion and (asked.supersedes or asked.is_test):
            standing = self._of_ids([_occasion_id(asked, one) for one in ids])
        else:
            standing = None
        if standing is not None or asked.supersedes:
            return standing
        return self._on_occasion(asked, ids)

    def _of_ids(self, decision_ids: Sequence[str]) -> Standing | None:
        for decision_id in decision_ids:
            standing = self._pending.decisions.get(decision_id) or self._log.get_decision(decision_id)
            if standing is not None:
                return standing
        return None

    def _on_occasion(self, asked: RankInput, ids: tuple[str, ...]) -> Standing | None:
        occasion = occasion_of(asked)
        if occasion is None:
            return None
        if len(ids) == 1:
            return self._pending.occasions.get(occasion) or self._log.get_decision_on(*occasion)
        portfolio_id, _, name = occasion
        for customer_id in ids:
            pending = self._pending.occasions.get((portfolio_id, customer_id, name))
            if pending is not None:
                return pending
        stored = [self._log.get_decision_on(portfolio_id, customer_id, name) for customer_id in ids]
        return max(filter(None, stored), key=lambda recorded: recorded.position, default=None)


def own_id(asked: RankInput) -> str:
    """Returns the id of a decision without one: that of the occasion, else a new one."""
    return _occasion_id(asked, asked.customer_id) if asked.occasion else str(uuid_utils.uuid7())


def _occasion_id(asked: RankInput, customer_id: str) -> str:
    return decision_id_of(asked.portfolio_id, customer_id, asked.occasion, asked.supersedes, is_test=asked.is_test)
