"""The contact book: what is on record for customers and how much capacity is taken, as of the last decision."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import structs

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.consent import Consent
from banditsvc.core.contact import Contact
from banditsvc.core.contact_limits import ContactLimits
from banditsvc.core.decision import Decision
from banditsvc.core.errors import BanditError, RecordDamaged
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import DecisionLog, HeldContact
from banditsvc.serving.capacity_book import CapacityBook
from banditsvc.serving.customer_standing import NOTHING_KNOWN, CustomerStanding
from banditsvc.serving.held_runs import HeldRuns
from banditsvc.serving.known_merges import KnownMerges
from banditsvc.serving.resources import Resources

Customer = tuple[str, str]
"""organization_id and customer_id: an organization's portfolios share their customers."""

_MOST_CUSTOMERS = 50_000
_PRUNE_AT = 64
"""Contacts of one customer from which those that count no longer are looked for."""
_MOST_BACK_US = DAY_US + HOUR_US
"""How far back send_time may lie: a day when the request comes, and as long as it may wait for its round."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One customer: the standing, and the decision that each of its contacts comes from."""

    decision_ids: tuple[str, ...]
    with_ghosts: CustomerStanding
    """All contacts."""
    standing: CustomerStanding
    """Without those of ghosts, which count for ghosts alone."""


_BLANK = _Entry((), NOTHING_KNOWN, NOTHING_KNOWN)


class Lifted(NamedTuple):
    """A contact that counts no longer, and where it did."""

    held: HeldContact
    of_customer: bool
    of_capacity: bool


class ContactBook:
    """A view of the log for the one who decides, and ahead of it by what is being committed.

    Entries are a cache. The Ranker, which works in rounds one after the other, reserves in it what it decides, and
    forgets it again should the commit fail. All other writes make the book forget the customer once they are committed,
    and so the next round reads them from the log. Capacity, which is too much to read anew each time, is kept in step.

    The customers of a round that are not known are read in one go. Measured on SQLite, that takes a microsecond each
    where nothing is on record, 13 with five contacts, and 0.2 more for each portfolio that the organization has beside
    the first, so there is no list of who has none,
    which would have to be read at the start and be held in memory whole. Two generations of entries make the cache:
    what was not asked for while half of the places filled up is dropped.

    Ids that were merged are one customer, whose entry has what is on record for all of them.
    """

    def __init__(self, resources: Resources, log: DecisionLog, *, most_customers: int = _MOST_CUSTOMERS) -> None:
        self._resources = resources
        self._log = log
        self.merges = KnownMerges(log)
        """Which customer each id stands for."""
        # Many take seconds to read, for which no request shall wait; what fails is told when it is asked for.
        self.merges.load({recorded.value.organization_id for recorded in resources.portfolios()})
        self._capacities = CapacityBook(resources, log)
        self._most_young = max(1, most_customers // 2)
        self._young: dict[Customer, _Entry] = {}
        self._old: dict[Customer, _Entry] = {}
        self._horizons: dict[str, int | None] = {}
        """How far back contacts matter, by organization; 0 where they do not."""
        self._has_consents: dict[str, bool] = {}
        """Whether there is any consent on record, by organization: where there is none, nobody need look."""
        self._now_us = 0
        """When the present round began."""
        self._changed: set[str] = set()
        """Organizations whose horizon may have moved."""
        self.held_runs = HeldRuns(resources)
        """What keeps counters still: what of the book is of those is out of date when it ends."""
        self._held_before: set[str] = set()
        resources.watch(self._settings_changed)

    def load(self, customers: Iterable[Customer], now_us: int) -> dict[Customer, BanditError]:
        """Reads the customers that are not known, at the start of a round.

        Returns what went wrong, by customer: nothing may be decided for these.
        """
        self._now_us = now_us
        if len(self._young) > self._most_young:
            self._old, self._young = self._young, {}
        for organization_id in self._changed:
            self._widen(organization_id)
        self._changed.clear()
        asked = list(dict.fromkeys(customers))
        unreadable = self.merges.load({organization_id for organization_id, _ in asked})
        failed = {one: unreadable[one[0]] for one in asked if one[0] in unreadable}
        unknown: dict[str, list[str]] = {}
        known = [one for one in asked if one not in failed] if failed else asked
        for customer in dict.fromkeys(map(self.known_as, known)) if self.merges.has_any else known:
            if customer in self._young:
                continue
            entry = self._old.pop(customer, None)
            if entry is None:
                unknown.setdefault(customer[0], []).append(customer[1])
            else:
                self._young[customer] = entry
        unread: dict[Customer, BanditError] = {}
        for organization_id, customer_ids in unknown.items():
            unread |= self._read(organization_id, customer_ids)
        if unread:
            failed |= {one: unread[key] for one in asked if (key := self.known_as(one)) in unread}
        return failed

    def known_as(self, customer: Customer) -> Customer:
        """Returns the customer that an id stands for, as of the last round."""
        if not self.merges.has_any:
            return customer
        organization_id, customer_id = customer
        survivor = self.merges.survivor(organization_id, customer_id)
        return customer if survivor == customer_id else (organization_id, survivor)

    def standing(self, customer: Customer, *, with_ghosts: bool = False) -> CustomerStanding:
        """Returns what is on record for a customer, by the id known_as says, that was loaded for this round.

        A ghost decision is to meet what earlier ghosts took of contact policy, and no other is.
        """
        entry = self._young[customer]
        return entry.with_ghosts if with_ghosts else entry.standing

    def counts_contacts(self, organization_id: str) -> bool:
        """Returns whether any limit of the organization or of its portfolios looks at a customer's contacts."""
        return self._horizons.get(organization_id, 0) != 0

    def counts(self, organization_id: str) -> bool:
        """Returns whether a reservation for the organization makes any difference to this book."""
        return self.counts_contacts(organization_id) or self._capacities.is_known(organization_id)

    def ledgers(self, portfolio: Portfolio, send_time_us: int, now_us: int) -> Sequence[CapacityLedger]:
        """Returns what limits the portfolio's volume and cost at send_time, read from the log where necessary.

        Raises:
            BanditError: The log cannot be read.
        """
        return self._capacities.ledgers(portfolio, send_time_us, now_us)

    def reserve(self, held: HeldContact) -> bool:
        """Counts a decision's contact from now on; returns whether that may change what others may get."""
        contact = held.contact
        if self.counts_contacts(contact.organization_id):
            customer = self._customer(contact)
            self._young[customer] = self._with(self._young[customer], held)
        return self._capacities.take(held)

    def is_unsettled(self, held: HeldContact) -> bool:
        """Returns whether a decision's contact counts in this round, as nothing has become of the decision so far.

        Raises:
            BanditError: The log cannot be read.
        """
        return held.contact.counts_at(self._now_us) and self._log.get_activation(held.decision_id) is None

    def lift(self, held: HeldContact) -> Lifted:
        """Counts a decision's contact no longer, if it is unsettled; returns what `put_back` takes back."""
        customer = self._customer(held.contact)
        entry = self._young.get(customer, _BLANK)
        of_customer = held.decision_id in entry.decision_ids
        if of_customer:
            self._young[customer] = _without(entry, held.decision_id)
        return Lifted(held, of_customer, self._capacities.give_back(held))

    def put_back(self, lifted: Lifted) -> None:
        """Counts a contact again where it counted before it was lifted."""
        contact = lifted.held.contact
        if lifted.of_customer:
            customer = self._customer(contact)
            self._young[customer] = self._with(self._young[customer], lifted.held)
        if lifted.of_capacity:
            self._capacities.take(lifted.held)

    def activated(self, decision: Decision, activation: Activation, position: int) -> None:
        """Takes in an activation that was committed at a position of the log."""
        for contact in (decision.counted_contact, activation.contact):
            if contact is not None:
                self.forget_customer(self._customer(contact))
        new = activation.contact
        if activation.state is ActivationState.SENT and decision.contact is not None:
            new = structs.replace(decision.contact, contact_time_us=activation.activate_time_us, hold_until_us=None)
        self._capacities.move(decision.decision_id, decision.contact, new, position)

    def sent_before(self, decision: Decision, position: int) -> None:
        """Takes in the contact of a past send that was committed at a position of the log."""
        if decision.contact is not None:
            self.forget_customer(self._customer(decision.contact))
            self._capacities.move(decision.decision_id, None, decision.contact, position)

    def forget_customer(self, customer: Customer) -> None:
        """Makes the next round read a customer: something other than a contact was committed, or may have been."""
        customer = self.known_as(customer)
        self._young.pop(customer, None)
        self._old.pop(customer, None)

    def consented(self, customer: Customer) -> None:
        """Makes the next round read a customer: a consent was committed, or may have been."""
        self._has_consents[customer[0]] = True
        self.forget_customer(customer)

    def merged(self, organization_id: str, customer_ids: Iterable[str]) -> None:
        """Makes the next round read customers by merges that were committed, or may have been."""
        for customer_id in customer_ids:
            self.forget_customer((organization_id, customer_id))
        self.merges.outdate(organization_id)

    def forget(self, customer: Customer) -> None:
        """Makes the next round read a customer, and the capacity of the organization: what was committed is not known."""
        self.forget_customer(customer)
        self._capacities.forget(customer[0])

    def _customer(self, contact: Contact) -> Customer:
        return self.known_as((contact.organization_id, contact.customer_id))

    def _settings_changed(self, portfolio_id: str) -> None:
        organization_id = self._resources.portfolio(portfolio_id).value.organization_id
        self._changed.add(organization_id)
        if self.held_runs.holder(organization_id) is not None:
            self._held_before.add(organization_id)
        elif organization_id in self._held_before:
            self._held_before.discard(organization_id)
            self._forget_customers(organization_id)
            self._capacities.forget(organization_id)

    def _widen(self, organization_id: str) -> None:
        """Forgets all customers of an organization where contacts matter from further back than was read."""
        known, now = self._horizons.get(organization_id, 0), self._horizon(organization_id)
        self._horizons[organization_id] = now
        if known is not None and (now is None or now > known):
            self._forget_customers(organization_id)

    def _forget_customers(self, organization_id: str) -> None:
        for generation in (self._young, self._old):
            for customer in [customer for customer in generation if customer[0] == organization_id]:
                del generation[customer]

    def _horizon(self, organization_id: str) -> int | None:
        whole = self._resources.organization(organization_id).contact_policy
        horizons = [
            ContactLimits(whole, recorded.value.contact_policy, recorded.value.portfolio_id).horizon_us
            for recorded in self._resources.portfolios()
            if recorded.value.organization_id == organization_id
        ]
        known = [horizon for horizon in horizons if horizon is not None]
        return None if len(known) < len(horizons) else max(known, default=0)

    def _read(self, organization_id: str, customer_ids: Sequence[str]) -> dict[Customer, BanditError]:
        try:
            self._fetch(organization_id, customer_ids)
        except BanditError as error:
            if not isinstance(error, RecordDamaged) or len(customer_ids) == 1:
                return {(organization_id, customer_id): error for customer_id in customer_ids}
        else:
            return {}
        # Somebody's record is damaged, which is to harm nobody else.
        failed: dict[Customer, BanditError] = {}
        for customer_id in customer_ids:
            failed |= self._read(organization_id, [customer_id])
        return failed

    def _fetch(self, organization_id: str, customer_ids: Sequence[str]) -> None:
        merges = self.merges.of(organization_id)
        ids = [one for customer_id in customer_ids for one in merges.family(customer_id)] if merges else customer_ids
        contacts: defaultdict[str, list[HeldContact]] = defaultdict(list)
        if self.counts_contacts(organization_id):
            for held in self._log.contacts_of(organization_id, ids, self._from_us(organization_id)):
                if held.contact.counts_at(self._now_us):
                    contacts[merges.survivor(held.contact.customer_id)].append(held)
        consents: defaultdict[str, list[Consent]] = defaultdict(list)
        if self._is_any_consent(organization_id):
            for recorded in self._log.consents_of(organization_id, ids):
                consents[merges.survivor(recorded.value.customer_id)].append(recorded.value)
        for customer_id in customer_ids:
            entry = _BLANK
            if customer_id in contacts or customer_id in consents:
                entry = _entry(sorted(contacts[customer_id], key=_order), tuple(consents[customer_id]))
            self._young[organization_id, customer_id] = entry

    def _is_any_consent(self, organization_id: str) -> bool:
        if organization_id not in self._has_consents:
            try:
                self._has_consents[organization_id] = bool(self._log.read_consents(organization_id, 0, 1))
            except RecordDamaged:
                self._has_consents[organization_id] = True
        return self._has_consents[organization_id]

    def _from_us(self, organization_id: str) -> int:
        """Returns the time before which contacts do not matter."""
        horizon_us = self._horizons.get(organization_id, 0)
        return 0 if horizon_us is None else max(0, self._now_us - _MOST_BACK_US - horizon_us)

    def _with(self, entry: _Entry, held: HeldContact) -> _Entry:
        kept = _held(entry)
        if len(kept) >= _PRUNE_AT:
            oldest_us = self._from_us(held.contact.organization_id)
            kept = [one for one in kept if one.contact.contact_time_us >= oldest_us]
        insort(kept, held, key=_order)
        return _entry(kept, entry.standing.consents)


def _entry(ordered: Sequence[HeldContact], consents: tuple[Consent, ...]) -> _Entry:
    contacts = tuple([one.contact for one in ordered])
    with_ghosts = standing = CustomerStanding(contacts, consents)
    if any(contact.is_ghost for contact in contacts):
        standing = CustomerStanding(tuple([contact for contact in contacts if not contact.is_ghost]), consents)
    return _Entry(tuple([one.decision_id for one in ordered]), with_ghosts, standing)


def _order(one: HeldContact) -> tuple[int, str]:
    return one.contact.contact_time_us, one.decision_id


def _held(entry: _Entry) -> list[HeldContact]:
    return [HeldContact(*pair) for pair in zip(entry.decision_ids, entry.with_ghosts.contacts, strict=True)]


def _without(entry: _Entry, decision_id: str) -> _Entry:
    return _entry([one for one in _held(entry) if one.decision_id != decision_id], entry.standing.consents)
