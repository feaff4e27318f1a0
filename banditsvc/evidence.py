"""Evidence: what the log says of the customers of a batch of decisions, each as of its own cut, in a few reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import msgspec

from banditsvc.core.activation import Activation
from banditsvc.core.attribution import Evidence, LoggedOutcome, WindowedDecision, effective_outcomes
from banditsvc.core.choice import Choice
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import Outcome
from banditsvc.core.portfolio import Attribution
from banditsvc.core.send import Send
from banditsvc.core.settle import DecisionHistory, Settlement, SettleTerms, Window, window_of
from banditsvc.core.times import DAY_US
from banditsvc.ports import DecisionLog, Recorded

D = TypeVar("D", bound=Send)

_NEEDS_RIVALS = frozenset({Attribution.LAST_SENT, Attribution.SPLIT})
_FARTHEST_AHEAD_US = 30 * DAY_US
"""A decision is made at most this long before its send_time, and sent after it is made."""
_NO_OUTCOMES: Mapping[str, Outcome] = MappingProxyType({})
_NOTHING = Evidence(_NO_OUTCOMES, _NO_OUTCOMES, ())


class Standing(msgspec.Struct, frozen=True, gc=False):
    """A decision and where it stands; asks, with a window, for the evidence on it as known by the cut."""

    recorded: Recorded[Choice]
    history: DecisionHistory[Choice]
    settlement: Settlement

    @property
    def window(self) -> Window:
        """Returns its window, which it has if it is asked about."""
        window = self.settlement.window
        assert window is not None, "who asks for evidence has a window"
        return window


def histories_of(log: DecisionLog, decisions: Sequence[Recorded[D]]) -> list[DecisionHistory[D]]:
    """Returns the decisions with their activations, in the same order."""
    activations: dict[str, Recorded[Activation]] = {
        recorded.value.decision_id: recorded
        for recorded in log.activations_of([recorded.value.decision_id for recorded in decisions])
    }
    if not activations:
        return [DecisionHistory(recorded.value, recorded.record_time_us) for recorded in decisions]
    return [_history(recorded, activations.get(recorded.value.decision_id)) for recorded in decisions]


def _history(recorded: Recorded[D], activation: Recorded[Activation] | None) -> DecisionHistory[D]:
    if activation is None:
        return DecisionHistory(recorded.value, recorded.record_time_us)
    return DecisionHistory(recorded.value, recorded.record_time_us, activation.value, activation.record_time_us)


def read_evidence(
    log: DecisionLog, portfolio_id: str, terms: SettleTerms, attribution: Attribution, questions: Sequence[Standing]
) -> list[Evidence]:
    """Returns the evidence on each decision, in order. Each answer depends on its own question alone.

    Where ids were merged by the cut, what names one of them names the customer of the decision.
    """
    customers = _Customers(log, portfolio_id, questions)
    outcomes = _Outcomes(log, portfolio_id, customers, questions)
    found = outcomes.of_each(questions)
    needs_rivals = attribution in _NEEDS_RIVALS
    contested = [one for one, has in zip(questions, found, strict=True) if has and needs_rivals]
    rivals = _Rivals(log, portfolio_id, terms, customers, contested)
    return [
        Evidence(
            has,
            outcomes.refunds(has, question.settlement.cut_us),
            rivals.of(question) if needs_rivals else (),
        )
        if has
        else _NOTHING
        for question, has in zip(questions, found, strict=True)
    ]


class _Customers:
    """The customers of a batch of decisions, with all ids that stand for them."""

    def __init__(self, log: DecisionLog, portfolio_id: str, questions: Sequence[Standing]) -> None:
        ids = list({question.recorded.value.input.customer_id for question in questions})
        merges = log.merges_of_customers(portfolio_id, ids)
        self._merges = Merges((recorded.record_time_us, recorded.value) for recorded in merges)
        self.ids = self._with_families(ids) if merges else ids
        """Those that any of the questions may be about."""

    @property
    def are_merged(self) -> bool:
        """Returns whether some of them have several ids."""
        return bool(self._merges)

    def ids_of(self, question: Standing) -> tuple[str, ...]:
        """Returns the ids that stand for the customer of a decision, as known by the cut."""
        customer_id = question.recorded.value.input.customer_id
        return self._merges.family(customer_id, question.settlement.cut_us) if self._merges else (customer_id,)

    def _with_families(self, ids: Sequence[str]) -> list[str]:
        return list({one for customer_id in ids for one in self._merges.family(customer_id)})


class _Outcomes:
    """All revisions of all outcomes that may count for a batch of decisions, and of their refunds."""

    def __init__(
        self, log: DecisionLog, portfolio_id: str, customers: _Customers, questions: Sequence[Standing]
    ) -> None:
        self._customers = customers
        self._revisions: dict[str, dict[int, LoggedOutcome]] = defaultdict(dict)
        self._of_decision: dict[str, set[str]] = defaultdict(set)
        self._of_customer: dict[str, set[str]] = defaultdict(set)
        self._refund_ids: dict[str, set[str]] = defaultdict(set)
        if not questions:
            return
        names = [question.recorded.value.decision_id for question in questions]
        windows = [question.window for question in questions]
        from_us, to_us = min(windows).start_us, max([window.end_us for window in windows])
        self._add(log.outcomes_of_decisions(portfolio_id, names))
        self._add(log.outcomes_of_customers(portfolio_id, customers.ids, from_us, to_us))
        if self._revisions:
            self._add(log.refunds_of(portfolio_id, list(self._revisions)))

    def _add(self, found: Sequence[Recorded[Outcome]]) -> None:
        for recorded in found:
            outcome = recorded.value
            self._revisions[outcome.outcome_id][recorded.position] = LoggedOutcome(outcome, recorded.record_time_us)
            if outcome.decision_id:
                self._of_decision[outcome.decision_id].add(outcome.outcome_id)
            if outcome.customer_id:
                self._of_customer[outcome.customer_id].add(outcome.outcome_id)
            if outcome.refunded_outcome_id:
                self._refund_ids[outcome.refunded_outcome_id].add(outcome.outcome_id)

    def of_each(self, questions: Sequence[Standing]) -> list[Mapping[str, Outcome]]:
        """Returns the effective outcomes that name each decision or its customer, by the id that the decision names."""
        if self._customers.are_merged:
            return [self._of(question) for question in questions]
        # Most decisions have none, and these are told apart soonest.
        named, by_customer = self._of_decision, self._of_customer
        decisions = [question.recorded.value for question in questions]
        return [
            self._of(question)
            if decision.decision_id in named or decision.input.customer_id in by_customer
            else _NO_OUTCOMES
            for question, decision in zip(questions, decisions, strict=True)
        ]

    def _of(self, question: Standing) -> Mapping[str, Outcome]:
        decision = question.recorded.value
        ids = self._customers.ids_of(question)
        found = [self._of_decision.get(decision.decision_id), *[self._of_customer.get(one) for one in ids]]
        effective = self._effective(set().union(*[one for one in found if one is not None]), question.settlement.cut_us)
        if len(ids) == 1:
            return effective
        return {name: _renamed(outcome, ids, decision.input.customer_id) for name, outcome in effective.items()}

    def refunds(self, outcomes: Mapping[str, Outcome], cut_us: int) -> dict[str, Outcome]:
        """Returns the effective outcomes, a revision of which refunds one of these."""
        if not self._refund_ids:
            return {}
        refund_ids = {refund_id for outcome_id in outcomes for refund_id in self._refund_ids.get(outcome_id, ())}
        return self._effective(refund_ids, cut_us)

    def _effective(self, outcome_ids: set[str], cut_us: int) -> dict[str, Outcome]:
        logged = [one for outcome_id in outcome_ids for one in self._revisions[outcome_id].values()]
        return effective_outcomes(logged, cut_us)


def _renamed(outcome: Outcome, ids: Sequence[str], customer_id: str) -> Outcome:
    """Returns an outcome of one of the ids as if it named the customer by this one."""
    return outcome._replace(customer_id=customer_id) if outcome.customer_id in ids else outcome


class _Rivals:
    """The decisions that may share an outcome, or take it away, by customer."""

    def __init__(
        self,
        log: DecisionLog,
        portfolio_id: str,
        terms: SettleTerms,
        customers: _Customers,
        questions: Sequence[Standing],
    ) -> None:
        self._terms = terms
        self._customers = customers
        self._of_customer: dict[str, list[tuple[int, DecisionHistory[Choice]]]] = defaultdict(list)
        if not questions:
            return
        ids = list({one for question in questions for one in customers.ids_of(question)})
        spans = [self._span(question) for question in questions]
        found = log.outlines_of_customers(
            portfolio_id, ids, min(start for start, _ in spans), max(end for _, end in spans)
        )
        for recorded, history in zip(found, histories_of(log, found), strict=True):
            self._of_customer[recorded.value.input.customer_id].append((recorded.position, history))

    def _span(self, question: Standing) -> tuple[int, int]:
        # Windows that overlap this one start less than a window before it, and activation may delay a start: up to the
        # deadline where it must come, else for as long as a decision may wait for its feeds.
        spec, window_us = self._terms.spec, self._terms.window_us
        delay_us = max(spec.activation_deadline_us, window_us + spec.grace_us)
        return question.window.start_us - window_us - delay_us, question.window.end_us + _FARTHEST_AHEAD_US

    def of(self, question: Standing) -> list[WindowedDecision]:
        """Returns every decision of the customer that has a window as known by the cut."""
        own = question.recorded
        from_us, to_us = self._span(question)
        windowed = [WindowedDecision(own.value.decision_id, own.position, question.window)]
        decisions = [one for customer_id in self._customers.ids_of(question) for one in self._of_customer[customer_id]]
        for position, history in decisions:
            if position == own.position or not from_us <= history.decision.input.send_time_us < to_us:
                continue
            window = window_of(history, self._terms, question.settlement.cut_us)
            if window is not None:
                windowed.append(WindowedDecision(history.decision.decision_id, position, window))
        return windowed
