"""The capacity book: how much of each volume and budget is taken, kept in step with the log."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.contact import Contact
from banditsvc.core.decision_id import audience_row_of
from banditsvc.core.organization import Organization
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.time_zones import zone
from banditsvc.ports import DecisionLog, HeldContact
from banditsvc.serving.resources import Resources

_MOST_STALE = 1_024
"""Deadlines of contacts that are held no longer, beyond as many as are held, from which they are cleared away."""


@dataclass(slots=True)
class _Ledgers:
    """Those of one organization, and the contacts in them that wait to be activated."""

    organization_id: str
    settings: tuple[object, ...]
    """What the organization's own ledger was made from."""
    whole: CapacityLedger
    portfolios: dict[str, tuple[tuple[object, ...], CapacityLedger]] = field(default_factory=dict)
    """By portfolio_id, with what each was made from."""
    is_read: bool = False
    """Whether anything was read so far, the held contacts with it."""
    held: dict[str, Contact] = field(default_factory=dict)
    """By decision_id."""
    settled: set[str] = field(default_factory=set)
    """Those of them of which the log has known more when a period was read, and of which this is yet to be told."""
    deadlines: list[tuple[int, str]] = field(default_factory=list)
    """A heap of hold_until and decision_id; some of them are held no longer."""
    row_deadlines: set[int] = field(default_factory=set)
    """hold_until of audiences' rows, which are counted without being remembered one by one."""
    now_us: int = 0
    """Up to when what nobody has activated was given back."""

    def ledger(self, portfolio_id: str) -> CapacityLedger:
        """Returns the ledger of a portfolio, the organization's own for an empty id."""
        return self.portfolios[portfolio_id][1] if portfolio_id else self.whole

    def take(self, held: HeldContact) -> bool:
        """Counts a contact; returns whether some ledger has less room by it."""
        self.note_held(held)
        has_less = False
        for ledger in self._ledgers_of(held.contact):
            has_less = ledger.take(held.contact) or has_less
        return has_less

    def give_back(self, held: HeldContact, position: int | None = None) -> bool:
        """Takes a contact off the counts that have it; returns whether it was in any.

        With a position of the log, from which on it counts no longer, those read later do not have it.
        """
        waited = self.held.pop(held.decision_id, None) is not None or self._is_waiting_row(held)
        self.settled.discard(held.decision_id)
        if held.contact.hold_until_us is not None and not waited:
            return False
        for ledger in self._ledgers_of(held.contact):
            ledger.give_back(held.contact, position)
        return True

    def take_stored(self, contact: Contact, position: int) -> None:
        """Counts a contact that stands since a position of the log, where it is not counted yet."""
        for ledger in self._ledgers_of(contact):
            ledger.take(contact, position)

    def note_held(self, held: HeldContact) -> None:
        """Remembers that a contact in the counts waits to be activated, if it does."""
        if held.contact.hold_until_us is None:
            return
        self.held[held.decision_id] = held.contact
        heapq.heappush(self.deadlines, (held.contact.hold_until_us, held.decision_id))
        if len(self.deadlines) > 2 * len(self.held) + _MOST_STALE:
            self.deadlines = [
                (contact.hold_until_us, decision_id)
                for decision_id, contact in self.held.items()
                if contact.hold_until_us is not None
            ]
            heapq.heapify(self.deadlines)

    def note_read(self, held: Sequence[HeldContact], row_deadlines: Sequence[int]) -> None:
        """Takes in what the log says is held, as of the position at which periods were read."""
        self.row_deadlines.update(row_deadlines)
        if not self.is_read:
            self.is_read = True
            for one in held:
                self.note_held(one)
        else:
            self.settled.update(self.held.keys() - {one.decision_id for one in held})

    def has_late_rows(self, now_us: int) -> bool:
        """Returns whether rows of audiences are counted that nobody has activated in time: then all is to be read anew."""
        return any(deadline_us < now_us for deadline_us in self.row_deadlines)

    def expire(self, now_us: int) -> None:
        """Gives back what nobody has activated in time."""
        self.now_us = max(self.now_us, now_us)
        while self.deadlines and self.deadlines[0][0] < now_us:
            hold_until_us, decision_id = heapq.heappop(self.deadlines)
            contact = self.held.get(decision_id)
            if (
                contact is not None
                and contact.hold_until_us == hold_until_us
                # What was said of it in time is on its way here, and not every period that was read has it.
                and decision_id not in self.settled
            ):
                self.give_back(HeldContact(decision_id, contact))

    def _is_waiting_row(self, held: HeldContact) -> bool:
        """Returns whether a contact is a row's that is counted, as long as nothing has become of its decision."""
        hold_until_us = held.contact.hold_until_us
        return (
            hold_until_us in self.row_deadlines
            and hold_until_us >= self.now_us
            and audience_row_of(held.decision_id) is not None
        )

    def _ledgers_of(self, contact: Contact) -> list[CapacityLedger]:
        found = [self.whole]
        if contact.portfolio_id in self.portfolios:
            found.append(self.portfolios[contact.portfolio_id][1])
        return found


class CapacityBook:
    """The ledgers of every organization and portfolio that limits volume or cost, read from the log when first needed.

    Each period is read with the position of the log that it stands for, so that an activation, which is told here after
    its commit, changes the periods that were read before it and no other. What cannot be kept in step is forgotten and
    read anew.
    """

    def __init__(self, resources: Resources, log: DecisionLog) -> None:
        self._resources = resources
        self._log = log
        self._organizations: dict[str, _Ledgers] = {}

    def ledgers(self, portfolio: Portfolio, send_time_us: int, now_us: int) -> Sequence[CapacityLedger]:
        """Returns what limits contacts of a portfolio at send_time, loaded for it.

        Raises:
            BanditError: The log cannot be read.
        """
        organization = self._resources.organization(portfolio.organization_id)
        if not organization.capacities and not portfolio.capacities:
            return ()
        known = self._known(organization, portfolio)
        if known.has_late_rows(now_us):
            self.forget(organization.organization_id)
            known = self._known(organization, portfolio)
        known.expire(now_us)
        found = []
        for portfolio_id in ("", portfolio.portfolio_id):
            ledger = known.ledger(portfolio_id)
            if not ledger.is_empty:
                if not ledger.is_loaded(send_time_us):
                    self._load(known, portfolio_id, send_time_us, now_us)
                found.append(ledger)
        return found

    def is_known(self, organization_id: str) -> bool:
        """Returns whether an organization has ledgers that are kept in step."""
        return organization_id in self._organizations

    def take(self, held: HeldContact) -> bool:
        """Counts a contact, unless it is a ghost's; returns whether there is less room for somebody by it."""
        if held.contact.is_ghost:
            return False
        known = self._organizations.get(held.contact.organization_id)
        return known is not None and known.take(held)

    def give_back(self, held: HeldContact) -> bool:
        """Counts a contact no longer; returns whether it was counted."""
        if held.contact.is_ghost:
            return False
        known = self._organizations.get(held.contact.organization_id)
        return known is not None and known.give_back(held)

    def move(self, decision_id: str, old: Contact | None, new: Contact | None, position: int) -> None:
        """Puts one contact in the place of another, as was committed at a position of the log."""
        organization_id = next((contact.organization_id for contact in (old, new) if contact is not None), "")
        known = self._organizations.get(organization_id)
        if known is None:
            return
        if old is not None:
            known.give_back(HeldContact(decision_id, old), position)
        if new is not None:
            known.take_stored(new, position)

    def forget(self, organization_id: str) -> None:
        """Makes the next round read an organization's ledgers."""
        self._organizations.pop(organization_id, None)

    def _known(self, organization: Organization, portfolio: Portfolio) -> _Ledgers:
        """Returns the ledgers of an organization, new ones where its settings or the portfolio's have changed."""
        settings = (organization.capacities, organization.time_zone)
        own_zone = portfolio.time_zone or organization.time_zone
        own_settings = (portfolio.capacities, own_zone)
        known = self._organizations.get(organization.organization_id)
        if known is None or known.settings != settings:
            whole = CapacityLedger(organization.capacities, zone(organization.time_zone))
            known = _Ledgers(organization.organization_id, settings, whole)
            self._organizations[organization.organization_id] = known
        own = known.portfolios.get(portfolio.portfolio_id)
        if own is None or own[0] != own_settings:
            own_ledger = CapacityLedger(portfolio.capacities, zone(own_zone))
            known.portfolios[portfolio.portfolio_id] = (own_settings, own_ledger)
        return known

    def _load(self, known: _Ledgers, portfolio_id: str, send_time_us: int, now_us: int) -> None:
        organization_id, ledger = known.organization_id, known.ledger(portfolio_id)
        spans = ledger.periods(send_time_us)
        while True:
            position = self._log.watermark().position
            tallies = [
                self._log.tally_contacts(organization_id, portfolio_id, from_us, to_us, now_us)
                for from_us, to_us in spans
            ]
            held = self._log.held_contacts(organization_id, now_us)
            row_deadlines = self._log.row_deadlines(organization_id, now_us)
            # A commit may end meanwhile, but no other begins: this runs where commits are begun from.
            if self._log.watermark().position == position:
                break
        for (from_us, to_us), found in zip(spans, tallies, strict=True):
            ledger.load(from_us, to_us, found, position)
        known.note_read(held, row_deadlines)
