"""Superseding: a new decision takes the place of one that was never sent."""

from __future__ import annotations

import asyncio

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.errors import AlreadyExists, BanditError, FailedPrecondition, NotFound
from banditsvc.ports import Clock, DecisionLog, HeldContact, Recorded
from banditsvc.serving.customer_ids import CustomerIds
from banditsvc.serving.pending import Pending


class Superseder:
    """Sees to it that of all words on a decision, SENT and SUPERSEDED among them, one alone stands."""

    def __init__(self, log: DecisionLog, clock: Clock, pending: Pending, customers: CustomerIds) -> None:
        self._log = log
        self._clock = clock
        self._pending = pending
        self._customers = customers

    async def reserve(self, asked: RankInput) -> HeldContact | None:
        """Holds back every other word on the old decision until `settle`; returns its contact, while it has one.

        Raises:
            NotFound: There is no such decision in the portfolio.
            AlreadyExists: It is another customer's.
            FailedPrecondition: It was sent or superseded, or one of the two is a test.
        """
        old, activation = await self._unsent(asked)
        # Nothing was awaited since they were read: what was checked still holds when the reservation is made.
        self._pending.activations[asked.supersedes] = asyncio.get_running_loop().create_future()
        return _held(old, activation)

    async def peek(self, asked: RankInput) -> HeldContact | None:
        """Returns the contact that `reserve` would, or raises what it would, for a dry run: it holds nothing back."""
        return _held(*await self._unsent(asked))

    async def _unsent(self, asked: RankInput) -> tuple[Decision, Recorded[Activation] | None]:
        """Returns the decision to be superseded and what was said of it, once nothing on it is on its way."""
        old_id = asked.supersedes
        while (waiting := self._pending.decisions.get(old_id) or self._pending.activations.get(old_id)) is not None:
            await asyncio.wait([waiting])
        old = self._log.get_outline(old_id)
        if old is None or old.value.input.portfolio_id != asked.portfolio_id:
            raise NotFound("decision", old_id)
        if old.value.input.customer_id not in self._customers.ids_of(asked):
            raise AlreadyExists("decision", old_id, "another customer")
        if old.value.input.is_test != asked.is_test:
            raise FailedPrecondition("TEST_MISMATCH", "a test supersedes tests only, and nothing else supersedes them")
        activation = self._log.get_activation(old_id)
        self._check_unsent(old, activation)
        return old.value, activation

    def record(self, decision: Decision) -> Activation:
        """Returns the word on the old decision, to be appended with the new one in one commit."""
        return Activation(
            decision_id=decision.input.supersedes,
            portfolio_id=decision.input.portfolio_id,
            state=ActivationState.SUPERSEDED,
            activate_time_us=self._clock.now_us(),
            replaced_by=decision.decision_id,
        )

    def settle(self, old_id: str, word: Recorded[Activation] | BanditError) -> None:
        """Ends a reservation: with the word that stands now, or with what went wrong."""
        waiting = self._pending.activations.pop(old_id)
        if isinstance(word, BanditError):
            waiting.set_exception(word)
            waiting.exception()  # nobody may be waiting
        else:
            waiting.set_result(word)

    def _check_unsent(self, old: Recorded[Decision], activation: Recorded[Activation] | None) -> None:
        asked, old_id = old.value.input, old.value.decision_id
        if activation is not None and activation.value.state is ActivationState.SUPERSEDED:
            raise FailedPrecondition("ALREADY_SUPERSEDED", f"decision {old_id!r} is superseded already")
        if old.value.decided_by is DecidedBy.HISTORICAL:
            was_sent = True
        elif activation is not None:
            was_sent = activation.value.state is ActivationState.SENT
        else:
            is_due = not asked.defer_activation and asked.send_time_us <= self._clock.now_us()
            # The moment of a held-out decision passes like that of any other: a retry must not go by the group.
            has_moment = bool(old.value.campaign_id) or old.value.result is Result.HELD_OUT
            was_sent = is_due and has_moment and not asked.is_test
        if was_sent:
            raise FailedPrecondition(
                "ALREADY_SENT", f"decision {old_id!r} was sent; only an unsent one can be superseded"
            )


def _held(old: Decision, activation: Recorded[Activation] | None) -> HeldContact | None:
    """Returns the contact that superseding a decision ends; what an activation has put in its place stays."""
    contact = old.counted_contact
    if contact is None or activation is not None:
        return None
    return HeldContact(old.decision_id, contact)
