"""Frozen counters of an audience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from msgspec import structs

from banditsvc.audience.audience_rows import Standings
from banditsvc.audience.standings import RecordSpiller
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.consent import Consent, ConsentState
from banditsvc.core.contact import Contact
from banditsvc.core.customer_hash import customer_hashes
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.merges import Merges
from banditsvc.ports import HeldContact
from banditsvc.serving.customer_standing import NOTHING_KNOWN, CustomerStanding
from banditsvc.store.audience_parts import ContactColumns
from banditsvc.text_hashes import text_hashes

_NOW_US = 1_000_000
_BOOTS, _DRESSES = (CampaignLabels(campaign_id=name, channel="email") for name in ("boots", "dresses"))


def _contact(customer: str, labels: CampaignLabels, time_us: int, hold: int | None = None) -> Contact:
    return Contact(
        organization_id="o",
        portfolio_id="p",
        customer_id=customer,
        campaign=labels,
        contact_time_us=time_us,
        hold_until_us=hold,
    )


def _consent(customer: str, state: ConsentState, time_us: int) -> Consent:
    return Consent(organization_id="o", customer_id=customer, purpose="marketing", state=state, consent_time_us=time_us)


def _standings(
    contacts: list[Contact],
    consents: list[Consent],
    customers: list[str],
    directory: Path,
    merges: Merges | None = None,
    columns: Sequence[ContactColumns] = (),
) -> Standings:
    spiller = RecordSpiller(directory=directory, merges=merges or Merges(), now_us=_NOW_US)
    spiller.add_contacts([HeldContact(f"d{number}", contact) for number, contact in enumerate(contacts)])
    spiller.add_columns(columns)
    spiller.add_consents(consents)
    known = spiller.finished(0)
    hashes = text_hashes(pa.array(customers))
    order = np.argsort(hashes)
    found = known.of_part(0, hashes[order], pa.array(customers).take(pa.array(order)))
    back = np.argsort(order)
    return replace(found, codes=found.codes[back])


def test_customers_have_what_is_on_record(tmp_path: Path) -> None:
    """Each customer has the contacts and consents on record, by time; those of whom nothing is have code 0."""
    contacts = [
        _contact("ann", _DRESSES, 20),
        _contact("ann", _BOOTS, 10),
        _contact("bob", _BOOTS, 10),
        _contact("cat", _BOOTS, 10, hold=_NOW_US - 1),
        _contact("dan", _BOOTS, 10, hold=_NOW_US),
        _contact("elsewhere", _BOOTS, 10),
    ]
    standings = _standings(
        contacts, [_consent("bob", ConsentState.DENIED, 7)], ["ann", "bob", "cat", "dan", "eve"], tmp_path
    )

    ann, bob, cat, dan, eve = (standings.distinct[code] for code in standings.codes.tolist())
    anonymous = [structs.replace(contact, customer_id="") for contact in contacts]
    assert CustomerStanding((anonymous[1], anonymous[0])) == ann
    assert CustomerStanding((anonymous[2],), (_consent("", ConsentState.DENIED, 0),)) == bob
    assert CustomerStanding((anonymous[4],)) == dan
    assert [NOTHING_KNOWN, NOTHING_KNOWN] == [cat, eve]
    assert [0, 0] == standings.codes[[2, 4]].tolist()


def test_the_same_history_is_one_standing(tmp_path: Path) -> None:
    """Customers with the same contacts, and consents in the same order, share one standing."""
    customers = [f"c{number}" for number in range(500)]
    contacts = [_contact(customer, (_BOOTS, _DRESSES)[number % 2], 10) for number, customer in enumerate(customers)]
    consents = [
        _consent(customer, state, number + 1_000 * after)
        for number, customer in enumerate(customers)
        for after, state in enumerate((ConsentState.GRANTED, ConsentState.DENIED))
    ]

    standings = _standings(contacts, consents, customers, tmp_path)

    assert 3 == len(standings.distinct)
    assert {1, 2} == set(standings.codes.tolist())
    assert [ConsentState.GRANTED, ConsentState.DENIED] == [word.state for word in standings.distinct[1].consents]


def test_ghosts_see_ghosts(tmp_path: Path) -> None:
    """Contacts of ghosts count for ghosts alone."""
    ghost = structs.replace(_contact("ann", _BOOTS, 10), is_ghost=True)

    standings = _standings([ghost], [], ["ann"], tmp_path)

    assert [1] == standings.codes.tolist()
    assert NOTHING_KNOWN == standings.distinct[1]
    assert CustomerStanding((structs.replace(ghost, customer_id=""),)) == standings.with_ghosts[1]


def test_merged_ids_have_one_record(tmp_path: Path) -> None:
    """The surviving customer has what is on record of all ids that were merged."""
    merge = CustomerMerge(organization_id="o", merged_customer_id="old", surviving_customer_id="new")
    contacts = [_contact("old", _BOOTS, 10), _contact("new", _DRESSES, 20)]

    standings = _standings(contacts, [], ["new"], tmp_path, Merges([(5, merge)]))

    assert [_BOOTS, _DRESSES] == [contact.campaign for contact in standings.distinct[standings.codes[0]].contacts]


def test_contacts_in_columns_are_like_contacts_one_by_one(tmp_path: Path) -> None:
    """What an earlier audience sent counts like the same contacts one by one; those that count no longer do not."""
    customers = [f"c{number}" for number in range(300)]
    kinds = (_contact("", _BOOTS, 10), _contact("", _DRESSES, 20, hold=_NOW_US + 5), _contact("", _DRESSES, 30, hold=1))
    codes = np.arange(300) % 4 - 1
    order = np.argsort(customer_hashes(customers))
    columns = ContactColumns(
        customer_hashes(customers)[order],
        pa.array([customers[place] for place in order.tolist()]),
        codes[order].astype(np.int32),
        kinds,
    )
    single = [
        structs.replace(kinds[code], customer_id=customer)
        for customer, code in zip(customers, codes.tolist(), strict=True)
        if code >= 0
    ]
    found = []
    for name, contacts, given in (("columns", [_contact("c7", _BOOTS, 40)], [columns]), ("single", single, [])):
        (tmp_path / name).mkdir()
        others = [] if given else [_contact("c7", _BOOTS, 40)]
        found.append(_standings([*contacts, *others], [], customers, tmp_path / name, columns=given))

    one, other = ([each.distinct[code] for code in each.codes.tolist()] for each in found)
    assert one == other
    assert 4 == len(found[0].distinct)
