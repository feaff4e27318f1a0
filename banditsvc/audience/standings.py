"""Frozen counters: what is on record of an audience's customers when a run starts, read in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import Standings, nothing_known
from banditsvc.audience.canonical_order import HASH, RowSpiller, SpilledRows
from banditsvc.audience.source.audience_fields import CUSTOMER
from banditsvc.audience.source.text_hashes import text_hashes
from banditsvc.core.consent import Consent
from banditsvc.core.contact import Contact
from banditsvc.core.merges import Merges
from banditsvc.ports import HeldContact
from banditsvc.serving.customer_standing import NOTHING_KNOWN, CustomerStanding

_SPILLED_AT_ONCE = 100_000
_STANDS = -1
"""In place of hold_until where a contact does not wait."""
_KIND, _TIME, _HOLD = "kind", "time_us", "hold_until_us"
_RECORD = tuple[int, int, int]
"""Place of the kind, time, hold_until."""


@dataclass(frozen=True, slots=True)
class KnownCustomers:
    """The records of an organization's customers on disk, by customer. Cheap to hand to another process."""

    records: SpilledRows
    kinds: tuple[Contact | Consent, ...]
    """What records say, without customer and time: few kinds for many records."""

    def of_part(self, part: int, hashes: NDArray[np.uint64], customer_ids: NDArray[np.object_]) -> Standings:
        """Returns the standings of a part's rows, which are in canonical order.

        Customers with the same history share one standing, in which customer_id is empty, as limits do not look at it.
        """
        table = self.records.read(part) if self.records.rows else None
        if table is None or not table.num_rows or not len(hashes):
            return nothing_known(len(hashes))
        codes = np.zeros(len(hashes), dtype=np.int64)
        distinct: dict[tuple[_RECORD, ...], int] = {(): 0}
        for row, records in self._matched(table, hashes, customer_ids):
            codes[row] = distinct.setdefault(self._normal(records), len(distinct))
        standings = [self._standing(records) for records in distinct]
        return Standings(codes=codes, distinct=[_without_ghosts(one) for one in standings], with_ghosts=standings)

    def _normal(self, records: list[_RECORD]) -> tuple[_RECORD, ...]:
        """Returns records in order. Of the times of consents only the order matters, so that is what they become."""
        is_word = [isinstance(self.kinds[place], Consent) for place, _, _ in records]
        order = {
            time: rank
            for rank, time in enumerate(sorted({r[1] for r, word in zip(records, is_word, strict=True) if word}))
        }
        return tuple(sorted((r[0], order[r[1]], r[2]) if word else r for r, word in zip(records, is_word, strict=True)))

    def _matched(
        self, table: pa.Table, hashes: NDArray[np.uint64], customer_ids: NDArray[np.object_]
    ) -> Iterator[tuple[int, list[_RECORD]]]:
        """Yields the rows with records, and these."""
        known = table.column(HASH).to_numpy()
        places = np.minimum(np.searchsorted(hashes, known), len(hashes) - 1)
        taken = np.flatnonzero(hashes[places] == known)
        found = table.take(pa.array(taken))
        ids = found.column(CUSTOMER).to_pylist()
        columns = [found.column(name).to_numpy().tolist() for name in (_KIND, _TIME, _HOLD)]
        by_row: dict[int, list[_RECORD]] = {}
        for first, customer_id, *record in zip(places[taken].tolist(), ids, *columns, strict=True):
            row = first
            while row < len(hashes) and customer_ids[row] != customer_id:
                # Another customer of the same hash.
                row = row + 1 if row + 1 < len(hashes) and hashes[row + 1] == hashes[first] else len(hashes)
            if row < len(hashes):
                by_row.setdefault(row, []).append((record[0], record[1], record[2]))
        yield from by_row.items()

    def _standing(self, records: tuple[_RECORD, ...]) -> CustomerStanding:
        contacts: list[Contact] = []
        consents: list[Consent] = []
        for place, time_us, hold_until_us in records:
            kind = self.kinds[place]
            if isinstance(kind, Contact):
                hold = None if hold_until_us == _STANDS else hold_until_us
                contacts.append(replace(kind, contact_time_us=time_us, hold_until_us=hold))
            else:
                consents.append(replace(kind, consent_time_us=time_us))
        contacts.sort(key=lambda contact: contact.contact_time_us)
        return CustomerStanding(tuple(contacts), tuple(consents)) if contacts or consents else NOTHING_KNOWN


def known_customers(
    contacts: Iterable[HeldContact],
    consents: Iterable[Consent],
    *,
    merges: Merges,
    now_us: int,
    directory: Path,
    part_bits: int,
) -> KnownCustomers:
    """Reads what is on record of customers once, and puts it on disk, each under the id that stands for all of theirs.

    Args:
        contacts: As far back as the limits look, those of ghosts too.
        consents: Of the organization.
        merges: Of the organization.
        now_us: Log time: contacts that wait to be activated, and do no longer, do not count.
        directory: Of the spills; it is there.
        part_bits: Of the audience's parts.

    Raises:
        OSError: The disk is full.
    """
    kinds: dict[Contact | Consent, int] = {}
    spiller = RowSpiller(directory)
    records = _records(contacts, consents, now_us)
    while page := list(islice(records, _SPILLED_AT_ONCE)):
        ids = pa.array([merges.survivor(customer_id) if merges else customer_id for customer_id, _, _, _ in page])
        columns = {
            CUSTOMER: ids,
            _KIND: pa.array([kinds.setdefault(kind, len(kinds)) for _, kind, _, _ in page], pa.int32()),
            _TIME: pa.array([time_us for _, _, time_us, _ in page], pa.int64()),
            _HOLD: pa.array([hold for _, _, _, hold in page], pa.int64()),
        }
        spiller.add(columns, text_hashes(ids))
    return KnownCustomers(spiller.finished(part_bits), tuple(kinds))


def _records(
    contacts: Iterable[HeldContact], consents: Iterable[Consent], now_us: int
) -> Iterator[tuple[str, Contact | Consent, int, int]]:
    """Yields customer, kind, time and hold_until of each record."""
    for held in contacts:
        contact = held.contact
        if contact.counts_at(now_us):
            kind = replace(contact, customer_id="", contact_time_us=0, hold_until_us=None)
            yield (
                contact.customer_id,
                kind,
                contact.contact_time_us,
                _STANDS if contact.hold_until_us is None else contact.hold_until_us,
            )
    for consent in consents:
        kind_of_word = replace(consent, customer_id="", consent_time_us=0, cause="")
        yield consent.customer_id, kind_of_word, consent.consent_time_us, _STANDS


def _without_ghosts(standing: CustomerStanding) -> CustomerStanding:
    if not any(contact.is_ghost for contact in standing.contacts):
        return standing
    return replace(standing, contacts=tuple([contact for contact in standing.contacts if not contact.is_ghost]))
