"""Keeping the contacts of the SQLite log: what a group of decisions and activations makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apsw

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.contact import Contact
from banditsvc.core.decision import Decision
from banditsvc.ports import LogRecord
from banditsvc.store.codec import ACTIVATIONS
from banditsvc.store.standing_contact import standing_contact

_Row = tuple[Any, ...]

_INSERT = "INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SEND = """
UPDATE contacts SET contact_time_us = ?, hold_until_us = NULL
WHERE position = (SELECT position FROM decisions WHERE decision_id = ?)
"""
_DROP = "DELETE FROM contacts WHERE position = (SELECT position FROM decisions WHERE decision_id = ?)"
_EARLIER_ACTIVATIONS = "SELECT body FROM activations WHERE decision_id IN carray(?)"


def write_contacts(connection: apsw.Connection, written: Iterable[tuple[int, LogRecord]]) -> None:
    """Brings the contacts up to date with the records that a group has added, each with its position.

    Runs inside the caller's transaction. The order of a decision and its activation makes no difference, within the
    group and across groups.
    """
    decisions: dict[str, tuple[int, Contact | None]] = {}
    activations: dict[str, tuple[int, Activation]] = {}
    for position, record in written:
        if isinstance(record, Decision):
            decisions[record.decision_id] = (position, record.contact)
        elif isinstance(record, Activation):
            activations[record.decision_id] = (position, record)
    fates = {name: activation for name, (_, activation) in activations.items()}
    _change_stored(connection, [one for name, one in fates.items() if name not in decisions])
    fates.update(_earlier_activations(connection, [name for name, (_, made) in decisions.items() if made is not None]))
    rows = [*_rows_of_decisions(decisions, fates), *_rows_of_activations(activations)]
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
    decisions: dict[str, tuple[int, Contact | None]], fates: dict[str, Activation]
) -> Iterator[_Row]:
    for decision_id, (position, reserved) in decisions.items():
        fate = fates.get(decision_id)
        # The contact of an activation is its own row.
        if fate is None or fate.state is ActivationState.SENT:
            contact = standing_contact(reserved, fate)
            if contact is not None:
                yield _row(position, decision_id, contact)


def _rows_of_activations(activations: dict[str, tuple[int, Activation]]) -> Iterator[_Row]:
    for decision_id, (position, activation) in activations.items():
        contact = standing_contact(None, activation)
        if contact is not None:
            yield _row(position, decision_id, contact)


def _row(position: int, decision_id: str, contact: Contact) -> _Row:
    campaign = contact.campaign
    return (
        position,
        decision_id,
        contact.organization_id,
        contact.portfolio_id,
        contact.customer_id,
        contact.contact_time_us,
        contact.hold_until_us,
        campaign.campaign_id,
        campaign.type,
        campaign.kind,
        campaign.channel,
        campaign.family,
        campaign.category,
        campaign.cost,
    )
