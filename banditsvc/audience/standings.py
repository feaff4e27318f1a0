"""Frozen counters: what is on record of an audience's customers when a run starts, read in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import structs
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import Standings, nothing_known
from banditsvc.audience.canonical_order import HASH, RowSpiller, SpilledRows
from banditsvc.audience.source.audience_fields import CUSTOMER
from banditsvc.core.consent import Consent
from banditsvc.core.contact import Contact
from banditsvc.core.merges import Merges
from banditsvc.ports import HeldContact
from banditsvc.serving.customer_standing import NOTHING_KNOWN, CustomerStanding
from banditsvc.store.audience_parts import ContactColumns
from banditsvc.text_hashes import text_hashes

_SPILLED_AT_ONCE = 100_000
_STANDS = -1
"""In place of hold_until where a contact does not wait."""
_MEMBERS = ("kind", "time_us", "hold_until_us")
_Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KnownCustomers:
    """The records of an organization's customers on disk, by customer. Cheap to hand to another process."""

    records: SpilledRows
    kinds: tuple[Contact | Consent, ...]
    """What records say, without customer and time: few kinds for many records."""

    def of_part(self, part: int, hashes: NDArray[np.uint64], customer_ids: pa.StringArray) -> Standings:
        """Returns the standings of a part's rows, which are in canonical order.

        Customers with the same history share one standing, in which customer_id is empty, as limits do not look at it.
        """
        table = self.records.read(part) if self.records.rows else None
        if table is None or not table.num_rows or not len(hashes):
            return nothing_known(len(hashes))
        rows, found = _matched(table, hashes, customer_ids)
        if not len(rows):
            return nothing_known(len(hashes))
        kind, time_us, hold = (found.column(name).to_numpy().astype(np.int64) for name in _MEMBERS)
        time_us = self._ranked(rows, kind, time_us)
        distinct, of_record = np.unique(np.stack([kind, time_us, hold], axis=1), axis=0, return_inverse=True)
        codes, histories = _histories(rows, of_record.reshape(-1), len(hashes))
        standings = [NOTHING_KNOWN, *[self._standing(distinct[list(history)].tolist()) for history in histories]]
        return Standings(codes=codes, distinct=[_without_ghosts(one) for one in standings], with_ghosts=standings)

    def _ranked(self, rows: _Numbers, kind: _Numbers, time_us: _Numbers) -> _Numbers:
        """Returns the times; of those of a customer's consents only the order matters, so that is what they become."""
        words = np.flatnonzero(np.array([isinstance(one, Consent) for one in self.kinds], dtype=np.bool_)[kind])
        order = words[np.lexsort((time_us[words], rows[words]))]
        is_first = np.concatenate([[True], rows[order][1:] != rows[order][:-1]])[: len(order)]
        is_later = np.concatenate([[False], time_us[order][1:] != time_us[order][:-1]])[: len(order)] & ~is_first
        steps = np.cumsum(is_later)
        starts = np.flatnonzero(is_first)
        ranked = time_us.copy()
        ranked[order] = steps - np.repeat(steps[starts], np.diff([*starts.tolist(), len(order)]))
        return ranked

    def _standing(self, records: list[list[int]]) -> CustomerStanding:
        contacts: list[Contact] = []
        consents: list[Consent] = []
        for place, time_us, hold_until_us in records:
            kind = self.kinds[place]
            if isinstance(kind, Contact):
                hold = None if hold_until_us == _STANDS else hold_until_us
                contacts.append(structs.replace(kind, contact_time_us=time_us, hold_until_us=hold))
            else:
                consents.append(replace(kind, consent_time_us=time_us))
        contacts.sort(key=lambda contact: contact.contact_time_us)
        consents.sort(key=lambda consent: consent.consent_time_us)
        return CustomerStanding(tuple(contacts), tuple(consents))


@dataclass(slots=True, kw_only=True)
class RecordSpiller:
    """Puts what is on record of customers on disk, each under the id that stands for all of theirs."""

    directory: Path
    """It is there."""
    merges: Merges
    now_us: int
    """Log time: contacts that wait to be activated, and do no longer, do not count."""
    _kinds: dict[Contact | Consent, int] = field(default_factory=dict)
    _spiller: RowSpiller = field(init=False)

    def __post_init__(self) -> None:
        """Starts without records."""
        self._spiller = RowSpiller(self.directory, keeps_hashes=False)

    def add_contacts(self, contacts: Iterable[HeldContact]) -> None:
        """Takes contacts one by one, those of ghosts too.

        Raises:
            OSError: The disk is full; likewise the others.
        """
        self._add(
            (one.contact.customer_id, *self._contact(one.contact))
            for one in contacts
            if one.contact.counts_at(self.now_us)
        )

    def add_consents(self, consents: Iterable[Consent]) -> None:
        """Takes consents one by one."""
        self._add(
            (
                one.customer_id,
                self._kind(replace(one, customer_id="", consent_time_us=0, cause="")),
                one.consent_time_us,
                _STANDS,
            )
            for one in consents
        )

    def add_columns(self, columns: Iterable[ContactColumns]) -> None:
        """Takes the contacts of earlier audiences, many at once."""
        for part in columns:
            counting = np.array([one.counts_at(self.now_us) for one in part.contacts], dtype=np.bool_)
            rows = np.flatnonzero((part.codes >= 0) & np.append(counting, False)[part.codes])
            if len(rows):
                members = np.array([self._contact(one) for one in part.contacts], dtype=np.int64)[part.codes[rows]]
                self._spill(part.customer_ids.take(pa.array(rows)), members)

    def finished(self, part_bits: int) -> KnownCustomers:
        """Returns what was taken, in as many parts as the audience has."""
        return KnownCustomers(self._spiller.finished(part_bits), tuple(self._kinds))

    def _contact(self, contact: Contact) -> tuple[int, int, int]:
        kind = self._kind(structs.replace(contact, customer_id="", contact_time_us=0, hold_until_us=None))
        return kind, contact.contact_time_us, _STANDS if contact.hold_until_us is None else contact.hold_until_us

    def _kind(self, kind: Contact | Consent) -> int:
        return self._kinds.setdefault(kind, len(self._kinds))

    def _add(self, records: Iterator[tuple[str, int, int, int]]) -> None:
        while page := list(islice(records, _SPILLED_AT_ONCE)):
            members = np.array([one[1:] for one in page], dtype=np.int64)
            self._spill(pa.array([one[0] for one in page], pa.string()), members)

    def _spill(self, customer_ids: pa.Array, members: _Numbers) -> None:
        survivors = self.merges.survivors()
        if survivors:
            places = pc.index_in(customer_ids, pa.array(list(survivors)))
            customer_ids = pc.coalesce(pa.array(list(survivors.values())).take(places), customer_ids)
        columns = {name: pa.array(np.ascontiguousarray(members[:, at])) for at, name in enumerate(_MEMBERS)}
        self._spiller.add({CUSTOMER: customer_ids, **columns}, text_hashes(customer_ids))


def _matched(table: pa.Table, hashes: NDArray[np.uint64], customer_ids: pa.StringArray) -> tuple[_Numbers, pa.Table]:
    """Returns the row of each record whose customer is among the rows, and these records."""
    known = table.column(HASH).to_numpy()
    rows = np.minimum(np.searchsorted(hashes, known), len(hashes) - 1)
    taken = np.flatnonzero(hashes[rows] == known)
    rows, found = rows[taken], table.take(pa.array(taken))
    ids = found.column(CUSTOMER).combine_chunks()
    same = np.asarray(pc.equal(ids, customer_ids.take(pa.array(rows))).to_numpy(zero_copy_only=False))
    for place in np.flatnonzero(~same).tolist():
        # Another customer of the same hash stands first.
        last = int(np.searchsorted(hashes, hashes[rows[place]], side="right"))
        own = [row for row in range(rows[place], last) if customer_ids[row] == ids[place]]
        rows[place], same[place] = (own[0], True) if own else (0, False)
    kept = np.flatnonzero(same)
    return rows[kept].astype(np.int64), found.take(pa.array(kept))


def _histories(rows: _Numbers, records: _Numbers, count: int) -> tuple[_Numbers, list[tuple[int, ...]]]:
    """Returns the code of each row's history, 0 for none, and the distinct ones from code 1 on, by their records."""
    order = np.lexsort((records, rows))
    rows, records = rows[order], records[order]
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    lengths = np.diff([*starts.tolist(), len(rows)])
    codes = np.zeros(count, dtype=np.int64)
    histories: list[tuple[int, ...]] = []
    for length in np.unique(lengths).tolist():
        of_length = starts[lengths == length]
        matrix = records[of_length[:, None] + np.arange(length)]
        distinct, places = np.unique(matrix, axis=0, return_inverse=True)
        codes[rows[of_length]] = 1 + len(histories) + places.reshape(-1)
        histories += [tuple(one) for one in distinct.tolist()]
    return codes, histories


def _without_ghosts(standing: CustomerStanding) -> CustomerStanding:
    if not any(contact.is_ghost for contact in standing.contacts):
        return standing
    return replace(standing, contacts=tuple([contact for contact in standing.contacts if not contact.is_ghost]))
