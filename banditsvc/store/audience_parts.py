"""The audience parts of a log: their rows, found as decisions by id, customer and position."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.choice import Choice
from banditsvc.core.contact import Contact
from banditsvc.core.customer_hash import customer_hash
from banditsvc.core.decision import Decision
from banditsvc.core.decision_id import audience_decision_id, audience_row_of
from banditsvc.ports import HeldContact, Recorded
from banditsvc.store.part_files import PartFiles
from banditsvc.store.part_index import PartIndex
from banditsvc.store.part_span import PartSpan
from banditsvc.store.records_in_order import FOR_EVER, D, ReadRecords
from banditsvc.store.row_kind import RowKind

_Part = Recorded[AudiencePart]


ReadRows = Callable[[_Part, int, int], list[Recorded[D]]]
"""Reads the rows of a part, from a place to another, exclusive."""


class RowContact(NamedTuple):
    """The contact that a row was decided with, whatever became of it."""

    part_position: int
    position: int
    held: HeldContact


@dataclass(frozen=True, slots=True, eq=False)
class ContactColumns:
    """The contacts of a part's rows as columns that run beside each other."""

    hashes: NDArray[np.uint64]
    """customer_hash of each row, rising."""
    customer_ids: pa.StringArray
    codes: NDArray[np.int32]
    """Place of each row's contact in contacts; -1 for none that stands as it was decided."""
    contacts: tuple[Contact, ...]
    """Each without its customer_id."""


@dataclass(slots=True)
class _Run:
    """The parts of one run that have rows, by number."""

    parts: list[_Part] = field(default_factory=list)
    first_rows: list[int] = field(default_factory=list)
    first_hashes: list[int] = field(default_factory=list)

    def add(self, recorded: _Part) -> None:
        self.parts.append(recorded)
        self.first_rows.append(recorded.value.first_row)
        self.first_hashes.append(recorded.value.first_hash)


class AudienceParts:
    """The parts that a log holds, in the order of their positions. What is asked for is read from their files.

    Lists of decisions and contacts are in the order that DecisionLog promises. Every method that reads rows raises
    RecordDamaged where these cannot be read.
    """

    def __init__(self, directory: Path) -> None:
        """Takes the data directory."""
        self._files = PartFiles(directory)
        self._of_portfolio: defaultdict[str, list[_Part]] = defaultdict(list)
        self._runs: dict[str, _Run] = {}
        self.position = 0
        """Of the newest part."""

    def add(self, recorded: _Part) -> None:
        """Takes in a part, at a position behind those of the others; of its contacts nothing is kept."""
        part = recorded.value
        self.position = recorded.position
        if part.row_count:
            self._of_portfolio[part.portfolio_id].append(recorded)
            run = self._runs.get(part.run_id)
            if run is not None:
                run.add(recorded)
                return
            run = _Run()
            run.add(recorded)
            # In another dictionary: other threads may be going through the one that was there.
            self._runs = {**self._runs, part.run_id: run}

    def get_decision(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns the decision of a row by its id."""
        found = self._find(decision_id)
        return None if found is None else self._decision(found[0], found[2])

    def get_outline(self, decision_id: str) -> Recorded[Decision] | None:
        """Returns the outline of the decision of a row by its id, for which no page is read."""
        found = self._find(decision_id)
        return None if found is None else _outline(*found)

    def contact_of(self, decision_id: str) -> RowContact | None:
        """Returns the contact of a row by the id of its decision, None where there is no such row or no contact."""
        found = self._find(decision_id)
        return None if found is None else _contact(*found)

    def get_decision_on(self, portfolio_id: str, customer_id: str, occasion: str) -> Recorded[Decision] | None:
        """Returns the newest row of a customer on an occasion."""
        hashed = customer_hash(customer_id)
        for run in self._runs_of(portfolio_id, lambda part: part.occasion == occasion):
            for recorded, _, place in self._rows_of(run, hashed, customer_id):
                return self._decision(recorded, place)
        return None

    def decisions_of_customers(
        self, portfolio_id: str, customer_ids: Iterable[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the rows of the customers with send_time in [from_us, to_us), by position."""
        rows = self._rows_of_customers(portfolio_id, customer_ids, from_us, to_us)
        return [self._decision(recorded, place) for recorded, _, place in rows]

    def outlines_of_customers(
        self, portfolio_id: str, customer_ids: Iterable[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the outlines of the same."""
        return [_outline(*row) for row in self._rows_of_customers(portfolio_id, customer_ids, from_us, to_us)]

    def contacts_of(self, organization_id: str, customer_ids: Iterable[str], from_us: int) -> list[RowContact]:
        """Returns the contacts of the customers' rows with contact_time >= from_us, in no order."""
        runs = [
            run
            for run in self._runs.values()
            if run.parts[0].value.organization_id == organization_id and run.parts[0].value.send_time_us >= from_us
        ]
        if not runs:
            return []
        contacts = (
            _contact(*row)
            for customer_id, hashed in _hashed(customer_ids)
            for run in runs
            for row in self._rows_of(run, hashed, customer_id)
        )
        return [contact for contact in contacts if contact is not None]

    def all(self) -> Iterator[AudiencePart]:
        """Gives all parts that have rows."""
        return (one.value for run in self._runs.values() for one in run.parts)

    def all_contacts(
        self, parts: Callable[[AudiencePart], bool], kinds: Callable[[RowKind], bool]
    ) -> Iterator[RowContact]:
        """Gives the contacts of all rows of some kinds in some parts, by contact_time, then by decision."""
        wanted = [one for run in self._runs.values() for one in run.parts if parts(one.value)]
        for recorded in sorted(wanted, key=_place_in_time):
            index = self._files.index(recorded.value)
            codes = [code for code, kind in enumerate(index.kinds) if kinds(kind)]
            for place in np.isin(index.codes, codes).nonzero()[0].tolist():
                contact = _contact(recorded, index, place)
                if contact is not None:
                    yield contact

    def contact_columns(
        self, organization_id: str, from_us: int, up_to: int, activated: Callable[[str], NDArray[np.int64]]
    ) -> Iterator[ContactColumns]:
        """Gives the contacts of an organization with contact_time >= from_us in parts that came by a position.

        Args:
            organization_id: The organization.
            from_us: The time.
            up_to: The position.
            activated: Returns the rows of a run, rising, of which something was said since: they are left out.
        """
        for run_id, run in self._runs.items():
            first = run.parts[0].value
            if first.organization_id != organization_id or first.send_time_us < from_us:
                continue
            rows = activated(run_id)
            for recorded in run.parts:
                if recorded.position <= up_to:
                    yield self._contact_columns(recorded.value, rows)

    def customers_on(self, portfolio_id: str, occasion: str, up_to: int) -> Iterator[pa.StringArray]:
        """Gives the customers of the rows for an occasion in parts that came by a position, part by part."""
        for run in self._runs_of(portfolio_id, lambda part: part.occasion == occasion):
            for recorded in run.parts:
                if recorded.position <= up_to:
                    yield self._files.index(recorded.value).customer_ids

    def count_decisions(self, portfolio_id: str, after: int) -> int:
        """Returns how many rows of a portfolio have position > after."""
        parts = self._of_portfolio.get(portfolio_id, ())
        return sum(min(one.value.row_count, max(0, _end(one) - max(after + 1, one.position))) for one in parts)

    def next_rows(self, portfolio_id: str, after: int) -> PartSpan | None:
        """Returns the rows with position > after of the first part of a portfolio that has such."""
        parts = self._of_portfolio.get(portfolio_id, [])
        place = _first_behind(parts, after)
        if place == len(parts):
            return None
        return PartSpan(
            parts[place], self._files, max(0, after + 1 - parts[place].position), parts[place].value.row_count
        )

    def in_order(
        self,
        portfolio_id: str,
        after: int,
        limit: int,
        records: ReadRecords[D],
        rows: ReadRows[D],
        *,
        span: tuple[int, int] | None = None,
    ) -> list[Recorded[D]]:
        """Returns the first limit decisions of a portfolio with position > after: records and rows, by position.

        Args:
            portfolio_id: The portfolio.
            after: Position.
            limit: Most decisions.
            records: Reads those that are records of their own.
            rows: Reads those of a part: `decisions` or `choices`.
            span: send_time of the rows, from and to, exclusive; None for any.
        """
        parts = self._of_portfolio.get(portfolio_id, [])
        place = _first_behind(parts, after)
        found: list[Recorded[D]] = []
        for recorded in parts[place:]:
            if after < recorded.position - 1:
                found += records(after, recorded.position, limit - len(found))
                after = recorded.position - 1
            if len(found) == limit:
                return found
            if span is None or span[0] <= recorded.value.send_time_us < span[1]:
                start = after + 1 - recorded.position
                found += rows(recorded, start, min(recorded.value.row_count, start + limit - len(found)))
            if len(found) == limit:
                return found
            after = _end(recorded) - 1
        return found + records(after, FOR_EVER, limit - len(found))

    def _contact_columns(self, part: AudiencePart, activated: NDArray[np.int64]) -> ContactColumns:
        index = self._files.index(part)
        made = [kind.contact(part, "") for kind in index.kinds]
        contacts = {one: place for place, one in enumerate(dict.fromkeys(one for one in made if one is not None))}
        codes = np.array([-1 if one is None else contacts[one] for one in made], dtype=np.int32)[index.codes]
        codes[np.isin(np.asarray(index.rows), activated)] = -1
        return ContactColumns(index.hashes, index.customer_ids, codes, tuple(contacts))

    def _find(self, decision_id: str) -> tuple[_Part, PartIndex, int] | None:
        row = audience_row_of(decision_id) if "/" in decision_id else None
        run = None if row is None else self._runs.get(row.run_id)
        if row is None or run is None:
            return None
        number = bisect_right(run.first_rows, row.row) - 1
        if number < 0 or row.row > run.parts[number].value.last_row:
            return None
        recorded = run.parts[number]
        index = self._files.index(recorded.value)
        place = index.place_of_row(row.row)
        return None if place is None else (recorded, index, place)

    def _runs_of(self, portfolio_id: str, wanted: Callable[[AudiencePart], bool]) -> Iterator[_Run]:
        """Gives the runs of a portfolio that are wanted, newest first."""
        for run in reversed(self._runs.values()):
            part = run.parts[0].value
            if part.portfolio_id == portfolio_id and wanted(part):
                yield run

    def _rows_of(self, run: _Run, hashed: int, customer_id: str) -> Iterator[tuple[_Part, PartIndex, int]]:
        number = bisect_right(run.first_hashes, hashed) - 1
        # Customers whose hashes are equal may stand at the end of one part and at the start of the next.
        while number >= 0 and hashed <= run.parts[number].value.last_hash:
            recorded = run.parts[number]
            index = self._files.index(recorded.value)
            for place in index.places_of(hashed, customer_id):
                yield recorded, index, place
            number -= 1

    def _rows_of_customers(
        self, portfolio_id: str, customer_ids: Iterable[str], from_us: int, to_us: int
    ) -> list[tuple[_Part, PartIndex, int]]:
        runs = list(self._runs_of(portfolio_id, lambda part: from_us <= part.send_time_us < to_us))
        found = [
            row
            for customer_id, hashed in (_hashed(customer_ids) if runs else ())
            for run in runs
            for row in self._rows_of(run, hashed, customer_id)
        ]
        return sorted(found, key=lambda row: row[0].position + row[2])

    def _decision(self, recorded: _Part, place: int) -> Recorded[Decision]:
        return self.decisions(recorded, place, place + 1)[0]

    def decisions(self, recorded: _Part, start: int, end: int) -> list[Recorded[Decision]]:
        """Returns the decisions at the places from start to end, exclusive, of a part."""
        first, time_us = recorded.position + start, recorded.record_time_us
        decisions = self._files.decisions(recorded.value, start, end)
        return [Recorded(position, time_us, decision) for position, decision in enumerate(decisions, first)]

    def choices(self, recorded: _Part, start: int, end: int) -> list[Recorded[Choice]]:
        """Returns of the same what settling and learning look at."""
        first, time_us = recorded.position + start, recorded.record_time_us
        choices = self._files.choices(recorded.value, start, end)
        return [Recorded(position, time_us, choice) for position, choice in enumerate(choices, first)]


def _first_behind(parts: list[_Part], after: int) -> int:
    return bisect_right(parts, after, key=lambda one: _end(one) - 1)


def _place_in_time(recorded: _Part) -> tuple[int, str, int]:
    part = recorded.value
    return part.send_time_us, f"{part.run_id}/", part.number


def _end(recorded: _Part) -> int:
    return recorded.position + recorded.value.row_count


def _hashed(customer_ids: Iterable[str]) -> list[tuple[str, int]]:
    return [(customer_id, customer_hash(customer_id)) for customer_id in dict.fromkeys(customer_ids)]


def _contact(recorded: _Part, index: PartIndex, place: int) -> RowContact | None:
    contact = index.kind(place).contact(recorded.value, index.customer_id(place))
    if contact is None:
        return None
    decision_id = audience_decision_id(recorded.value.run_id, index.rows[place])
    return RowContact(recorded.position, recorded.position + place, HeldContact(decision_id, contact))


def _outline(recorded: _Part, index: PartIndex, place: int) -> Recorded[Decision]:
    part = recorded.value
    decision_id = audience_decision_id(part.run_id, index.rows[place])
    outline = index.kind(place).outline(part, index.request, decision_id, index.customer_id(place))
    return Recorded(recorded.position + place, recorded.record_time_us, outline)
