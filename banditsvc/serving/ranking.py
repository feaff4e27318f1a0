"""The Rank path: admit, decide, log, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import uuid_utils

from banditsvc.core.activation import Activation
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.decision_id import DRY_RUN_PREFIX, decision_id_of
from banditsvc.core.errors import (
    AlreadyExists,
    BanditError,
    LogUnavailable,
)
from banditsvc.gathering import Gatherer
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock, Commit, DecisionLog, LogRecord, Recorded
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.deciding import ToDecide, decide_all
from banditsvc.serving.pending import Pending, occasion_of
from banditsvc.serving.superseding import Superseder

NOT_DECIDED = LogUnavailable("the decision was not made; repeat the request with the same ids")

_Standing = Recorded[Decision] | asyncio.Future[Recorded[Decision]]
"""A decision that stands, or one that is on its way to the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankCall:
    """One request of Rank."""

    input: RankInput
    decision_id: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RankAnswer:
    """One answer of Rank. A dry run's decision is at position 0: it is not in the log."""

    decision: Recorded[Decision]
    is_replay: bool
    request_differs: bool


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A request that is to be decided now, and where its answer goes."""

    index: int
    active: ActivePortfolio
    request: ToDecide
    dry_run: bool


class Ranker:
    """Answers Rank and BatchRank. Requests of one call behave like calls in a row."""

    def __init__(
        self, active: ActivePortfolios, log: DecisionLog, committer: GroupCommitter, clock: Clock, pending: Pending
    ) -> None:
        self._active = active
        self._log = log
        self._committer = committer
        self._clock = clock
        self._pending = pending
        self._superseder = Superseder(log, clock, pending)
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
        replays: list[tuple[int, RankCall, _Standing]] = []
        try:
            for index, call in enumerate(calls):
                if call.input.supersedes and fresh:
                    # It may supersede one of these: calls in a row.
                    now, fresh = fresh, []
                    await self._submit(now, answers)
                try:
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
            answers[index] = await _replay(call, stored)
        return [answer for answer in answers if answer is not None]

    async def _submit(self, fresh: Sequence[_Fresh], answers: list[RankAnswer | BanditError | None]) -> None:
        if fresh:
            for item, answer in zip(fresh, await self._gatherer.submit(fresh), strict=True):
                answers[item.index] = answer

    async def _admit(self, index: int, call: RankCall) -> _Fresh | _Standing:
        """Returns what to decide, or the decision that stands. From here on the id belongs to this request."""
        asked = call.input
        active = self._active.get(asked.portfolio_id)
        decision_id = _decision_id(call)
        if call.dry_run:
            return _Fresh(index, active, _to_decide(active, decision_id, asked), dry_run=True)
        standing = self._standing(call, decision_id)
        if standing is None and asked.supersedes:
            standing = await self._reserve(call, decision_id)
        if standing is not None:
            return standing
        request = _to_decide(active, decision_id, asked)
        self._pending.take(decision_id, asked)
        return _Fresh(index, active, request, dry_run=False)

    async def _reserve(self, call: RankCall, decision_id: str) -> _Standing | None:
        """Reserves the superseded decision, or returns what a repeat of this call has decided meanwhile."""
        try:
            await self._superseder.reserve(call.input)
        except BanditError:
            standing = self._standing(call, decision_id)
            if standing is None:
                raise
            return standing
        standing = self._standing(call, decision_id)
        if standing is not None:
            self._superseder.settle(call.input.supersedes, NOT_DECIDED)
        return standing

    def _standing(self, call: RankCall, decision_id: str) -> _Standing | None:
        """Returns the decision of this id, or else the newest one for the customer on the occasion."""
        asked = call.input
        occasion = occasion_of(asked)
        if call.decision_id or asked.supersedes or (asked.occasion and occasion is None):
            standing = self._pending.decisions.get(decision_id) or self._log.get_decision(decision_id)
            if standing is not None:
                return standing
        if occasion is None or asked.supersedes:
            return None
        return self._pending.occasions.get(occasion) or self._log.get_decision_on(*occasion)

    def _release(self, fresh: Sequence[_Fresh], error: BaseException) -> None:
        """Gives back the ids of requests that will not be decided."""
        known = error if isinstance(error, BanditError) else NOT_DECIDED
        for item in fresh:
            if not item.dry_run:
                self._fail(item.request.decision_id, item.request.input, known)

    def _fail(self, decision_id: str, asked: RankInput, error: BanditError) -> None:
        self._pending.fail(decision_id, asked, error)
        if asked.supersedes:
            self._superseder.settle(asked.supersedes, error)

    async def _work_off(self, group: Sequence[Sequence[_Fresh]]) -> list[list[RankAnswer | BanditError]]:
        """Decides and logs the requests of several calls together."""
        fresh = [item for call in group for item in call]
        try:
            decisions = _decide_together(fresh)
        except Exception as error:
            self._release(fresh, error)
            raise
        stored = await self._log_all(
            [decision for item, decision in zip(fresh, decisions, strict=True) if not item.dry_run]
        )
        now_us = self._clock.now_us()
        answers = iter(
            [
                _dry_run_answer(decision, now_us) if item.dry_run else stored[decision.decision_id]
                for item, decision in zip(fresh, decisions, strict=True)
            ]
        )
        return [[next(answers) for _ in call] for call in group]

    async def _log_all(self, decisions: Sequence[Decision]) -> dict[str, RankAnswer | BanditError]:
        """Returns the answer to each decision by its id."""
        if not decisions:
            return {}
        try:
            stored = await self._store(decisions)
        except BanditError as error:
            return {decision.decision_id: error for decision in decisions}
        return {
            decision.decision_id: RankAnswer(recorded, recorded.value is not decision, request_differs=False)
            for decision, recorded in zip(decisions, stored, strict=True)
        }

    async def _store(self, decisions: Sequence[Decision]) -> list[Recorded[Decision]]:
        """Logs decisions and answers those who wait for them."""
        records: list[LogRecord] = []
        places = []
        for decision in decisions:
            places.append(len(records))
            records.append(decision)
            if decision.input.supersedes:
                records.append(self._superseder.record(decision))
        try:
            commit = await self._committer.append(records)
        except LogUnavailable as error:
            for decision in decisions:
                self._fail(decision.decision_id, decision.input, error)
            raise
        return [
            self._stored(decision, records, commit, place) for decision, place in zip(decisions, places, strict=True)
        ]

    def _stored(
        self, decision: Decision, records: Sequence[LogRecord], commit: Commit, place: int
    ) -> Recorded[Decision]:
        position = commit.positions[place]
        stored = (
            Recorded(position, commit.record_time_us, decision)
            if position is not None
            else self._log.get_decision(decision.decision_id)
        )
        assert stored is not None, "a record that was skipped is in the log"
        self._pending.give(decision.decision_id, decision.input, stored)
        if decision.input.supersedes:
            word = records[place + 1]
            assert isinstance(word, Activation)
            self._superseder.settle(
                decision.input.supersedes, Recorded(commit.positions[place + 1] or 0, commit.record_time_us, word)
            )
        return stored


def _decision_id(call: RankCall) -> str:
    """Returns the id that was given, else that of the occasion, else a new one."""
    asked = call.input
    if call.decision_id:
        return call.decision_id
    if not asked.occasion:
        return str(uuid_utils.uuid7())
    return decision_id_of(
        asked.portfolio_id, asked.customer_id, asked.occasion, asked.supersedes, is_test=asked.is_test
    )


def _to_decide(active: ActivePortfolio, decision_id: str, asked: RankInput) -> ToDecide:
    return ToDecide(decision_id, asked, active.prepared_set(asked.candidates, asked.excluded, asked.send_time_us))


def _decide_together(fresh: Sequence[_Fresh]) -> list[Decision]:
    """Returns the decisions in request order."""
    groups: dict[int, list[int]] = {}
    for place, item in enumerate(fresh):
        groups.setdefault(id(item.active), []).append(place)
    decisions: dict[int, Decision] = {}
    for places in groups.values():
        made = decide_all(fresh[places[0]].active, [fresh[place].request for place in places])
        decisions.update(zip(places, made, strict=True))
    return [decisions[place] for place in range(len(fresh))]


async def _replay(call: RankCall, stored: _Standing) -> RankAnswer | BanditError:
    if isinstance(stored, asyncio.Future):
        try:
            stored = await asyncio.shield(stored)
        except BanditError as error:
            return error
    asked, decided = call.input, stored.value.input
    for name in ("portfolio_id", "customer_id", "occasion"):
        if getattr(asked, name) != getattr(decided, name):
            return AlreadyExists("decision", stored.value.decision_id, f"another {name}")
    return RankAnswer(stored, is_replay=True, request_differs=_differs(asked, decided))


def _differs(asked: RankInput, decided: RankInput) -> bool:
    """Says whether a repeated request asks for something else; the order of lists does not matter."""
    if not asked.has_send_time and not decided.has_send_time:
        asked = replace(asked, send_time_us=decided.send_time_us)
    if asked == decided:
        return False
    return _unordered(asked) != _unordered(decided)


def _unordered(asked: RankInput) -> RankInput:
    by_id = sorted(asked.candidates, key=lambda c: c if isinstance(c, str) else c.campaign_id)
    return replace(asked, candidates=tuple(by_id), excluded=tuple(sorted(asked.excluded)))


def _dry_run_answer(decision: Decision, now_us: int) -> RankAnswer:
    unstored = replace(decision, decision_id=f"{DRY_RUN_PREFIX}{uuid_utils.uuid7()}")
    return RankAnswer(Recorded(0, now_us, unstored), is_replay=False, request_differs=False)
