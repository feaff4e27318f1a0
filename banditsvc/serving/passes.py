"""Deciding a round of requests in passes, so that each sees what those before it have reserved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from banditsvc.core.assignment import UNASSIGNED, Assigned
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.capacity_left import CapacityLeft
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.errors import BanditError
from banditsvc.core.held_counters import HeldCapacity
from banditsvc.ports import HeldContact
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.contact_book import ContactBook, Customer
from banditsvc.serving.deciders import BY_POLICY
from banditsvc.serving.deciding import decide_all
from banditsvc.serving.message_fields import message_fields
from banditsvc.serving.prepared_set import PreparedSet
from banditsvc.serving.to_decide import ToDecide


class ToRank(NamedTuple):
    """A request that is to be decided in this round, under this id."""

    decision_id: str
    input: RankInput
    dry_run: bool = False
    superseded: HeldContact | None = None
    """Contact of the decision that it supersedes, if that had one when the request came: it is not to count here."""


class Ranked(NamedTuple):
    """A decision that was made, and what is passed through for the chosen campaign."""

    decision: Decision
    message_fields: Mapping[str, str]


def decide_in_passes(
    requests: Sequence[ToRank], active_of: Callable[[str], ActivePortfolio], book: ContactBook, now_us: int
) -> list[Ranked | BanditError]:
    """Decides requests in their order and reserves their contacts in the book; none awaits anything.

    Each is decided as if it were alone, after those before it. What does not touch is decided together: a pass has each
    customer with reservations once, and ends before the first for whom those before it have left another set. From
    there on all are decided anew in the next pass, with the same draw, so each logged probability is that of the set
    that was left. A pass is half as long after one that ended early, and twice as long after one that did not: however
    often that happens, few requests are decided in vain.

    Should what was decided not be stored, the book must be made to forget it.
    """
    found = _Round(requests, active_of, book, now_us)
    found.decide()
    return [answer for answer in found.answers if answer is not None]


class _Round:
    def __init__(
        self, requests: Sequence[ToRank], active_of: Callable[[str], ActivePortfolio], book: ContactBook, now_us: int
    ) -> None:
        self._requests = requests
        self._book = book
        self._now_us = now_us
        self._active = [active_of(request.input.portfolio_id) for request in requests]
        self._customers: list[Customer] = [
            (active.portfolio.organization_id, request.input.customer_id)
            for active, request in zip(self._active, requests, strict=True)
        ]
        self._assigned: list[Assigned] = [UNASSIGNED] * len(requests)
        self._challenged = [False] * len(requests)
        """Whether the policy on trial decides for the customer."""
        self._ledgers: dict[int, Sequence[CapacityLeft]] = {}
        """By place, where capacity is limited."""
        self._superseded: dict[int, HeldContact] = {}
        """Contacts that are not to count, by the place for which they are not."""
        self._lifted: set[str] = set()
        """Superseded decisions whose contact counts no longer for anybody."""
        self.answers: list[Ranked | BanditError | None] = [None] * len(requests)

    def decide(self) -> None:
        failed = self._book.load(self._customers, self._now_us)
        for place, customer in enumerate(self._customers):
            active, asked = self._active[place], self._requests[place].input
            try:
                active.check_inline(asked)
                if not self._requests[place].dry_run:
                    # A run may have begun since the request came.
                    self._book.held_runs.check_occasion(asked.portfolio_id, asked.occasion)
                key = asked.assignment_key or asked.customer_id
                self._assigned[place] = active.assign(key, asked.channel)
                self._challenged[place] = self._assigned[place].group in BY_POLICY and active.is_challenged(key)
                if active.organization.capacities or active.portfolio.capacities:
                    ledgers = self._book.ledgers(active.portfolio, asked.send_time_us, self._now_us)
                    is_held = self._book.held_runs.holds(active.portfolio.organization_id)
                    self._ledgers[place] = [HeldCapacity(one) for one in ledgers] if is_held else ledgers
                old = self._requests[place].superseded
                # Since the request came, something else may have become of what it supersedes.
                if old is not None and self._book.is_unsettled(old):
                    self._superseded[place] = old
            except BanditError as error:
                self.answers[place] = error
            if customer in failed:
                self.answers[place] = failed[customer]
            self._customers[place] = self._book.known_as(customer)
        waiting = [place for place, answer in enumerate(self.answers) if answer is None]
        in_order = bool(self._ledgers)
        longest = len(waiting)
        while waiting:
            places = self._next_pass(waiting, longest, in_order=in_order)
            count = self._decide_pass(places)
            longest = max(1, len(places) // 2) if count < len(places) else 2 * longest
            decided = set(places[:count])
            waiting = [place for place in waiting if place not in decided]

    def _next_pass(self, waiting: Sequence[int], longest: int, *, in_order: bool) -> list[int]:
        """Returns those that can be decided side by side, at least the first and at most the longest pass.

        Where no capacity is limited, customers have nothing to do with each other: each is in turn for itself.
        """
        reserving: set[Customer] = set()
        places: list[int] = []
        for place in waiting:
            if len(places) == longest:
                break
            request, customer = self._requests[place], self._customers[place]
            if customer in reserving:
                if in_order:
                    break
                continue
            if in_order and places and request.superseded is not None:
                # It gives back capacity, which those before it must not see.
                break
            if self._reserves(request) and self._book.counts_contacts(customer[0]):
                reserving.add(customer)
            places.append(place)
        return places

    def _decide_pass(self, places: Sequence[int]) -> int:
        """Decides requests together and returns how many of them stand."""
        prepared = [self._prepare(place) for place in places]
        has_less = False
        for count, (place, decision) in enumerate(zip(places, self._decide(places, prepared), strict=True)):
            if has_less and not _is_same(prepared[count], self._prepare(place)):
                return count
            fields = message_fields(prepared[count], decision)
            self.answers[place] = Ranked(decision, fields)
            contact = decision.counted_contact
            if contact is None or not self._reserves(self._requests[place]):
                continue
            if self._book.counts(contact.organization_id):
                has_less = self._book.reserve(HeldContact(decision.decision_id, contact)) or has_less
        return len(places)

    def _prepare(self, place: int) -> PreparedSet:
        request = self._requests[place]
        old = self._superseded.get(place)
        lifted = None if old is None or old.decision_id in self._lifted else self._book.lift(old)
        prepared = self._active[place].prepared_set(
            request.input,
            self._book.standing(self._customers[place], with_ghosts=self._is_held_out(place)),
            self._now_us,
            self._ledgers.get(place, ()),
            is_held=self._book.held_runs.holds(self._customers[place][0]),
        )
        if lifted is not None:
            if request.dry_run:
                self._book.put_back(lifted)
            else:
                self._lifted.add(lifted.held.decision_id)
        return prepared

    def _decide(self, places: Sequence[int], prepared: Sequence[PreparedSet]) -> list[Decision]:
        requests = self._requests
        wanted = [
            ToDecide(
                requests[place].decision_id, requests[place].input, one, self._assigned[place], self._challenged[place]
            )
            for place, one in zip(places, prepared, strict=True)
        ]
        groups: dict[int, list[int]] = {}
        for index, place in enumerate(places):
            groups.setdefault(id(self._active[place]), []).append(index)
        if len(groups) == 1:
            return decide_all(self._active[places[0]], wanted)
        decisions: dict[int, Decision] = {}
        for indexes in groups.values():
            made = decide_all(self._active[places[indexes[0]]], [wanted[index] for index in indexes])
            decisions.update(zip(indexes, made, strict=True))
        return [decisions[index] for index in range(len(places))]

    def _is_held_out(self, place: int) -> bool:
        return self._assigned[place].group is AssignmentGroup.HOLDOUT

    @staticmethod
    def _reserves(request: ToRank) -> bool:
        return not request.dry_run and not request.input.is_test


def _is_same(one: PreparedSet, other: PreparedSet) -> bool:
    """Returns whether two sets, prepared for the same request in one round, give the same decision."""
    return one is other or (
        one.ids == other.ids and one.rejections == other.rejections and one.force_reason == other.force_reason
    )
