"""The Rank path: admit, decide, log, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import structlog
import uuid_utils
from msgspec import Struct, field, structs

from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.decision_id import DRY_RUN_PREFIX
from banditsvc.core.errors import AlreadyExists, BanditError, LogUnavailable
from banditsvc.gathering import Gatherer
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock, DecisionLog, HeldContact, Recorded
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.contact_book import ContactBook
from banditsvc.serving.customer_ids import CustomerIds
from banditsvc.serving.decision_writer import DecisionWriter
from banditsvc.serving.passes import Ranked, ToRank, decide_in_passes
from banditsvc.serving.pending import Pending
from banditsvc.serving.replaying import differs, is_paused, stored_message_fields
from banditsvc.serving.resources import Resources
from banditsvc.serving.standing_decisions import Standing, StandingDecisions, own_id
from banditsvc.serving.superseding import Superseder
from banditsvc.serving.unseen_values import UnseenValues

_log = structlog.get_logger(__name__)
NOT_DECIDED = LogUnavailable("the decision was not made; repeat the request with the same ids")


class RankCall(Struct, frozen=True, kw_only=True, gc=False):
    """One request of Rank."""

    input: RankInput
    decision_id: str = ""
    dry_run: bool = False


class RankAnswer(Struct, frozen=True, gc=False):
    """One answer of Rank. A dry run's decision is at position 0: it is not in the log."""

    decision: Recorded[Decision]
    is_replay: bool
    request_differs: bool
    campaign_paused: bool = False
    """A replay's chosen campaign has been paused or has ended since."""
    message_fields: Mapping[str, str] = field(default_factory=dict)
    """What the catalogue passes through for the chosen campaign and treatment."""


class _Fresh(NamedTuple):
    """A request that is to be decided now, and where its answer goes."""

    place: int
    request: ToRank


class Ranker:
    """Answers Rank and BatchRank. Requests of one call behave like calls in a row."""

    def __init__(
        self,
        active: ActivePortfolios,
        log: DecisionLog,
        committer: GroupCommitter,
        clock: Clock,
        pending: Pending,
        *,
        resources: Resources,
        book: ContactBook,
        unseen: UnseenValues | None = None,
    ) -> None:
        self._active = active
        self._clock = clock
        self._pending = pending
        self._resources = resources
        self._book = book
        self._unseen = unseen
        self._customers = CustomerIds(active, book.merges)
        self._standing = StandingDecisions(log, pending, self._customers)
        self._superseder = Superseder(log, clock, pending, self._customers)
        self._writer = DecisionWriter(log, committer, pending, self._superseder)
        # What comes while a commit runs is decided in one pass, which costs little more than deciding one request.
        self._gatherer: Gatherer[Sequence[_Fresh], Sequence[RankAnswer | BanditError]] = Gatherer(
            self._work_off, linger_seconds=committer.linger_seconds
        )

    async def rank(self, calls: Sequence[RankCall]) -> list[RankAnswer | BanditError]:
        """Decides and logs each request, or returns the decision stored for it. Answers once all are durable.

        A caller that goes away leaves no id half taken: what was handed to a round is decided and logged all the same,
        and what was not is given back.

        Errors, one per request: NotFound (portfolio, or the superseded decision), AlreadyExists (decision_id with
        another portfolio, customer or occasion), FailedPrecondition (the superseded decision was sent),
        LogUnavailable, RecordDamaged.
        """
        answers: list[RankAnswer | BanditError | None] = [None] * len(calls)
        fresh: list[_Fresh] = []
        replays: list[tuple[int, RankCall, Standing]] = []
        try:
            for index, given in enumerate(calls):
                if given.input.supersedes and fresh:
                    # It may supersede one of these: calls in a row.
                    now, fresh = fresh, []
                    await self._submit(now, answers)
                try:
                    call = self._for_survivor(given)
                    admitted = await self._admit(index, call)
                except BanditError as error:
                    answers[index] = error
                else:
                    if isinstance(admitted, _Fresh):
                        fresh.append(admitted)
                    else:
                        replays.append((index, call, admitted))
        except BaseException as error:
            self._release(fresh, error)
            raise
        await self._submit(fresh, answers)
        for index, call, stored in replays:
            answers[index] = await self._replay(call, stored)
        return [answer for answer in answers if answer is not None]

    async def _submit(self, fresh: Sequence[_Fresh], answers: list[RankAnswer | BanditError | None]) -> None:
        if fresh:
            for item, answer in zip(fresh, await self._gatherer.submit(fresh), strict=True):
                answers[item.place] = answer

    def _for_survivor(self, call: RankCall) -> RankCall:
        """Returns a call as if it named the customer that the id stands for."""
        asked = self._customers.for_survivor(call.input)
        return call if asked is call.input else structs.replace(call, input=asked)

    async def _admit(self, index: int, call: RankCall) -> _Fresh | Standing:
        """Returns what to decide, or the decision that stands. From here on the id belongs to this request."""
        asked = call.input
        decision_id = call.decision_id or own_id(asked)
        if call.dry_run:
            superseded = await self._superseder.peek(asked) if asked.supersedes else None
            return _Fresh(index, ToRank(decision_id, asked, dry_run=True, superseded=superseded))
        standing = self._standing.find(asked, call.decision_id)
        if standing is not None:
            return standing
        self._book.held_runs.check_occasion(asked.portfolio_id, asked.occasion)
        superseded = None
        if asked.supersedes:
            reserved = await self._reserve(call)
            if isinstance(reserved, (Recorded, asyncio.Future)):
                return reserved
            superseded = reserved
        if call.decision_id or asked.occasion:
            self._pending.take(decision_id, asked)
        return _Fresh(index, ToRank(decision_id, asked, superseded=superseded))

    async def _reserve(self, call: RankCall) -> Standing | HeldContact | None:
        """Reserves the superseded decision and returns its contact, or what a repeat of this call decided meanwhile."""
        try:
            superseded = await self._superseder.reserve(call.input)
        except BanditError:
            standing = self._standing.find(call.input, call.decision_id)
            if standing is None:
                raise
            return standing
        standing = self._standing.find(call.input, call.decision_id)
        if standing is None:
            return superseded
        self._superseder.settle(call.input.supersedes, NOT_DECIDED)
        return standing

    def _release(self, fresh: Sequence[_Fresh], error: BaseException) -> None:
        """Gives back the ids of requests that will not be decided."""
        known = error if isinstance(error, BanditError) else NOT_DECIDED
        for item in fresh:
            if not item.request.dry_run:
                self._writer.fail(item.request.decision_id, item.request.input, known)

    async def _work_off(self, group: Sequence[Sequence[_Fresh]]) -> list[list[RankAnswer | BanditError]]:
        """Decides and logs the requests of several calls together."""
        fresh = [item for call in group for item in call]
        requests = [item.request for item in fresh]
        now_us = self._clock.now_us()
        try:
            decided = decide_in_passes(requests, self._active.get, self._book, now_us)
        except Exception as error:
            self._forget(request.input for request in requests)
            self._release(fresh, error)
            raise
        for item, found in zip(fresh, decided, strict=True):
            if isinstance(found, BanditError):
                self._release([item], found)
            else:
                self._note_unseen(item.request)
        stored = await self._log_all(
            [
                found
                for request, found in zip(requests, decided, strict=True)
                if isinstance(found, Ranked) and not request.dry_run
            ]
        )
        answers = iter(
            [
                found
                if isinstance(found, BanditError)
                else _dry_run_answer(found, now_us)
                if request.dry_run
                else stored[request.decision_id]
                for request, found in zip(requests, decided, strict=True)
            ]
        )
        return [[next(answers) for _ in call] for call in group]

    def _note_unseen(self, request: ToRank) -> None:
        if self._unseen is None or request.dry_run or request.input.is_test:
            return
        try:
            self._unseen.note(request.input, self._active.get(request.input.portfolio_id))
        except Exception as failure:  # noqa: BLE001 - what only counts must not keep a decision from being logged
            _log.error("unseen_values_failed", portfolio_id=request.input.portfolio_id, kind=type(failure).__name__)

    def _forget(self, asked: Iterable[RankInput]) -> None:
        """Makes the next round read from the log whatever deciding these may have changed in the book."""
        for one in asked:
            organization_id = self._resources.portfolio(one.portfolio_id).value.organization_id
            self._book.forget((organization_id, one.customer_id))

    async def _replay(self, call: RankCall, stored: Standing) -> RankAnswer | BanditError:
        try:
            if isinstance(stored, asyncio.Future):
                stored = await asyncio.shield(stored)
            # Ids that were merged since are the same customer's.
            asked, decided = (self._customers.for_survivor(one) for one in (call.input, stored.value.input))
        except BanditError as error:
            return error
        for name in ("portfolio_id", "customer_id", "occasion"):
            if getattr(asked, name) != getattr(decided, name):
                return AlreadyExists("decision", stored.value.decision_id, f"another {name}")
        return self._replayed(stored, asked)

    def _replayed(self, stored: Recorded[Decision], asked: RankInput) -> RankAnswer:
        return RankAnswer(
            stored,
            is_replay=True,
            request_differs=differs(asked, stored.value.input),
            campaign_paused=is_paused(self._resources, stored.value),
            message_fields=stored_message_fields(self._resources, stored.value),
        )

    async def _log_all(self, ranked: Sequence[Ranked]) -> dict[str, RankAnswer | BanditError]:
        """Returns the answer to each decision by its id."""
        if not ranked:
            return {}
        decisions = [one.decision for one in ranked]
        try:
            stored = await self._writer.store(decisions)
        except BanditError as error:
            self._forget(decision.input for decision in decisions)
            return {decision.decision_id: error for decision in decisions}
        return {
            one.decision.decision_id: self._answer(one, recorded) for one, recorded in zip(ranked, stored, strict=True)
        }

    def _answer(self, ranked: Ranked, stored: Recorded[Decision] | BanditError) -> RankAnswer | BanditError:
        if isinstance(stored, BanditError):
            self._forget([ranked.decision.input])
            return stored
        if stored.value is not ranked.decision:
            self._forget([ranked.decision.input])
            return self._replayed(stored, ranked.decision.input)
        return RankAnswer(stored, is_replay=False, request_differs=False, message_fields=ranked.message_fields)


def _dry_run_answer(ranked: Ranked, now_us: int) -> RankAnswer:
    unstored = structs.replace(ranked.decision, decision_id=f"{DRY_RUN_PREFIX}{uuid_utils.uuid7()}")
    return RankAnswer(
        Recorded(0, now_us, unstored), is_replay=False, request_differs=False, message_fields=ranked.message_fields
    )
