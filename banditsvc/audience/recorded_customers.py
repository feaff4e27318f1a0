"""What the log has of an organization's customers as of a position."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from banditsvc.audience.contact_horizon import contacts_from_us
from banditsvc.audience.standings import KnownCustomers, RecordSpiller
from banditsvc.core.consent import Consent
from banditsvc.core.merges import Merges
from banditsvc.core.run_terms import RunTerms
from banditsvc.serving.active_as_of import settings_as_of
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.store.sqlite_log import SqliteLog

_PAGE = 10_000


def recorded_customers(
    log: SqliteLog,
    active: ActivePortfolio,
    terms: RunTerms,
    merges: Merges,
    *,
    position: int,
    part_bits: int,
    directory: Path,
) -> KnownCustomers:
    """Returns what is on record of an organization's customers as of a position of the log, as far as limits look.

    Args:
        log: The log.
        active: Of the organization.
        terms: Of the run.
        merges: Of the organization, as the audience was read with.
        position: Records after it are not looked at.
        part_bits: Of the audience's parts.
        directory: Where it is put; it is made.

    Raises:
        BanditError: The log cannot be read.
        OSError: The disk is full.
    """
    organization_id = active.organization.organization_id
    from_us = contacts_from_us(settings_as_of(log, position), organization_id, terms.send_time_us)
    directory.mkdir()
    spiller = RecordSpiller(directory=directory, merges=merges, now_us=terms.now_us)
    if from_us is not None:
        spiller.add_contacts(log.contacts_since(organization_id, from_us, position))
        spiller.add_columns(log.part_contacts(organization_id, from_us, position))
    spiller.add_consents(_consents(log, organization_id, position))
    return spiller.finished(part_bits)


def _consents(log: SqliteLog, organization_id: str, position: int) -> Iterator[Consent]:
    after = 0
    while page := log.read_consents(organization_id, after, _PAGE):
        for recorded in page:
            if recorded.position > position:
                return
            yield recorded.value
        after = page[-1].position


def merges_as_of(log: SqliteLog, organization_id: str, position: int) -> Merges:
    """Returns the merges of an organization as of a position of the log."""
    recorded = log.read_merges(organization_id, 0)
    return Merges([(one.record_time_us, one.value) for one in recorded if one.position <= position])
