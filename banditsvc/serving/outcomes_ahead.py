"""Outcomes read ahead: what a round of outcomes names, read together, as each read takes longer than what it finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from banditsvc.core.errors import BanditError
from banditsvc.core.outcome import Outcome
from banditsvc.core.send import Send
from banditsvc.core.settle import DecisionHistory
from banditsvc.evidence import histories_of
from banditsvc.ports import DecisionLog


class OutcomesAhead:
    """The log as of now for the outcomes of a round; what they do not name is read when it is asked for.

    Where reading together fails, each is read for itself, so that what cannot be read fails nobody but who names it.
    """

    def __init__(self, log: DecisionLog) -> None:
        self.log = log
        self._histories: dict[str, DecisionHistory[Send] | None] = {}
        """By decision_id; None where the log has no such decision."""
        self._stored: dict[tuple[str, str], list[Outcome]] = {}
        """Revisions by portfolio_id and outcome_id, of what the log has."""
        self.missing: set[tuple[str, str]] = set()
        """The outcomes that were read and that the log surely does not have, by the same."""

    def read_stored(self, outcomes: Sequence[Outcome]) -> bool:
        """Reads what the log has under the ids of outcomes; returns whether all of them are read and new to it."""
        try:
            self._read_stored(outcomes)
        except BanditError:
            self._stored.clear()
            self.missing.clear()
            return False
        return not self._stored

    def stored(self, portfolio_id: str, outcome_id: str) -> Sequence[Outcome]:
        """Returns the revisions of an outcome that the log holds, by position."""
        if (portfolio_id, outcome_id) in self.missing:
            return ()
        found = self._stored.get((portfolio_id, outcome_id))
        if found is None:
            return [recorded.value for recorded in self.log.get_outcome(portfolio_id, outcome_id)]
        return found

    def send_times_of(self, portfolio_id: str, decision_ids: Iterable[str], now_us: int) -> Mapping[str, int]:
        """Returns what DecisionLog.send_times_of does, and nothing where that fails."""
        try:
            return self.log.send_times_of(portfolio_id, list(decision_ids), now_us)
        except BanditError:
            return {}

    def read_histories(self, decision_ids: Iterable[str]) -> None:
        """Reads decisions that will be asked for."""
        names = {name for name in decision_ids if name}
        if not names:
            return
        self._histories = dict.fromkeys(names)
        try:
            for history in histories_of(self.log, self.log.sends_of(list(names))):
                self._histories[history.decision.decision_id] = history
        except BanditError:
            self._histories.clear()

    def history_of(self, decision_id: str) -> DecisionHistory[Send] | None:
        """Returns a decision, as far as sends_of goes, with its activation."""
        if decision_id in self._histories:
            return self._histories[decision_id]
        return next(iter(histories_of(self.log, self.log.sends_of([decision_id]))), None)

    def _read_stored(self, outcomes: Sequence[Outcome]) -> None:
        self.missing = {(outcome.portfolio_id, outcome.outcome_id) for outcome in outcomes if outcome.outcome_id}
        by_portfolio: defaultdict[str, list[str]] = defaultdict(list)
        for portfolio_id, outcome_id in self.missing:
            by_portfolio[portfolio_id].append(outcome_id)
        stored: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
        for portfolio_id, outcome_ids in by_portfolio.items():
            for recorded in self.log.outcomes_named(portfolio_id, outcome_ids):
                stored[portfolio_id, recorded.value.outcome_id].append(recorded.value)
        self._stored = dict(stored)
        self.missing.difference_update(stored)
