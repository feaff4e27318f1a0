"""The contacts of the decision log in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from banditsvc.core.activation import Activation
from banditsvc.core.contact import Contact
from banditsvc.core.decision import Decision
from banditsvc.core.decision_id import audience_row_of
from banditsvc.ports import ContactTally, HeldContact, UnsentDecisions
from banditsvc.store.contact_rows import add_up, labels_of
from banditsvc.store.decision_order import by_time
from banditsvc.store.standing_contact import standing_contact


class MemoryContacts:
    """The contacts that follow from decisions and activations. Its owner locks it."""

    def __init__(self) -> None:
        self._contacts: dict[str, Contact] = {}
        self._by_customer: dict[tuple[str, str], dict[str, Contact]] = defaultdict(dict)

    def follow(self, decision_id: str, decision: Decision | None, activation: Activation | None) -> None:
        """Takes in what is known of a decision now."""
        contact = standing_contact(None if decision is None else decision.counted_contact, activation)
        before = self._contacts.pop(decision_id, None)
        if before is not None:
            del self._by_customer[_customer(before)][decision_id]
        if contact is not None:
            self._contacts[decision_id] = contact
            self._by_customer[_customer(contact)][decision_id] = contact

    def of_customers(self, organization_id: str, customer_ids: Sequence[str], from_us: int) -> list[HeldContact]:
        """Returns the contacts of the customers with contact_time >= from_us, by contact_time, then by decision_id."""
        return by_time(
            HeldContact(decision_id, contact)
            for customer_id in set(customer_ids)
            for decision_id, contact in self._by_customer.get((organization_id, customer_id), {}).items()
            if contact.contact_time_us >= from_us
        )

    def held(self, organization_id: str, now_us: int) -> list[HeldContact]:
        """Returns the contacts that wait to be activated and count at a moment, in the same order."""
        return by_time(
            one
            for one in self._all()
            if one.contact.organization_id == organization_id
            and not one.contact.is_ghost
            and _is_held(one.contact, now_us)
            and audience_row_of(one.decision_id) is None
        )

    def tally(
        self, organization_id: str, portfolio_id: str, from_us: int, to_us: int, now_us: int
    ) -> list[ContactTally]:
        """Returns the contacts with contact_time in [from_us, to_us) that count at now_us, by labels and cost."""
        counts = Counter(
            contact.campaign
            for contact in self._contacts.values()
            if contact.organization_id == organization_id
            and not contact.is_ghost
            and portfolio_id in (contact.portfolio_id, "")
            and from_us <= contact.contact_time_us < to_us
            and contact.counts_at(now_us)
        )
        return add_up((labels_of(campaign), count) for campaign, count in counts.items())

    def unsent(self, portfolio_id: str, campaign_id: str, now_us: int, limit: int) -> UnsentDecisions:
        """Returns the decisions whose contact is with a campaign and is held at now_us or has contact_time > now_us."""
        found = by_time(
            one
            for one in self._all()
            if (one.contact.portfolio_id, one.contact.campaign.campaign_id) == (portfolio_id, campaign_id)
            and not one.contact.is_ghost
            and (_is_held(one.contact, now_us) or one.contact.contact_time_us > now_us)
        )
        return UnsentDecisions(tuple(one.decision_id for one in found[:limit]), len(found))

    def _all(self) -> Iterator[HeldContact]:
        return (HeldContact(decision_id, contact) for decision_id, contact in self._contacts.items())


def _is_held(contact: Contact, now_us: int) -> bool:
    return contact.hold_until_us is not None and contact.hold_until_us >= now_us


def _customer(contact: Contact) -> tuple[str, str]:
    return contact.organization_id, contact.customer_id
