"""The decision log in one SQLite file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import apsw

from banditsvc.core.activation import Activation
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.choice import Choice
from banditsvc.core.consent import Consent
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.errors import LogUnavailable
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.outcome import FeedMark, Outcome
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.send import Send
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
from banditsvc.store import log_sql as sql
from banditsvc.store.checkpointer import Checkpointer
from banditsvc.store.choice_codec import decode_choice
from banditsvc.store.codec import (
    ACTIVATIONS,
    AUDIENCE_PARTS,
    CONSENTS,
    ENROLLMENTS,
    FEED_MARKS,
    MERGES,
    PORTFOLIO_KIND,
    decode_resource,
)
from banditsvc.store.contact_rows import add_up, held_contacts
from banditsvc.store.decision_codec import DECISIONS
from banditsvc.store.errors import StoreUnavailable
from banditsvc.store.failed_append import failure_of, roll_back
from banditsvc.store.known_send_times import KnownSendTimes
from banditsvc.store.label_ids import LabelIds
from banditsvc.store.log_writer import write_group
from banditsvc.store.migrations import StoreKind
from banditsvc.store.record_reading import fetch, read_outcomes, read_records, read_watermark
from banditsvc.store.send_codec import decode_send
from banditsvc.store.sqlite_database import DURABLE, SqliteDatabase, WriterOptions
from banditsvc.store.sqlite_parts import SqliteParts

if TYPE_CHECKING:
    from banditsvc.store.audience_parts import ContactColumns

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")


class SqliteLog:
    """A DecisionLog in a SQLite file. One process writes it; any number read it at the same time.

    Reading may go on in other threads while one thread appends: each thread reads over a connection of its own.
    """

    def __init__(self, path: str | Path, read_only: bool = False, *, options: WriterOptions = DURABLE) -> None:
        """Opens the log; a writer creates it where it is missing.

        Raises:
            StoreInUse: Another process writes it.
            StoreMissing: read_only, and there is no such file.
            StoreMismatch: It is no decision log, or has a schema that this version does not know.
        """
        self.database = SqliteDatabase(Path(path), StoreKind.LOG, read_only=read_only, options=options)
        self._mark: Watermark | None = None
        self._labels: LabelIds | None = None
        self._organization_ids: dict[str, str] = {}
        """Of portfolios."""
        self._checkpointer: Checkpointer | None = None
        self.parts = SqliteParts(self.directory, self._reader, is_writer=not read_only)
        self._send_times = KnownSendTimes(self._reader, is_writer=not read_only)
        if not read_only:
            self._mark = read_watermark(self.database.writer)
            self.parts.refresh(self.database.writer)
            self._checkpointer = Checkpointer(self.database.writer, self.database.path, alone=options.exclusive)

    @property
    def directory(self) -> Path:
        """Returns the data directory, where the files of audiences' parts are too."""
        return self.database.path.parent

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        """Appends records as one atomic commit; see DecisionLog.append."""
        connection = self._writer()
        try:
            mark = self._mark or read_watermark(connection)
            # Should anything below fail, what the file holds is what counts: the next call reads it.
            self._mark = None
            labels = self._labels = self._labels or LabelIds(connection)
            labels.begin()
            connection.execute("BEGIN IMMEDIATE")
            try:
                time_us = max(now_us, mark.time_us + 1)
                find_row = self.parts.find_contact
                commit, after = write_group(connection, records, mark, time_us, labels=labels, find_row=find_row)
                connection.execute("COMMIT")
                labels.keep()
            except BaseException:
                roll_back(connection)
                raise
        except apsw.Error as error:
            raise failure_of(error, connection) from error
        finally:
            # Also where it is not known whether they were stored.
            self._send_times.note(records)
        if AudiencePart in set(map(type, records)):
            self.parts.refresh(connection)
        self._mark = after
        self._tidy_up(idle=not records)
        return commit

    def watermark(self) -> Watermark:
        """Returns the last commit's stamp and the last position, (0, 0) for an empty log."""
        return self._mark or read_watermark(self._reader())

    def get_decision(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns a decision by its id."""
        found = self._read(DECISIONS.decode, sql.DECISION, decision_id)
        return found[0] if found else self.parts.get_decision(decision_id)

    def get_outline(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns a decision as far as outcomes, activations and contacts go."""
        found = self._read(DECISIONS.decode, sql.DECISION, decision_id)
        return found[0] if found else self.parts.get_outline(decision_id)

    def get_decision_on(self, portfolio_id: str, customer_id: str, occasion: str) -> Recorded[Decision] | None:
        """Returns the newest decision for a customer on an occasion; tests do not count."""
        found = self._read(DECISIONS.decode, sql.DECISION_ON, portfolio_id, customer_id, occasion)
        return self.parts.newest_on(found[0] if found else None, portfolio_id, customer_id, occasion)

    def sends_of(self, decision_ids: Sequence[str]) -> list[Recorded[Send]]:
        """Returns the decisions with these ids as far as said."""
        return self.parts.named(self._read_named(decode_send, sql.DECISIONS_NAMED, decision_ids), decision_ids)

    def send_times_of(self, portfolio_id: str, decision_ids: Sequence[str], before_us: int) -> dict[str, int]:
        """Returns by id the send_time of those of a portfolio's decisions that surely go out, recorded before_us."""
        return self._send_times.find(portfolio_id, decision_ids, before_us)

    def get_activation(self, decision_id: str) -> Recorded[Activation] | None:
        """Returns the activation of a decision."""
        return next(iter(self._read(ACTIVATIONS.decode, sql.ACTIVATION, decision_id)), None)

    def get_outcome(self, portfolio_id: str, outcome_id: str) -> list[Recorded[Outcome]]:
        """Returns all stored revisions of an outcome by position."""
        return self.outcomes_named(portfolio_id, [outcome_id])

    def outcomes_named(self, portfolio_id: str, outcome_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns all stored revisions of the outcomes with these ids, by position."""
        return self._outcomes(sql.OUTCOMES_NAMED, portfolio_id, list(set(outcome_ids)))

    def restated(self, portfolio_id: str, outcome_ids: Sequence[str]) -> set[str]:
        """Returns those of the ids of outcomes under which the log has a revision above 0."""
        found = fetch(self._reader(), sql.RESTATED, (portfolio_id, apsw.carray(tuple(outcome_ids) or ("",))))
        return {outcome_id for (outcome_id,) in found}

    def refunds_of(self, portfolio_id: str, outcome_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every refund, a revision of which refunds one of the outcomes, by position."""
        return self._outcomes(sql.REFUNDS_OF, portfolio_id, outcome_ids)

    def read_decisions(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Decision]]:
        """Returns the first limit decisions of a portfolio with position > after, by position."""
        return self.parts.in_order(portfolio_id, after, limit, lambda *span: self.read_records(portfolio_id, *span))

    def read_records(self, portfolio_id: str, after: int, before: int, limit: int) -> list[Recorded[Decision]]:
        """Returns the first limit of them that no part has, between two positions, exclusive."""
        return self._read(DECISIONS.decode, sql.DECISIONS, portfolio_id, after, before, limit)

    def read_choices(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Choice]]:
        """Returns of the same decisions what settling and learning look at."""

        def records(after: int, before: int, most: int) -> list[Recorded[Choice]]:
            return self._read(decode_choice, sql.DECISIONS, portfolio_id, after, before, most)

        return self.parts.in_order(portfolio_id, after, limit, records, choices=True)

    def count_decisions(self, portfolio_id: str, after: int) -> int:
        """Returns how many decisions of a portfolio have position > after."""
        count: int = fetch(self._reader(), sql.COUNT_DECISIONS, (portfolio_id, after))[0][0]
        return self.parts.count(count, portfolio_id, after)

    def decisions_sent_between(
        self, portfolio_id: str, from_us: int, to_us: int, after: int, limit: int
    ) -> list[Recorded[Decision]]:
        """Returns the first limit decisions of a portfolio with send_time in [from_us, to_us) and position > after."""

        def records(after: int, before: int, most: int) -> list[Recorded[Decision]]:
            bindings = (portfolio_id, after, before, most, from_us, to_us)
            return self._read(DECISIONS.decode, sql.DECISIONS_SENT_BETWEEN, *bindings)

        return self.parts.in_order(portfolio_id, after, limit, records, span=(from_us, to_us))

    def activations_of(self, decision_ids: Sequence[str]) -> list[Recorded[Activation]]:
        """Returns the activations of the decisions, by position."""
        return self._read_named(ACTIVATIONS.decode, sql.ACTIVATIONS_OF, decision_ids)

    def outcomes_of_decisions(self, portfolio_id: str, decision_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome that names one of the decisions, by position."""
        return self._outcomes(sql.OUTCOMES_OF_DECISIONS, portfolio_id, decision_ids)

    def outcomes_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome, a revision of which names one of the customers and occurred in
        [from_us, to_us), by position.
        """
        return self._outcomes(sql.OUTCOMES_OF_CUSTOMERS, portfolio_id, customer_ids, from_us, to_us)

    def decisions_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the decisions of the customers with send_time in [from_us, to_us), by position."""
        found = self._records_of_customers(portfolio_id, customer_ids, from_us, to_us)
        return self.parts.of_customers(found, portfolio_id, customer_ids, from_us, to_us)

    def outlines_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the outlines of the same decisions."""
        found = self._records_of_customers(portfolio_id, customer_ids, from_us, to_us)
        return self.parts.of_customers(found, portfolio_id, customer_ids, from_us, to_us, outlined=True)

    def read_feed_marks(self, portfolio_id: str, after: int = 0) -> list[Recorded[FeedMark]]:
        """Returns all feed marks of a portfolio with position > after, by position."""
        return self._read(FEED_MARKS.decode, sql.FEED_MARKS, portfolio_id, after)

    def read_resources(self, after: int) -> list[Recorded[Resource]]:
        """Returns all resources with position > after, by position."""
        rows = fetch(self._reader(), sql.RESOURCES, (after,))
        return [Recorded(position, time_us, decode_resource(kind, body)) for position, time_us, kind, body in rows]

    def read_exclusions(self, portfolio_id: str) -> list[Recorded[Exclusion | ExclusionRevocation]]:
        """Returns all exclusions of a portfolio and their revocations, by position."""
        rows = fetch(self._reader(), sql.EXCLUSIONS, (portfolio_id,))
        found = [Recorded(position, time_us, decode_resource(kind, body)) for position, time_us, kind, body in rows]
        return cast("list[Recorded[Exclusion | ExclusionRevocation]]", found)

    def read_outcomes(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Outcome]]:
        """Returns the first limit outcomes of a portfolio with position > after, by position."""
        return read_outcomes(self._reader(), sql.OUTCOMES, (portfolio_id, after, limit))

    def read_activations(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Activation]]:
        """Returns the first limit activations of a portfolio with position > after, by position."""
        return self._read(ACTIVATIONS.decode, sql.ACTIVATIONS, portfolio_id, after, limit)

    def contacts_of(self, organization_id: str, customer_ids: Sequence[str], from_us: int) -> list[HeldContact]:
        """Returns the contacts of the customers with contact_time >= from_us, by contact_time, then by decision_id."""
        if not customer_ids:
            return []
        bindings = (organization_id, apsw.carray(tuple(customer_ids)), from_us)
        found = held_contacts(fetch(self._reader(), sql.CONTACTS_OF, bindings))
        return self.parts.contacts_of(found, organization_id, customer_ids, from_us)

    def held_contacts(self, organization_id: str, now_us: int) -> list[HeldContact]:
        """Returns the contacts that wait to be activated and count at a moment, in the same order."""
        return held_contacts(fetch(self._reader(), sql.HELD_CONTACTS, (now_us, organization_id)))

    def row_deadlines(self, organization_id: str, now_us: int) -> list[int]:
        """Returns up to when contacts of audiences' rows wait to be activated, each moment once, rising."""
        return self.parts.row_deadlines(organization_id, now_us)

    def contacts_since(self, organization_id: str, from_us: int, up_to: int) -> list[HeldContact]:
        """Returns the contacts of all customers with contact_time >= from_us of decisions up to the position up_to.

        Ghosts are among them; rows of audiences of which nothing was said are not, as part_contacts has them. What was said
        of a decision after up_to is taken in.
        """
        return held_contacts(fetch(self._reader(), sql.CONTACTS_SINCE, (from_us, organization_id, up_to)))

    def part_contacts(self, organization_id: str, from_us: int, up_to: int) -> Iterator[ContactColumns]:
        """Gives the contacts of audiences' rows, part by part: those that contacts_since leaves out."""
        return self.parts.contact_columns(organization_id, from_us, up_to)

    def customers_on(self, portfolio_id: str, occasion: str, up_to: int) -> Iterator[str]:
        """Gives the customers who have a decision for an occasion up to the position up_to, in no order."""
        for (customer_id,) in fetch(self._reader(), sql.CUSTOMERS_ON, (portfolio_id, occasion, up_to)):
            yield customer_id
        yield from self.parts.customers_on(portfolio_id, occasion, up_to)

    def tally_contacts(
        self, organization_id: str, portfolio_id: str, from_us: int, to_us: int, now_us: int
    ) -> list[ContactTally]:
        """Returns the contacts with contact_time in [from_us, to_us) that count at now_us, by labels and cost."""
        rows = fetch(self._reader(), sql.TALLY, (organization_id, portfolio_id, from_us, to_us, now_us))
        return add_up((row[:7], row[7]) for row in rows)

    def unsent_decisions(self, portfolio_id: str, campaign_id: str, now_us: int, limit: int) -> UnsentDecisions:
        """Returns the decisions whose contact is with a campaign and is held at now_us or has contact_time > now_us."""
        # One row at least, as each tells how many there are.
        rows = fetch(self._reader(), sql.UNSENT, (portfolio_id, campaign_id, now_us, max(limit, 1)))
        found, count = [(time_us, name) for time_us, name, _ in rows[:limit]], rows[0][2] if rows else 0
        return self.parts.unsent((found, count), portfolio_id, campaign_id, now_us, limit)

    def consents_of(self, organization_id: str, customer_ids: Sequence[str]) -> list[Recorded[Consent]]:
        """Returns every consent on record of the customers, by position."""
        return self._read_named(CONSENTS.decode, sql.CONSENTS_OF, organization_id, customer_ids)

    def read_consents(self, organization_id: str, after: int, limit: int) -> list[Recorded[Consent]]:
        """Returns the first limit consents of an organization with position > after, by position."""
        return self._read(CONSENTS.decode, sql.READ_CONSENTS, organization_id, after, limit)

    def read_merges(self, organization_id: str, after: int) -> list[Recorded[CustomerMerge]]:
        """Returns the merges of an organization with position > after, by position."""
        return self._read(MERGES.decode, sql.READ_MERGES, organization_id, after)

    def merges_of_customers(self, portfolio_id: str, customer_ids: Sequence[str]) -> list[Recorded[CustomerMerge]]:
        """Returns the merges by which the customers are one with others, by position: all of their families."""
        if not customer_ids or not fetch(self._reader(), sql.HAS_MERGES, ())[0][0]:
            return []
        organization_id = self._organization_id(portfolio_id)
        if organization_id is None:
            return []
        return self._read(MERGES.decode, sql.MERGES_OF_CUSTOMERS, organization_id, apsw.carray(tuple(customer_ids)))

    def read_enrollments(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Enrollment]]:
        """Returns the first limit enrollments in a portfolio with position > after, by position."""
        return self._read(ENROLLMENTS.decode, sql.READ_ENROLLMENTS, portfolio_id, after, limit)

    def enrollments_of(self, portfolio_id: str, customer_ids: Sequence[str]) -> list[Recorded[Enrollment]]:
        """Returns the enrollments of the customers in a portfolio, by position."""
        return self._read_named(ENROLLMENTS.decode, sql.ENROLLMENTS_OF, portfolio_id, customer_ids)

    def read_parts(self, run_id: str) -> list[Recorded[AudiencePart]]:
        """Returns the parts of an audience's run, by position."""
        return self._read(AUDIENCE_PARTS.decode, sql.PARTS, run_id)

    def close(self) -> None:
        """Closes the file and gives the write lock up; closing twice does nothing."""
        if self._checkpointer is not None:
            self._checkpointer.close()
        self.database.close()

    def _tidy_up(self, *, idle: bool) -> None:
        if self._checkpointer is None:
            return
        try:
            self._checkpointer.after_commit(idle=idle)
        except Exception as error:  # noqa: BLE001  # the commit is durable, whatever becomes of its pages
            _LOGGER.warning("checkpoint_failed error=%s", type(error).__name__)

    def _writer(self) -> apsw.Connection:
        try:
            return self.database.writer
        except StoreUnavailable as error:
            raise LogUnavailable("the decision log is not open for writing") from error

    def _reader(self) -> apsw.Connection:
        try:
            return self.database.reader()
        except StoreUnavailable as error:
            raise LogUnavailable("the decision log is closed") from error

    def _records_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        if not customer_ids:
            return []
        customers = apsw.carray(tuple(customer_ids))
        return self._read(DECISIONS.decode, sql.DECISIONS_OF_CUSTOMERS, portfolio_id, customers, from_us, to_us)

    def _organization_id(self, portfolio_id: str) -> str | None:
        if portfolio_id not in self._organization_ids:
            rows = fetch(self._reader(), sql.PORTFOLIO, (PORTFOLIO_KIND, portfolio_id))
            portfolio = decode_resource(PORTFOLIO_KIND, rows[0][0]) if rows else None
            if not isinstance(portfolio, Portfolio):
                return None
            self._organization_ids[portfolio_id] = portfolio.organization_id
        return self._organization_ids[portfolio_id]

    def _read_named(self, decode: Callable[[bytes], T], statement: str, *bindings: Any) -> list[Recorded[T]]:
        """Reads records by names, which are the last of the bindings."""
        *others, names = bindings
        return self._read(decode, statement, *others, apsw.carray(tuple(names))) if names else []

    def _outcomes(self, statement: str, owner_id: str, names: Sequence[str], *others: int) -> list[Recorded[Outcome]]:
        if not names:
            return []
        return read_outcomes(self._reader(), statement, (owner_id, apsw.carray(tuple(names)), *others))

    def _read(self, decode: Callable[[bytes], T], statement: str, *bindings: Any) -> list[Recorded[T]]:
        return read_records(self._reader(), decode, statement, bindings)
