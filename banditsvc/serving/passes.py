"""Deciding a round of requests in passes, so that each sees what those before it have reserved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.errors import BanditError
from banditsvc.ports import HeldContact
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.contact_book import ContactBook, Customer
from banditsvc.serving.deciding import decide_all
from banditsvc.serving.message_fields import message_fields
from banditsvc.serving.prepared_set import PreparedSet
from banditsvc.serving.to_decide import ToDecide


@dataclass(frozen=True, slots=True)
class ToRank:
    """A request that is to be decided in this round, under this id."""

    decision_id: str
    input: RankInput
    dry_run: bool = False
    superseded: HeldContact | None = None
    """Contact of the decision that it supersedes, if that has one: it counts no longer for this one."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A decision that was made, and what is passed through for the chosen campaign."""

    decision: Decision
    message_fields: Mapping[str, str]


def decide_in_passes(
    requests: Sequence[ToRank], active_of: Callable[[str], ActivePortfolio], book: ContactBook, now_us: int
) -> list[Ranked | BanditError]:
    """Decides requests in their order and reserves their contacts in the book; none awaits anything.

    Each is decided as if it were alone, after those before it. What does not touch is decided together: a pass has each
    customer with reservations once, and ends where one of them leaves less capacity for somebody. Those behind it are
    decided anew in the next pass, with the same draw, so each logged probability is that of the set that was left.

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
        self._ledgers: dict[int, Sequence[CapacityLedger]] = {}
        """By place, where capacity is limited."""
        self._lifted: set[int] = set()
        """Places whose superseded contact counts no longer."""
        self.answers: list[Ranked | BanditError | None] = [None] * len(requests)

    def decide(self) -> None:
        failed = self._book.load(self._customers, self._now_us)
        for place, customer in enumerate(self._customers):
            active, asked = self._active[place], self._requests[place].input
            try:
                active.check_inline(asked)
                if active.organization.capacities or active.portfolio.capacities:
                    self._ledgers[place] = self._book.ledgers(active.portfolio, asked.send_time_us, self._now_us)
            except BanditError as error:
                self.answers[place] = error
            if customer in failed:
                self.answers[place] = failed[customer]
        waiting = [place for place, answer in enumerate(self.answers) if answer is None]
        in_order = bool(self._ledgers)
        while waiting:
            places = self._next_pass(waiting, in_order=in_order)
            decided = set(places[: self._decide_pass(places)])
            waiting = [place for place in waiting if place not in decided]

    def _next_pass(self, waiting: Sequence[int], *, in_order: bool) -> list[int]:
        """Returns those that can be decided side by side, at least the first.

        Where no capacity is limited, customers have nothing to do with each other: each is in turn for itself.
        """
        reserving: set[Customer] = set()
        places: list[int] = []
        for place in waiting:
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
        for count, (place, decision) in enumerate(zip(places, self._decide(places, prepared), strict=True), start=1):
            fields = message_fields(prepared[count - 1], decision)
            self.answers[place] = Ranked(decision, fields)
            if decision.contact is None or not self._reserves(self._requests[place]):
                continue
            if self._book.reserve(HeldContact(decision.decision_id, decision.contact)):
                return count
        return len(places)

    def _prepare(self, place: int) -> PreparedSet:
        request = self._requests[place]
        old = request.superseded
        lifted = old is not None and place not in self._lifted and self._book.lift(old)
        prepared = self._active[place].prepared_set(
            request.input,
            self._book.standing(self._customers[place]),
            self._now_us,
            self._ledgers.get(place, ()),
        )
        if lifted and old is not None:
            if request.dry_run:
                self._book.reserve(old)
            else:
                self._lifted.add(place)
        return prepared

    def _decide(self, places: Sequence[int], prepared: Sequence[PreparedSet]) -> list[Decision]:
        groups: dict[int, list[int]] = {}
        for index, place in enumerate(places):
            groups.setdefault(id(self._active[place]), []).append(index)
        decisions: dict[int, Decision] = {}
        for indexes in groups.values():
            wanted = [
                ToDecide(
                    self._requests[places[index]].decision_id, self._requests[places[index]].input, prepared[index]
                )
                for index in indexes
            ]
            decisions.update(zip(indexes, decide_all(self._active[places[indexes[0]]], wanted), strict=True))
        return [decisions[index] for index in range(len(places))]

    @staticmethod
    def _reserves(request: ToRank) -> bool:
        return not request.dry_run and not request.input.is_test
