"""Keeping the contacts of the SQLite log: what a group of decisions and activations makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import apsw

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.contact import Contact
from banditsvc.core.decision import Decision
from banditsvc.ports import LogRecord
from banditsvc.store.codec import ACTIVATIONS
from banditsvc.store.label_ids import LabelIds
from banditsvc.store.standing_contact import standing_contact

if TYPE_CHECKING:
    from banditsvc.store.audience_parts import RowContact

_Row = tuple[Any, ...]
FindRow = Callable[[str], "RowContact | None"]
"""Returns the contact that a row of an audience was decided with, by the id of its decision."""

_INSERT = "INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?)"
_SEND = """
UPDATE contacts SET contact_time_us = ?1, hold_until_us = NULL,
  decision_id = ?2, customer_id = coalesce(contacts.customer_id, decisions.customer_id)
FROM decisions WHERE decisions.decision_id = ?2 AND contacts.position = decisions.position
"""
_DROP = "DELETE FROM contacts WHERE position = (SELECT position FROM decisions WHERE decision_id = ?)"
_INSERT_OF_PART = "INSERT INTO part_contacts VALUES (?, ?, ?, ?, ?)"
_LIFT = "UPDATE part_contacts SET contact_count = contact_count - 1 WHERE position = ? AND labels_id = ?"
_EARLIER_ACTIVATIONS = "SELECT body FROM activations WHERE decision_id IN carray(?)"


def write_contacts(
    connection: apsw.Connection, written: Iterable[tuple[int, LogRecord]], labels: LabelIds, find_row: FindRow
) -> None:
    """Brings the contacts up to date with the records that a group has added, each with its position.

    Runs inside the caller's transaction, after the records were written. The order of a decision and its activation
    makes no difference, within the group and across groups.
    """
    decisions: dict[str, tuple[int, Decision]] = {}
    activations: dict[str, tuple[int, Activation]] = {}
    for position, record in written:
        if isinstance(record, Decision):
            decisions[record.decision_id] = (position, record)
        elif isinstance(record, Activation):
            activations[record.decision_id] = (position, record)
        elif isinstance(record, AudiencePart):
            connection.executemany(_INSERT_OF_PART, list(_rows_of_part(position, record, labels)))
    fates = {name: activation for name, (_, activation) in activations.items()}
    _change_stored(connection, [one for name, one in fates.items() if name not in decisions])
    reserving = [name for name, (_, decision) in decisions.items() if decision.counted_contact is not None]
    fates.update(_earlier_activations(connection, reserving))
    rows = [*_rows_of_decisions(decisions, fates, labels), *_rows_of_activations(activations, labels)]
    of_rows = [(activation, find_row(name)) for name, (_, activation) in activations.items() if "/" in name]
    for activation, row in of_rows:
        if row is not None:
            rows += _lift(connection, activation, row, labels)
    if rows:
        connection.executemany(_INSERT, rows)


def _change_stored(connection: apsw.Connection, activations: list[Activation]) -> None:
    """Applies activations to the contacts of decisions that the log held before."""
    sent = [(one.activate_time_us, one.decision_id) for one in activations if one.state is ActivationState.SENT]
    others = [(one.decision_id,) for one in activations if one.state is not ActivationState.SENT]
    if sent:
        connection.executemany(_SEND, sent)
    if others:
        connection.executemany(_DROP, others)


def _earlier_activations(connection: apsw.Connection, decision_ids: list[str]) -> dict[str, Activation]:
    if not decision_ids:
        return {}
    found = connection.execute(_EARLIER_ACTIVATIONS, (apsw.carray(tuple(decision_ids)),))
    activations = [ACTIVATIONS.decode(body) for (body,) in found]
    return {activation.decision_id: activation for activation in activations}


def _rows_of_decisions(
    decisions: dict[str, tuple[int, Decision]], fates: dict[str, Activation], labels: LabelIds
) -> Iterator[_Row]:
    for decision_id, (position, decision) in decisions.items():
        contact, fate = decision.counted_contact, fates.get(decision_id)
        if fate is not None:
            # The contact of an activation is its own row.
            contact = standing_contact(contact, fate) if fate.state is ActivationState.SENT else None
        if contact is not None:
            asked = decision.input
            labels_id = labels.id_of(contact)
            if (
                contact.contact_time_us == asked.send_time_us
                and contact.customer_id == asked.customer_id
                and contact.portfolio_id == asked.portfolio_id
            ):
                yield position, contact.contact_time_us, contact.hold_until_us, labels_id, None, None
            else:
                yield _row_apart(position, decision_id, contact, labels_id)


def _rows_of_activations(activations: dict[str, tuple[int, Activation]], labels: LabelIds) -> Iterator[_Row]:
    for decision_id, (position, activation) in activations.items():
        contact = standing_contact(None, activation)
        if contact is not None:
            yield _row_apart(position, decision_id, contact, labels.id_of(contact))


def _rows_of_part(position: int, part: AudiencePart, labels: LabelIds) -> Iterator[_Row]:
    for one in part.contacts:
        contact = Contact(
            organization_id=part.organization_id,
            portfolio_id=part.portfolio_id,
            customer_id="",
            campaign=one.labels,
            contact_time_us=part.send_time_us,
            is_ghost=one.is_ghost,
        )
        hold_until_us = None if one.is_ghost else part.hold_until_us
        yield position, labels.id_of(contact), part.send_time_us, hold_until_us, one.count


def _lift(connection: apsw.Connection, activation: Activation, row: RowContact, labels: LabelIds) -> list[_Row]:
    """Takes the contact of an audience's row off its part; returns what is left of it, apart from the activation's own."""
    labels_id = labels.id_of(row.held.contact)
    connection.execute(_LIFT, (row.part_position, labels_id))
    if activation.state is not ActivationState.SENT:
        return []
    contact = standing_contact(row.held.contact, activation)
    return [] if contact is None else [_row_apart(row.position, activation.decision_id, contact, labels_id)]


def _row_apart(position: int, decision_id: str, contact: Contact, labels_id: int) -> _Row:
    return position, contact.contact_time_us, contact.hold_until_us, labels_id, decision_id, contact.customer_id
