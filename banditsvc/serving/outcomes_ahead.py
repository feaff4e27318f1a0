"""Outcomes read ahead: what a round of outcomes names, read together, as each read takes longer than what it finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from banditsvc.core.choice import Choice
from banditsvc.core.errors import BanditError
from banditsvc.core.outcome import Outcome
from banditsvc.core.settle import DecisionHistory
from banditsvc.evidence import histories_of
from banditsvc.ports import DecisionLog, Recorded


class OutcomesAhead:
    """The log as of now for the outcomes of a round; what they do not name is read when it is asked for."""

    def __init__(self, log: DecisionLog, outcomes: Sequence[Outcome]) -> None:
        self.log = log
        self._histories: dict[str, tuple[int, DecisionHistory] | None] = {}
        """By decision_id; None where the log has no such decision."""
        self._stored: dict[tuple[str, str], list[Outcome]] = {}
        """Revisions by portfolio_id and outcome_id."""
        try:
            self._read(outcomes)
        except BanditError:
            # Each is read for itself, so that what cannot be read fails nobody but who names it.
            self._histories.clear()
            self._stored.clear()

    def stored(self, portfolio_id: str, outcome_id: str) -> list[Outcome]:
        """Returns the revisions of an outcome that the log holds, by position."""
        found = self._stored.get((portfolio_id, outcome_id))
        if found is None:
            return [recorded.value for recorded in self.log.get_outcome(portfolio_id, outcome_id)]
        return found

    def history_of(self, decision_id: str) -> tuple[int, DecisionHistory] | None:
        """Returns the position of a decision, and the decision with its activation."""
        if decision_id in self._histories:
            return self._histories[decision_id]
        return next(iter(_with_positions(self.log, self.log.choices_of([decision_id]))), None)

    def _read(self, outcomes: Sequence[Outcome]) -> None:
        by_portfolio: defaultdict[str, list[str]] = defaultdict(list)
        for outcome in outcomes:
            if outcome.outcome_id:
                self._stored[outcome.portfolio_id, outcome.outcome_id] = []
                by_portfolio[outcome.portfolio_id].append(outcome.outcome_id)
            if outcome.decision_id:
                self._histories[outcome.decision_id] = None
        for portfolio_id, outcome_ids in by_portfolio.items():
            for recorded in self.log.outcomes_named(portfolio_id, outcome_ids):
                self._stored[portfolio_id, recorded.value.outcome_id].append(recorded.value)
        for position, history in _with_positions(self.log, self.log.choices_of(list(self._histories))):
            self._histories[history.decision.decision_id] = position, history


def _with_positions(log: DecisionLog, decisions: Sequence[Recorded[Choice]]) -> list[tuple[int, DecisionHistory]]:
    histories = histories_of(log, decisions)
    return [(recorded.position, history) for recorded, history in zip(decisions, histories, strict=True)]
