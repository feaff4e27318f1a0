"""Reads the tables of a scope from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.contact import Contact
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.lift_spec import LiftPopulation
from banditsvc.core.merges import Merges
from banditsvc.lift_tables.completeness import Complete, complete_through
from banditsvc.lift_tables.enrolled import Enrolled, EnrolledBook
from banditsvc.lift_tables.orders import OrderBook
from banditsvc.lift_tables.scope import LiftScope
from banditsvc.ports import DecisionLog, Recorded, Watermark

PAGE = 2_000
"""Records held in memory at a time."""
_POLICYS_OWN = {
    DecidedBy.POLICY,
    DecidedBy.FALLBACK,
    DecidedBy.GUARDRAIL,
    DecidedBy.FORCED,
    DecidedBy.RANDOM_SHARE,
}
_IN_ITS_PLACE = {AssignmentGroup.OPTIMIZED, AssignmentGroup.HOLDOUT}
"""Who decides for the group OPTIMIZED, and for a held-out customer's ghost."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftTables:
    """What the log says of a scope, as of one commit."""

    scope: LiftScope
    enrolled: Enrolled
    orders: pd.DataFrame
    """One row per order of anybody: customer_id, outcome_id, occur_us, amount (net of refunds), is_revenue, is_conversion."""
    complete: Complete
    read_us: int
    """Time of the commit."""


def read_tables(
    log: DecisionLog,
    scope: LiftScope,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> LiftTables:
    """Returns the tables of a scope; the log may grow meanwhile.

    Args:
        log: The log.
        scope: Whose division it is about.
        progress: Told again and again how many decisions were read, and how many there are.
    """
    mark = log.watermark()
    complete = complete_through(log, scope, mark)
    merges = Merges((one.record_time_us, one.value) for one in log.read_merges(scope.organization_id, 0))
    orders = OrderBook(scope.lift)
    for portfolio in scope.portfolios:
        for outcomes in _pages(log.read_outcomes, portfolio.portfolio_id, mark):
            for logged in outcomes:
                orders.add(logged.value)
    reader = _Reader(log, scope, orders.decision_ids())
    reader.read(mark, progress)
    return LiftTables(
        scope=scope,
        enrolled=reader.book.enrolled(merges),
        orders=orders.frame(reader.customer_of, merges),
        complete=complete,
        read_us=mark.time_us,
    )


class _Reader:
    """Reads enrollments and decisions."""

    def __init__(self, log: DecisionLog, scope: LiftScope, named: set[str]) -> None:
        self._log = log
        self._scope = scope
        self._named = named
        self._needs_activation = scope.lift.population is LiftPopulation.ACTIVATED
        self.book = EnrolledBook(scope)
        self.customer_of: dict[str, str] = {}
        """Customer of each decision that an order names; tests are nobody's."""

    def read(self, mark: Watermark, progress: Callable[[int, int], None]) -> None:
        portfolio_ids = [portfolio.portfolio_id for portfolio in self._scope.portfolios]
        total = sum(self._log.count_decisions(portfolio_id, 0) for portfolio_id in portfolio_ids)
        done = 0
        for portfolio_id in portfolio_ids:
            if not self._needs_activation:
                for enrollments in _pages(self._log.read_enrollments, portfolio_id, mark):
                    for one in enrollments:
                        place = self.book.draw_of(one.value.draws)
                        if place >= 0:
                            value = one.value
                            self.book.enroll(value.customer_id, value.draws, place, value.context, one.record_time_us)
            for decisions in _pages(self._log.read_decisions, portfolio_id, mark):
                self._take(decisions)
                done += len(decisions)
                progress(done, max(done, total))

    def _take(self, decisions: Sequence[Recorded[Decision]]) -> None:
        looked_up = [
            one.value.decision_id for one in decisions if self._needs_activation or one.value.result is Result.HELD_OUT
        ]
        activations = {one.value.decision_id: one.value for one in self._log.activations_of(looked_up)}
        for recorded in decisions:
            decision = recorded.value
            if decision.input.is_test:
                continue
            if decision.decision_id in self._named:
                self.customer_of[decision.decision_id] = decision.input.customer_id
            place = self.book.draw_of(decision.draws)
            if place >= 0:
                self._enroll(recorded, place, activations)

    def _enroll(self, recorded: Recorded[Decision], place: int, activations: Mapping[str, Activation]) -> None:
        decision = recorded.value
        asked = decision.input
        activation = activations.get(decision.decision_id)
        entry_us, contact_us = recorded.record_time_us, asked.send_time_us
        if self._needs_activation:
            if activation is None or activation.state is not ActivationState.SENT:
                self.book.wait(asked.customer_id, was_sent=was_sent(decision, activation))
                return
            entry_us = contact_us = activation.activate_time_us
        row = self.book.enroll(asked.customer_id, decision.draws, place, asked.context, entry_us)
        contact = would_be_contact(decision, place)
        if contact is not None:
            self.book.note_would_be_contact(row, contact, contact_us)
        if was_sent(decision, activation):
            self.book.note_sent(row)


def would_be_contact(decision: Decision, place: int) -> Contact | None:
    """Returns the contact that a decision makes, or would have made, alike for target and held-out customers.

    It counts by the decision alone and not by what became of it: what a caller does with a decision to send nothing says
    nothing of what it would have done with a contact, so counting only what was activated would take other customers in
    one group than in the other. Only what the policy's side decides counts, whether the policy, business as usual in its
    place, a guardrail or an override: a ghost is made by the same. For that reason all other divisions must leave the
    customer OPTIMIZED too: else a target customer gets what another group decides, and a ghost what the policy does.
    A transactional campaign that is forced goes to held-out customers as well, and so makes no difference to anybody.

    Args:
        decision: Not a test.
        place: Place of the draw among the decision's that the groups are by.
    """
    ghost = decision.would_have_sent
    decided_by = decision.decided_by if ghost is None else ghost.decided_by
    # What business as usual decides for customers who are optimized, it decides in the policy's place.
    is_own = decided_by in _POLICYS_OWN or (
        decided_by is DecidedBy.BUSINESS_AS_USUAL and decision.group in _IN_ITS_PLACE
    )
    contact = decision.counted_contact
    if contact is None or not is_own:
        return None
    if decided_by is DecidedBy.FORCED and contact.campaign.is_transactional:
        return None
    draws = decision.draws
    others = (draw.group for at, draw in enumerate(draws) if at != place)
    return contact if all(group is AssignmentGroup.OPTIMIZED for group in others) else None


def was_sent(decision: Decision, activation: Activation | None) -> bool:
    """Returns whether something went out that a held-out customer should not get.

    That is a campaign that was decided for, or one that replaced an answer to send nothing; transactional ones go to
    everyone.
    """
    if decision.result is Result.CAMPAIGN:
        return decision.contact is not None and not decision.contact.campaign.is_transactional
    if activation is None or activation.state is not ActivationState.REPLACED_BY:
        return False
    sent = activation.contact
    return activation.replaced_by != NO_CONTACT and not (sent is not None and sent.campaign.is_transactional)


def _pages(
    read: Callable[[str, int, int], list[Recorded[T]]], portfolio_id: str, mark: Watermark
) -> Iterator[list[Recorded[T]]]:
    """Yields the records up to a commit, page by page."""
    after = 0
    while page := read(portfolio_id, after, PAGE):
        wanted = [one for one in page if one.position <= mark.position]
        if wanted:
            yield wanted
        if len(wanted) < len(page):
            return
        after = page[-1].position
