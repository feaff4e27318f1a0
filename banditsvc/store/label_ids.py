"""Label ids: the numbers under which the SQLite log keeps whose contacts are of what campaigns."""

from __future__ import annotations

import apsw

from banditsvc.core.contact import Contact
from banditsvc.store.contact_rows import labels_of

_MOST_KEPT = 4_096

_KNOWN = """
SELECT labels_id FROM contact_labels INDEXED BY contact_labels_once
WHERE organization_id = ? AND portfolio_id = ? AND campaign_id = ? AND type = ? AND kind = ? AND channel = ?
AND family = ? AND category = ? AND cost = ? AND is_ghost = ?
"""
_ADD = "INSERT INTO contact_labels VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_PORTFOLIO = "INSERT OR IGNORE INTO contact_portfolios VALUES (?, ?)"

_Labels = tuple[str | int | float, ...]
"""All columns of contact_labels but its number."""


class LabelIds:
    """Finds the numbers of labels, or adds them, inside the transaction of a group. For the one thread that writes."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._committed: dict[_Labels, int] = {}
        """A number is for ever, once it is committed."""
        self._found: dict[_Labels, int] = {}
        """What the present group has read or added."""
        self._of_objects: dict[tuple[str, str, int, bool], int] = {}
        """By organization_id, portfolio_id and the labels themselves, which live as long as the group; ghosts apart."""

    def begin(self) -> None:
        """Starts a group; whatever the one before it has found counts no longer, unless `keep` was called."""
        self._found.clear()
        self._of_objects.clear()

    def keep(self) -> None:
        """Remembers what the group has found, now that it is committed."""
        if len(self._committed) > _MOST_KEPT:
            self._committed.clear()
        self._committed.update(self._found)

    def id_of(self, contact: Contact) -> int:
        """Returns the number of a contact's labels."""
        # Decisions of one campaign share their labels, and to hash these takes longer than all the rest of a contact.
        key = (contact.organization_id, contact.portfolio_id, id(contact.campaign), contact.is_ghost)
        number = self._of_objects.get(key)
        if number is None:
            number = self._of_objects[key] = self._find(contact)
        return number

    def _find(self, contact: Contact) -> int:
        owner = (contact.organization_id, contact.portfolio_id)
        labels = (*owner, *labels_of(contact.campaign), int(contact.is_ghost))
        number = self._committed.get(labels)
        if number is None:
            number = self._found[labels] = self._read(labels) or self._add(owner, labels)
        return number

    def _read(self, labels: _Labels) -> int | None:
        found = self._connection.execute(_KNOWN, labels).fetchone()
        return None if found is None else int(found[0])

    def _add(self, owner: tuple[str, str], labels: _Labels) -> int:
        self._connection.execute(_ADD_PORTFOLIO, owner)
        self._connection.execute(_ADD, labels)
        return self._connection.last_insert_rowid()
