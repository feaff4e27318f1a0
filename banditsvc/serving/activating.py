"""The Activate path: what became of a decision."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from banditsvc.core.activation import Activation, ActivationState, ActivationStatus
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.errors import (
    BanditError,
    FailedPrecondition,
    FieldViolation,
    InvalidRequest,
    LogUnavailable,
    NotFound,
)
from banditsvc.core.funnel_candidate import labels_of
from banditsvc.core.settle import must_be_activated
from banditsvc.core.times import SECOND_US
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock, DecisionLog, Recorded
from banditsvc.serving.contact_book import ContactBook, Customer
from banditsvc.serving.pending import Pending
from banditsvc.serving.replaying import is_paused
from banditsvc.serving.resources import Resources

_CLOCK_TOLERANCE_US = 5 * SECOND_US
"""How far the caller's clock may be off ours."""


NOT_STORED = LogUnavailable("the activation was not stored; repeat the request")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateCall:
    """One request of Activate; without a time it is now."""

    decision_id: str
    state: ActivationState
    activate_time_us: int | None = None
    replaced_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """An activation that is to be stored, and where its answer goes."""

    index: int
    activation: Activation
    decision: Decision


class Activator:
    """Answers Activate and BatchActivate. The first word on a decision stands."""

    def __init__(
        self,
        resources: Resources,
        log: DecisionLog,
        committer: GroupCommitter,
        clock: Clock,
        pending: Pending,
        *,
        book: ContactBook,
    ) -> None:
        self._resources = resources
        self._log = log
        self._committer = committer
        self._clock = clock
        self._pending = pending
        self._book = book

    async def activate(self, calls: Sequence[ActivateCall]) -> list[ActivationStatus | BanditError]:
        """Logs what became of each decision. Requests of one call behave like calls in a row.

        Errors, one per request: NotFound, InvalidRequest (a time before the decision or in the future),
        FailedPrecondition (something else was said of the decision before, it chose nothing, or it is history),
        LogUnavailable.
        """
        return await asyncio.shield(asyncio.ensure_future(self._activate(calls)))

    async def _activate(self, calls: Sequence[ActivateCall]) -> list[ActivationStatus | BanditError]:
        answers: list[ActivationStatus | BanditError | None] = [None] * len(calls)
        fresh: list[_Fresh] = []
        standing: list[tuple[int, ActivateCall, Recorded[Activation] | asyncio.Future[Recorded[Activation]]]] = []
        try:
            for index, call in enumerate(calls):
                try:
                    known = self._standing(call.decision_id)
                    if known is not None:
                        standing.append((index, call, known))
                        continue
                    decision = self._decision(call.decision_id)
                    activation = self._checked(call, decision)
                except BanditError as error:
                    answers[index] = error
                else:
                    self._pending.activations[call.decision_id] = asyncio.get_running_loop().create_future()
                    fresh.append(_Fresh(index, activation, decision.value))
        except BaseException:
            for item in fresh:
                self._fail(item.activation, NOT_STORED)
            raise
        await self._store(fresh, answers)
        for index, call, known in standing:
            answers[index] = await _repeat(call, known)
        return [answer for answer in answers if answer is not None]

    def _standing(self, decision_id: str) -> Recorded[Activation] | asyncio.Future[Recorded[Activation]] | None:
        return self._pending.activations.get(decision_id) or self._log.get_activation(decision_id)

    def _fail(self, activation: Activation, error: BanditError) -> None:
        waiting = self._pending.activations.pop(activation.decision_id)
        waiting.set_exception(error)
        waiting.exception()  # nobody may be waiting

    def _decision(self, decision_id: str) -> Recorded[Decision]:
        decision = self._log.get_outline(decision_id)
        if decision is None:
            raise NotFound("decision", decision_id)
        return decision

    def _checked(self, call: ActivateCall, decision: Recorded[Decision]) -> Activation:
        now_us = self._clock.now_us()
        if decision.value.decided_by is DecidedBy.HISTORICAL:
            raise FailedPrecondition("ALREADY_SENT", f"decision {call.decision_id!r} is history: it was sent")
        if not decision.value.campaign_id and decision.value.result is not Result.HELD_OUT:
            raise FailedPrecondition("NOTHING_CHOSEN", f"decision {call.decision_id!r} chose nothing to activate")
        activate_time_us = (
            max(now_us, decision.record_time_us) if call.activate_time_us is None else call.activate_time_us
        )
        if activate_time_us > now_us + _CLOCK_TOLERANCE_US and call.activate_time_us is not None:
            raise InvalidRequest([FieldViolation("activate_time", "must not be in the future")])
        if activate_time_us < decision.record_time_us - _CLOCK_TOLERANCE_US:
            raise InvalidRequest([FieldViolation("activate_time", "must not be before the decision")])
        return Activation(
            decision_id=call.decision_id,
            portfolio_id=decision.value.input.portfolio_id,
            state=call.state,
            activate_time_us=activate_time_us,
            replaced_by=call.replaced_by,
            reason=call.reason,
            contact=self._replacing(call, decision.value, activate_time_us),
        )

    def _replacing(self, call: ActivateCall, decision: Decision, activate_time_us: int) -> Contact | None:
        """Returns the contact of what went out instead, None for nothing and for tests."""
        asked = decision.input
        if call.state is not ActivationState.REPLACED_BY or call.replaced_by == NO_CONTACT or asked.is_test:
            return None
        state = self._resources.state(asked.portfolio_id)
        version = state.campaigns.get(call.replaced_by)
        if version is not None:
            labels = labels_of(version.campaign, asked.channel)
        elif decision.contact is not None:
            chosen = decision.contact.campaign
            labels = CampaignLabels(campaign_id=call.replaced_by, type=chosen.type, channel=chosen.channel)
        else:
            labels = CampaignLabels(campaign_id=call.replaced_by, channel=asked.channel)
        return Contact(
            organization_id=state.portfolio.value.organization_id,
            portfolio_id=asked.portfolio_id,
            customer_id=asked.customer_id,
            campaign=labels,
            contact_time_us=activate_time_us,
        )

    async def _store(self, fresh: Sequence[_Fresh], answers: list[ActivationStatus | BanditError | None]) -> None:
        if not fresh:
            return
        try:
            commit = await self._committer.append([item.activation for item in fresh])
        except BanditError as error:
            for item in fresh:
                answers[item.index] = error
                self._book.forget(self._customer(item.decision))
                self._fail(item.activation, error)
            return
        for item, position in zip(fresh, commit.positions, strict=True):
            answers[item.index] = self._stored(item, position, commit.record_time_us)

    def _stored(self, item: _Fresh, position: int | None, record_time_us: int) -> ActivationStatus | BanditError:
        """Tells the book and those who wait, and returns the answer."""
        activation = item.activation
        if position is None:
            return self._skipped(activation)
        waiting = self._pending.activations.pop(activation.decision_id)
        self._book.activated(item.decision, activation, position)
        waiting.set_result(Recorded(position, record_time_us, activation))
        return self._status(item, record_time_us)

    def _skipped(self, activation: Activation) -> ActivationStatus | BanditError:
        """Returns the answer where the log had a word on the decision already."""
        try:
            stored = self._log.get_activation(activation.decision_id)
        except BanditError as error:
            self._fail(activation, error)
            return error
        assert stored is not None, "a record that was skipped is in the log"
        self._pending.activations.pop(activation.decision_id).set_result(stored)
        return _status_of_repeat(activation, stored.value)

    def _customer(self, decision: Decision) -> Customer:
        asked = decision.input
        return self._resources.portfolio(asked.portfolio_id).value.organization_id, asked.customer_id

    def _status(self, item: _Fresh, record_time_us: int) -> ActivationStatus:
        asked = item.decision.input
        if item.activation.state is ActivationState.SENT and is_paused(self._resources, item.decision):
            return ActivationStatus.CAMPAIGN_PAUSED
        if not must_be_activated(item.decision):
            return ActivationStatus.ACCEPTED
        settle = self._resources.portfolio(asked.portfolio_id).value.learner.settle
        deadline_us = asked.send_time_us + settle.activation_deadline_us
        return ActivationStatus.EXPIRED if record_time_us > deadline_us else ActivationStatus.ACCEPTED


async def _repeat(
    call: ActivateCall, known: Recorded[Activation] | asyncio.Future[Recorded[Activation]]
) -> ActivationStatus | BanditError:
    if isinstance(known, asyncio.Future):
        try:
            known = await asyncio.shield(known)
        except BanditError as error:
            return error
    return _status_of_repeat(call, known.value)


def _status_of_repeat(asked: ActivateCall | Activation, stored: Activation) -> ActivationStatus | BanditError:
    if (asked.state, asked.replaced_by) == (stored.state, stored.replaced_by):
        return ActivationStatus.DUPLICATE
    return FailedPrecondition(
        "ALREADY_ACTIVATED", f"decision {asked.decision_id!r} is {stored.state.name} already; the first word stands"
    )
