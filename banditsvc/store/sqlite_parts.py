"""The audience parts of the SQLite log: how what is read from its tables and the rows of parts are one log.

Every method that takes what the tables have returns it as it is where the log has no parts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import apsw
import numpy as np
from numpy.typing import NDArray

from banditsvc.core.audience_part import AudiencePart, held_until
from banditsvc.core.decision import Decision
from banditsvc.core.errors import LogUnavailable, RecordDamaged
from banditsvc.core.send import Send
from banditsvc.ports import HeldContact, Recorded, UnsentDecisions
from banditsvc.store.codec import AUDIENCE_PARTS
from banditsvc.store.decision_order import by_time, decision_order
from banditsvc.store.errors import StoreDamaged, StoreMismatch
from banditsvc.store.records_in_order import FOR_EVER, D, ReadRecords

if TYPE_CHECKING:
    from banditsvc.store.audience_parts import AudienceParts, ContactColumns, ReadRows, RowContact
    from banditsvc.store.part_span import PartSpan

_AFTER = "SELECT position, record_time_us, body FROM audience_parts WHERE position > ? ORDER BY position"
_ACTIVATED = "SELECT decision_id FROM activations WHERE decision_id IN carray(?)"
_UNSENT = """
SELECT coalesce(sum(contact_count), 0) FROM part_contacts CROSS JOIN contact_labels USING (labels_id)
WHERE portfolio_id = ?1 AND campaign_id = ?2 AND NOT is_ghost AND (hold_until_us >= ?3 OR contact_time_us > ?3)
"""
_ACTIVATED_OF_RUN = "SELECT decision_id FROM activations WHERE decision_id >= ? AND decision_id < ?"
_CHUNK = 2_000


class SqliteParts:
    """Knows the parts of a log. Safe to use from several threads."""

    def __init__(self, directory: Path, reader: Callable[[], apsw.Connection], *, is_writer: bool) -> None:
        """Takes the data directory, and what gives the calling thread's reading connection.

        Args:
            directory: The data directory.
            reader: Gives a connection.
            is_writer: Whether this process alone adds parts, and tells this object of each by `refresh`.
        """
        self._directory = directory
        self._reader = reader
        self._is_writer = is_writer
        self._lock = threading.Lock()
        self._position = 0
        self.held: AudienceParts | None = None
        """What was read last; None where there are no parts."""

    def known(self) -> AudienceParts | None:
        """Returns the parts that were told of, or, where another process writes, those of now; None for none."""
        return self.held if self._is_writer else self.refresh()

    def refresh(self, connection: apsw.Connection | None = None) -> AudienceParts | None:
        """Returns the parts of now, None where there are none; read over a connection, if not the thread's own."""
        rows = self._fetch(_AFTER, self._position, connection=connection)
        if rows:
            with self._lock:
                # Logs without parts need nothing of what this imports, and neither does a server of theirs.
                from banditsvc.store.audience_parts import AudienceParts  # noqa: PLC0415

                parts = self.held or AudienceParts(self._directory)
                for position, time_us, body in rows:
                    if position > self._position:
                        parts.add(Recorded(position, time_us, _decoded(body)))
                        self._position = position
                self.held = parts
        return self.held

    def find_contact(self, decision_id: str) -> RowContact | None:
        """Returns the contact that a row was decided with, None where there is no such row or no contact."""
        return None if self.held is None else self.held.contact_of(decision_id)

    def get_decision(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns the decision of a row."""
        parts = self.known() if "/" in decision_id else None
        return None if parts is None else parts.get_decision(decision_id)

    def get_outline(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns the outline of the decision of a row."""
        parts = self.known() if "/" in decision_id else None
        return None if parts is None else parts.get_outline(decision_id)

    def named(self, found: list[Recorded[Send]], decision_ids: Sequence[str]) -> list[Recorded[Send]]:
        """Returns the decisions with these ids, given those of the tables."""
        names = {name for name in decision_ids if "/" in name}
        parts = self.known() if names else None
        rows = [] if parts is None else [row for name in names if (row := parts.get_outline(name)) is not None]
        return [*found, *rows]

    def newest_on(
        self, found: Recorded[Decision] | None, portfolio_id: str, customer_id: str, occasion: str
    ) -> Recorded[Decision] | None:
        """Returns the newest decision for a customer on an occasion, given the newest of the tables."""
        parts = self.known()
        row = None if parts is None else parts.get_decision_on(portfolio_id, customer_id, occasion)
        return found if row is None or (found is not None and found.position > row.position) else row

    def of_customers(
        self,
        found: list[Recorded[Decision]],
        portfolio_id: str,
        customer_ids: Sequence[str],
        from_us: int,
        to_us: int,
        *,
        outlined: bool = False,
    ) -> list[Recorded[Decision]]:
        """Returns the decisions of customers by position, or their outlines, given those of the tables."""
        parts = self.known()
        if parts is None:
            return found
        read = parts.outlines_of_customers if outlined else parts.decisions_of_customers
        rows = read(portfolio_id, customer_ids, from_us, to_us)
        return sorted([*found, *rows], key=lambda recorded: recorded.position) if rows else found

    def in_order(
        self,
        portfolio_id: str,
        after: int,
        limit: int,
        records: ReadRecords[D],
        *,
        span: tuple[int, int] | None = None,
        choices: bool = False,
    ) -> list[Recorded[D]]:
        """Returns the first limit decisions of a portfolio with position > after, whose send_time is in a span."""
        while True:
            parts, position = self.refresh(), self._position
            if parts is None:
                found = records(after, FOR_EVER, limit)
            else:
                # Whether they are choices or decisions is the caller's to say, of records and rows alike.
                rows = cast("ReadRows[D]", parts.choices if choices else parts.decisions)
                found = parts.in_order(portfolio_id, after, limit, records, rows, span=span)
            self.refresh()
            # What was committed between the two reads may have left a gap.
            if self._position == position:
                return found

    def next_rows(self, portfolio_id: str, after: int) -> PartSpan | None:
        """Returns the rows with position > after of the first part of a portfolio that has such."""
        parts = self.refresh()
        return None if parts is None else parts.next_rows(portfolio_id, after)

    def count(self, records: int, portfolio_id: str, after: int) -> int:
        """Returns how many decisions a portfolio has after a position, given how many of them the tables have."""
        parts = self.known()
        return records if parts is None else records + parts.count_decisions(portfolio_id, after)

    def contacts_of(
        self, found: list[HeldContact], organization_id: str, customer_ids: Sequence[str], from_us: int
    ) -> list[HeldContact]:
        """Returns the contacts of customers, given those of the tables."""
        parts = self.known()
        if parts is None:
            return found
        return self._together(found, parts.contacts_of(organization_id, customer_ids, from_us))

    def row_deadlines(self, organization_id: str, now_us: int) -> list[int]:
        """Returns up to when contacts of rows wait to be activated, each moment once, rising."""
        parts = self.known()
        return [] if parts is None else held_until(parts.all(), organization_id, now_us)

    def contact_columns(self, organization_id: str, from_us: int, up_to: int) -> Iterator[ContactColumns]:
        """Gives the contacts of rows that stand as they were decided, part by part; see SqliteLog.part_contacts."""
        parts = self.known()
        if parts is not None:
            yield from parts.contact_columns(organization_id, from_us, up_to, self._activated_rows)

    def customers_on(self, portfolio_id: str, occasion: str, up_to: int) -> Iterator[str]:
        """Gives the customers of the rows for an occasion that came by a position."""
        parts = self.known()
        if parts is not None:
            for customer_ids in parts.customers_on(portfolio_id, occasion, up_to):
                yield from customer_ids.to_pylist()

    def _activated_rows(self, run_id: str) -> NDArray[np.int64]:
        """Returns the rows of a run of which something was said."""
        # "0" comes next after "/".
        names = self._fetch(_ACTIVATED_OF_RUN, f"{run_id}/", f"{run_id}0")
        return np.sort(np.array([int(name[len(run_id) + 1 :]) for (name,) in names], dtype=np.int64))

    def unsent(
        self, stored: tuple[list[tuple[int, str]], int], portfolio_id: str, campaign_id: str, now_us: int, limit: int
    ) -> UnsentDecisions:
        """Returns the decisions for a campaign that wait to be sent, given the first of the tables and their number.

        The former are at most limit, by contact_time and decision_id, which stand beside each other.
        """
        parts, (found, count) = self.known(), stored
        if parts is not None:
            [(of_parts,)] = self._fetch(_UNSENT, portfolio_id, campaign_id, now_us)
            rows = parts.all_contacts(
                lambda part: (
                    part.portfolio_id == portfolio_id and (_is_held(part, now_us) or part.send_time_us > now_us)
                ),
                lambda kind: kind.labels is not None and kind.labels.campaign_id == campaign_id and not kind.is_ghost,
            )
            if of_parts and limit:
                first = [row.held for row in islice(self._standing(rows), limit)]
                found = [*found, *((one.contact.contact_time_us, one.decision_id) for one in first)]
                found.sort(key=lambda one: (one[0], decision_order(one[1])))
            count += of_parts
        return UnsentDecisions(tuple(name for _, name in found[:limit]), count)

    def _together(self, found: list[HeldContact], rows: Iterable[RowContact]) -> list[HeldContact]:
        return by_time([*found, *[row.held for row in self._standing(rows)]])

    def _standing(self, contacts: Iterable[RowContact]) -> Iterator[RowContact]:
        """Gives those of the contacts of rows that count as they were decided, as nothing was said of the decision."""
        found = iter(contacts)
        while chunk := list(islice(found, _CHUNK)):
            names = apsw.carray(tuple([contact.held.decision_id for contact in chunk]))
            activated = {name for (name,) in self._fetch(_ACTIVATED, names)}
            yield from (contact for contact in chunk if contact.held.decision_id not in activated)

    def _fetch(
        self, statement: str, *bindings: Any, connection: apsw.Connection | None = None
    ) -> list[tuple[Any, ...]]:
        try:
            return (connection or self._reader()).execute(statement, bindings).fetchall()
        except apsw.Error as error:
            raise LogUnavailable("the decision log cannot be read now") from error


def _is_held(part: AudiencePart, now_us: int) -> bool:
    return part.hold_until_us is not None and part.hold_until_us >= now_us


def _decoded(body: bytes) -> AudiencePart:
    try:
        # Its contacts are in a table; kept here, they would take more memory than all the rest.
        return replace(AUDIENCE_PARTS.decode(body), contacts=())
    except (StoreDamaged, StoreMismatch) as error:
        raise RecordDamaged(f"a record of the decision log cannot be read: {error}") from error
