"""The decision log in memory: for tests, simulations and trying things out. Nothing outlives the process."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from banditsvc.core.activation import Activation
from banditsvc.core.audience_part import AudiencePart, held_until
from banditsvc.core.choice import Choice
from banditsvc.core.consent import Consent
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.errors import LogUnavailable
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import FeedMark, Outcome, OutcomeType
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.send import Send
from banditsvc.core.settle import goes_out
from banditsvc.ports import (
    Commit,
    ContactTally,
    HeldContact,
    LogRecord,
    Recorded,
    Resource,
    UnsentDecisions,
    Watermark,
)
from banditsvc.store.log_keys import log_key
from banditsvc.store.memory_contacts import MemoryContacts

T = TypeVar("T")
_Key = tuple[str, str]


class MemoryLog:
    """A DecisionLog that holds everything in this process; appending and reading may run in several threads."""

    def __init__(self, directory: Path | None = None) -> None:
        """Takes the data directory, where the files of audience parts are; without one it can take in none."""
        self._directory = directory
        self._lock = threading.RLock()
        self._closed = False
        self._mark = Watermark(0, 0)
        self._keys: set[Any] = set()
        self._decisions: dict[str, Recorded[Decision]] = {}
        self._decisions_by_occasion: dict[tuple[str, str, str], Recorded[Decision]] = {}
        self._activations: dict[str, Recorded[Activation]] = {}
        self._activations_by_portfolio: dict[str, list[Recorded[Activation]]] = defaultdict(list)
        self._outcomes: dict[tuple[str, str], list[Recorded[Outcome]]] = defaultdict(list)
        self._decisions_by_portfolio: dict[str, list[Recorded[Decision]]] = defaultdict(list)
        self._decisions_by_customer: dict[tuple[str, str], list[Recorded[Decision]]] = defaultdict(list)
        self._outcomes_by_portfolio: dict[str, list[Recorded[Outcome]]] = defaultdict(list)
        self._outcomes_by_decision: dict[tuple[str, str], list[Recorded[Outcome]]] = defaultdict(list)
        self._outcomes_by_customer: dict[tuple[str, str], list[Recorded[Outcome]]] = defaultdict(list)
        self._refunds: dict[tuple[str, str], list[Recorded[Outcome]]] = defaultdict(list)
        self._marks: dict[str, list[Recorded[FeedMark]]] = defaultdict(list)
        self._resources: list[Recorded[Resource]] = []
        self._contacts = MemoryContacts()
        self._consents: dict[tuple[str, str], list[Recorded[Consent]]] = defaultdict(list)
        self._merges: dict[str, list[Recorded[CustomerMerge]]] = defaultdict(list)
        self._organization_ids: dict[str, str] = {}
        self._enrollments: dict[str, list[Recorded[Enrollment]]] = defaultdict(list)
        self._parts: dict[str, list[Recorded[AudiencePart]]] = defaultdict(list)
        self._enrollments_by_customer: dict[tuple[str, str], list[Recorded[Enrollment]]] = defaultdict(list)

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        """Appends records as one atomic commit; see DecisionLog.append."""
        with self._lock:
            if self._closed:
                raise LogUnavailable("the decision log is closed")
            position, time_us = self._mark.position, max(now_us, self._mark.time_us + 1)
            positions: list[int | None] = []
            for record in records:
                key = log_key(record)
                if key is not None and key in self._keys:
                    positions.append(None)
                    continue
                self._keys.add(key)
                position += 1
                positions.append(position)
                if isinstance(record, AudiencePart):
                    self._store_part(Recorded(position, time_us, record))
                    position += record.span - 1
                else:
                    self._store(Recorded(position, time_us, record))
            self._mark = Watermark(position, time_us)
            return Commit(time_us, tuple(positions))

    def _store(self, recorded: Recorded[Any]) -> None:
        value = recorded.value
        if isinstance(value, Decision):
            asked = value.input
            self._decisions[value.decision_id] = recorded
            if asked.occasion and not asked.is_test:
                self._decisions_by_occasion[asked.portfolio_id, asked.customer_id, asked.occasion] = recorded
            self._decisions_by_portfolio[asked.portfolio_id].append(recorded)
            self._decisions_by_customer[asked.portfolio_id, asked.customer_id].append(recorded)
            self._follow(value.decision_id)
        elif isinstance(value, Outcome):
            self._store_outcome(recorded)
        elif isinstance(value, Activation):
            self._activations[value.decision_id] = recorded
            self._activations_by_portfolio[value.portfolio_id].append(recorded)
            self._follow(value.decision_id)
        elif isinstance(value, Consent):
            self._consents[value.organization_id, value.customer_id].append(recorded)
        elif isinstance(value, FeedMark):
            self._marks[value.portfolio_id].append(recorded)
        elif isinstance(value, CustomerMerge):
            self._merges[value.organization_id].append(recorded)
        elif isinstance(value, Enrollment):
            self._enrollments[value.portfolio_id].append(recorded)
            self._enrollments_by_customer[value.portfolio_id, value.customer_id].append(recorded)
        else:
            self._resources.append(recorded)
            if isinstance(value, Portfolio):
                self._organization_ids[value.portfolio_id] = value.organization_id

    def _store_part(self, recorded: Recorded[AudiencePart]) -> None:
        if self._directory is None:
            raise LogUnavailable("this log has no directory for the parts of audiences")
        from banditsvc.store.part_files import PartFiles  # noqa: PLC0415 - only logs with parts need what it imports

        part = recorded.value
        self._parts[part.run_id].append(recorded)
        decisions = PartFiles(self._directory).decisions(part, 0, part.row_count)
        for position, decision in enumerate(decisions, recorded.position):
            self._store(Recorded(position, recorded.record_time_us, decision))

    def _follow(self, decision_id: str) -> None:
        decision, activation = self._decisions.get(decision_id), self._activations.get(decision_id)
        self._contacts.follow(
            decision_id,
            None if decision is None else decision.value,
            None if activation is None else activation.value,
        )

    def _store_outcome(self, recorded: Recorded[Outcome]) -> None:
        value = recorded.value
        self._outcomes[value.portfolio_id, value.outcome_id].append(recorded)
        self._outcomes_by_portfolio[value.portfolio_id].append(recorded)
        if value.decision_id:
            self._outcomes_by_decision[value.portfolio_id, value.decision_id].append(recorded)
        if value.customer_id:
            self._outcomes_by_customer[value.portfolio_id, value.customer_id].append(recorded)
        if value.type is OutcomeType.REFUND and value.refunded_outcome_id:
            self._refunds[value.portfolio_id, value.refunded_outcome_id].append(recorded)

    def watermark(self) -> Watermark:
        """Returns the last commit's stamp and the last position, (0, 0) for an empty log."""
        return self._mark

    def get_decision(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns a decision by its id."""
        return self._decisions.get(decision_id)

    def get_outline(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns a decision as far as outcomes, activations and contacts go, and all else of it."""
        return self._decisions.get(decision_id)

    def get_decision_on(self, portfolio_id: str, customer_id: str, occasion: str) -> Recorded[Decision] | None:
        """Returns the newest decision for a customer on an occasion; tests do not count."""
        return self._decisions_by_occasion.get((portfolio_id, customer_id, occasion))

    def sends_of(self, decision_ids: Sequence[str]) -> list[Recorded[Send]]:
        """Returns the decisions with these ids, and all else of them."""
        with self._lock:
            return [self._decisions[name] for name in set(decision_ids) if name in self._decisions]

    def send_times_of(self, portfolio_id: str, decision_ids: Sequence[str], before_us: int) -> dict[str, int]:
        """Returns by id the send_time of those of a portfolio's decisions that surely go out, recorded before_us."""
        found = [recorded.value for recorded in self.sends_of(decision_ids) if recorded.record_time_us < before_us]
        return {
            send.decision_id: send.input.send_time_us
            for send in found
            if send.input.portfolio_id == portfolio_id and goes_out(send) and send.decision_id not in self._activations
        }

    def get_activation(self, decision_id: str) -> Recorded[Activation] | None:
        """Returns the activation of a decision."""
        return self._activations.get(decision_id)

    def get_outcome(self, portfolio_id: str, outcome_id: str) -> list[Recorded[Outcome]]:
        """Returns all stored revisions of an outcome by position."""
        return self.outcomes_named(portfolio_id, [outcome_id])

    def restated(self, portfolio_id: str, outcome_ids: Sequence[str]) -> set[str]:
        """Returns those of the ids of outcomes under which the log has a revision above 0."""
        return {one.value.outcome_id for one in self.outcomes_named(portfolio_id, outcome_ids) if one.value.revision}

    def outcomes_named(self, portfolio_id: str, outcome_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns all stored revisions of the outcomes with these ids, by position."""
        with self._lock:
            return _of_owner(self._outcomes, portfolio_id, outcome_ids)

    def refunds_of(self, portfolio_id: str, outcome_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every refund, a revision of which refunds one of the outcomes, by position."""
        with self._lock:
            return self._all_revisions(self._refunds.get((portfolio_id, name), ()) for name in set(outcome_ids))

    def read_decisions(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Decision]]:
        """Returns the first limit decisions of a portfolio with position > after, by position."""
        with self._lock:
            return _read(self._decisions_by_portfolio.get(portfolio_id, []), after, limit)

    def read_choices(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Choice]]:
        """Returns the same decisions for settling and learning."""
        return [*self.read_decisions(portfolio_id, after, limit)]

    def count_decisions(self, portfolio_id: str, after: int) -> int:
        """Returns how many decisions of a portfolio have position > after."""
        with self._lock:
            decisions = self._decisions_by_portfolio.get(portfolio_id, [])
            return len(decisions) - bisect_right(decisions, after, key=lambda recorded: recorded.position)

    def decisions_sent_between(
        self, portfolio_id: str, from_us: int, to_us: int, after: int, limit: int
    ) -> list[Recorded[Decision]]:
        """Returns the first limit decisions of a portfolio with send_time in [from_us, to_us) and position > after."""
        with self._lock:
            decisions = self._decisions_by_portfolio.get(portfolio_id, [])
            later = _read(decisions, after, len(decisions))
        return [one for one in later if from_us <= one.value.input.send_time_us < to_us][:limit]

    def activations_of(self, decision_ids: Sequence[str]) -> list[Recorded[Activation]]:
        """Returns the activations of the decisions, by position."""
        with self._lock:
            return _by_position(self._activations[name] for name in set(decision_ids) if name in self._activations)

    def outcomes_of_decisions(self, portfolio_id: str, decision_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome that names one of the decisions, by position."""
        with self._lock:
            return self._all_revisions(
                self._outcomes_by_decision.get((portfolio_id, name), ()) for name in set(decision_ids)
            )

    def outcomes_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome, a revision of which names one of the customers and occurred in
        [from_us, to_us), by position.
        """
        with self._lock:
            return self._all_revisions(
                [
                    recorded
                    for recorded in self._outcomes_by_customer.get((portfolio_id, name), ())
                    if from_us <= recorded.value.occur_time_us < to_us
                ]
                for name in set(customer_ids)
            )

    def decisions_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the decisions of the customers with send_time in [from_us, to_us), by position."""
        with self._lock:
            return _by_position(
                recorded
                for name in set(customer_ids)
                for recorded in self._decisions_by_customer.get((portfolio_id, name), ())
                if from_us <= recorded.value.input.send_time_us < to_us
            )

    def outlines_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the outlines of the same decisions."""
        return self.decisions_of_customers(portfolio_id, customer_ids, from_us, to_us)

    def read_feed_marks(self, portfolio_id: str, after: int = 0) -> list[Recorded[FeedMark]]:
        """Returns all feed marks of a portfolio with position > after, by position."""
        with self._lock:
            marks = self._marks.get(portfolio_id, [])
            return _read(marks, after, len(marks))

    def read_resources(self, after: int) -> list[Recorded[Resource]]:
        """Returns all resources with position > after, by position."""
        with self._lock:
            return _read(self._resources, after, len(self._resources))

    def read_exclusions(self, portfolio_id: str) -> list[Recorded[Exclusion | ExclusionRevocation]]:
        """Returns all exclusions of a portfolio and their revocations, by position."""
        with self._lock:
            return [
                Recorded(one.position, one.record_time_us, one.value)
                for one in self._resources
                if isinstance(one.value, Exclusion | ExclusionRevocation) and one.value.portfolio_id == portfolio_id
            ]

    def read_outcomes(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Outcome]]:
        """Returns the first limit outcomes of a portfolio with position > after, by position."""
        with self._lock:
            return _read(self._outcomes_by_portfolio.get(portfolio_id, []), after, limit)

    def read_activations(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Activation]]:
        """Returns the first limit activations of a portfolio with position > after, by position."""
        with self._lock:
            return _read(self._activations_by_portfolio.get(portfolio_id, []), after, limit)

    def contacts_of(self, organization_id: str, customer_ids: Sequence[str], from_us: int) -> list[HeldContact]:
        """Returns the contacts of the customers with contact_time >= from_us, by contact_time, then by decision_id."""
        with self._lock:
            return self._contacts.of_customers(organization_id, customer_ids, from_us)

    def held_contacts(self, organization_id: str, now_us: int) -> list[HeldContact]:
        """Returns the contacts that wait to be activated and count at a moment, in the same order."""
        with self._lock:
            return self._contacts.held(organization_id, now_us)

    def row_deadlines(self, organization_id: str, now_us: int) -> list[int]:
        """Returns up to when contacts of audiences' rows wait to be activated, each moment once, rising."""
        with self._lock:
            return held_until((one.value for parts in self._parts.values() for one in parts), organization_id, now_us)

    def tally_contacts(
        self, organization_id: str, portfolio_id: str, from_us: int, to_us: int, now_us: int
    ) -> list[ContactTally]:
        """Returns the contacts with contact_time in [from_us, to_us) that count at now_us, by labels and cost."""
        with self._lock:
            return self._contacts.tally(organization_id, portfolio_id, from_us, to_us, now_us)

    def unsent_decisions(self, portfolio_id: str, campaign_id: str, now_us: int, limit: int) -> UnsentDecisions:
        """Returns the decisions whose contact is with a campaign and is held at now_us or has contact_time > now_us."""
        with self._lock:
            return self._contacts.unsent(portfolio_id, campaign_id, now_us, limit)

    def consents_of(self, organization_id: str, customer_ids: Sequence[str]) -> list[Recorded[Consent]]:
        """Returns every consent on record of the customers, by position."""
        with self._lock:
            return _of_owner(self._consents, organization_id, customer_ids)

    def read_consents(self, organization_id: str, after: int, limit: int) -> list[Recorded[Consent]]:
        """Returns the first limit consents of an organization with position > after, by position."""
        with self._lock:
            found = _by_position(
                recorded
                for (owner, _), consents in self._consents.items()
                for recorded in consents
                if owner == organization_id and recorded.position > after
            )
            return found[:limit]

    def read_merges(self, organization_id: str, after: int) -> list[Recorded[CustomerMerge]]:
        """Returns the merges of an organization with position > after, by position."""
        with self._lock:
            merges = self._merges.get(organization_id, [])
            return _read(merges, after, len(merges))

    def merges_of_customers(self, portfolio_id: str, customer_ids: Sequence[str]) -> list[Recorded[CustomerMerge]]:
        """Returns the merges by which the customers are one with others, by position: all of their families."""
        with self._lock:
            recorded = self._merges.get(self._organization_ids.get(portfolio_id, ""), [])
            merges = Merges((one.record_time_us, one.value) for one in recorded)
            families = {name for customer_id in customer_ids for name in merges.family(customer_id)}
            return [one for one in recorded if one.value.merged_customer_id in families]

    def read_enrollments(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Enrollment]]:
        """Returns the first limit enrollments in a portfolio with position > after, by position."""
        with self._lock:
            return _read(self._enrollments.get(portfolio_id, []), after, limit)

    def enrollments_of(self, portfolio_id: str, customer_ids: Sequence[str]) -> list[Recorded[Enrollment]]:
        """Returns the enrollments of the customers in a portfolio, by position."""
        with self._lock:
            return _of_owner(self._enrollments_by_customer, portfolio_id, customer_ids)

    def read_parts(self, run_id: str) -> list[Recorded[AudiencePart]]:
        """Returns the parts of an audience's run, by position."""
        with self._lock:
            return list(self._parts.get(run_id, ()))

    def close(self) -> None:
        """Ends appending; what was stored can still be read."""
        self._closed = True

    def _all_revisions(self, found: Iterable[Sequence[Recorded[Outcome]]]) -> list[Recorded[Outcome]]:
        names = {(recorded.value.portfolio_id, recorded.value.outcome_id) for group in found for recorded in group}
        return _by_position(recorded for name in names for recorded in self._outcomes[name])


def _read(ordered: list[Recorded[T]], after: int, limit: int) -> list[Recorded[T]]:
    start = bisect_right(ordered, after, key=lambda recorded: recorded.position)
    return ordered[start : start + limit]


def _by_position(found: Iterable[Recorded[T]]) -> list[Recorded[T]]:
    return sorted(found, key=lambda recorded: recorded.position)


def _of_owner(kept: Mapping[_Key, list[Recorded[T]]], owner_id: str, names: Sequence[str]) -> list[Recorded[T]]:
    return _by_position(recorded for name in set(names) for recorded in kept.get((owner_id, name), ()))
