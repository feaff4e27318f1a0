"""The Rank path: admit, decide, log, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import uuid_utils

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.decision_id import DRY_RUN_PREFIX, decision_id_of
from banditsvc.core.errors import (
    AlreadyExists,
    BanditError,
    FailedPrecondition,
    FieldViolation,
    InvalidRequest,
    LogUnavailable,
    NotFound,
)
from banditsvc.gathering import Gatherer
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock, DecisionLog, LogRecord, Recorded
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.deciding import ToDecide, decide_all
from banditsvc.serving.pending import Pending


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
        # What comes while a commit runs is decided in one pass, which costs little more than deciding one request.
        self._gatherer: Gatherer[Sequence[_Fresh], Sequence[RankAnswer | BanditError]] = Gatherer(
            self._work_off, linger_seconds=committer.linger_seconds
        )

    async def rank(self, calls: Sequence[RankCall]) -> list[RankAnswer | BanditError]:
        """Decides and logs each request, or returns the decision stored for it. Answers once all are durable.

        Errors, one per request: NotFound (portfolio, or the superseded decision), AlreadyExists (decision_id with
        another portfolio, customer or occasion), FailedPrecondition (the superseded decision was sent),
        LogUnavailable.
        """
        # A caller that goes away must not leave an id half taken: the work runs to its end.
        return await asyncio.shield(asyncio.ensure_future(self._rank(calls)))

    async def _rank(self, calls: Sequence[RankCall]) -> list[RankAnswer | BanditError]:
        answers: list[RankAnswer | BanditError | None] = [None] * len(calls)
        fresh: list[_Fresh] = []
        replays: list[tuple[int, RankCall, Recorded[Decision] | asyncio.Future[Recorded[Decision]]]] = []
        for index, call in enumerate(calls):
            try:
                admitted = await self._admit(index, call)
            except BanditError as error:
                answers[index] = error
            else:
                if isinstance(admitted, _Fresh):
                    fresh.append(admitted)
                else:
                    replays.append((index, call, admitted))
        if fresh:
            for item, answer in zip(fresh, await self._gatherer.submit(fresh), strict=True):
                answers[item.index] = answer
        for index, call, stored in replays:
            answers[index] = await _replay(call, stored)
        return [answer for answer in answers if answer is not None]

    async def _admit(
        self, index: int, call: RankCall
    ) -> _Fresh | Recorded[Decision] | asyncio.Future[Recorded[Decision]]:
        """Returns what to decide, or the decision that stands. From here on the id belongs to this request."""
        asked = call.input
        active = self._active.get(asked.portfolio_id)
        decision_id = call.decision_id
        if decision_id.startswith(DRY_RUN_PREFIX):
            raise InvalidRequest([FieldViolation("decision_id", "must not be the id of a dry run")])
        if not decision_id and asked.occasion:
            decision_id = decision_id_of(asked.portfolio_id, asked.customer_id, asked.occasion, asked.supersedes)
        if call.dry_run:
            prepared = active.prepared_set(asked.candidates, asked.excluded, asked.send_time_us)
            request = ToDecide(decision_id or str(uuid_utils.uuid7()), asked, prepared)
            return _Fresh(index, active, request, dry_run=True)
        if decision_id:
            standing = self._pending.decisions.get(decision_id) or self._log.get_decision(decision_id)
            if standing is not None:
                return standing
        else:
            decision_id = str(uuid_utils.uuid7())
        self._pending.decisions[decision_id] = asyncio.get_running_loop().create_future()
        try:
            if asked.supersedes:
                await self._check_superseded(asked)
            prepared = active.prepared_set(asked.candidates, asked.excluded, asked.send_time_us)
        except BaseException as error:
            _settle(self._pending.decisions.pop(decision_id), error)
            raise
        return _Fresh(index, active, ToDecide(decision_id, asked, prepared), dry_run=False)

    async def _check_superseded(self, asked: RankInput) -> None:
        old = self._log.get_decision(asked.supersedes)
        if old is None or old.value.input.portfolio_id != asked.portfolio_id:
            raise NotFound("decision", asked.supersedes)
        if old.value.input.customer_id != asked.customer_id:
            raise AlreadyExists("decision", asked.supersedes, "another customer")
        if asked.supersedes in self._pending.activations:
            await asyncio.wait([self._pending.activations[asked.supersedes]])
        activation = self._log.get_activation(asked.supersedes)
        if activation is not None and activation.value.state is ActivationState.SUPERSEDED:
            raise FailedPrecondition("ALREADY_SUPERSEDED", f"decision {asked.supersedes!r} is superseded already")
        sent = activation is not None and activation.value.state is ActivationState.SENT
        assumed_sent = (
            activation is None
            and not old.value.input.defer_activation
            and old.value.input.send_time_us <= self._clock.now_us()
        )
        if sent or assumed_sent:
            raise FailedPrecondition(
                "ALREADY_SENT", f"decision {asked.supersedes!r} was sent; only an unsent one can be superseded"
            )

    async def _work_off(self, group: Sequence[Sequence[_Fresh]]) -> list[list[RankAnswer | BanditError]]:
        """Decides and logs the requests of several calls together."""
        fresh = [item for call in group for item in call]
        try:
            decisions = _decide_together(fresh)
        except Exception as error:
            for item in fresh:
                if not item.dry_run:
                    _settle(self._pending.decisions.pop(item.request.decision_id), error)
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
                records.append(self._supersede(decision))
        try:
            commit = await self._committer.append(records)
        except BaseException as error:
            for decision in decisions:
                _settle(self._pending.decisions.pop(decision.decision_id), error)
            raise
        stored = []
        for decision, place in zip(decisions, places, strict=True):
            position = commit.positions[place]
            recorded = (
                Recorded(position, commit.record_time_us, decision)
                if position is not None
                else self._log.get_decision(decision.decision_id)
            )
            assert recorded is not None, "a record that was skipped is in the log"
            stored.append(recorded)
            self._pending.decisions.pop(decision.decision_id).set_result(recorded)
        return stored

    def _supersede(self, decision: Decision) -> Activation:
        return Activation(
            decision_id=decision.input.supersedes,
            portfolio_id=decision.input.portfolio_id,
            state=ActivationState.SUPERSEDED,
            activate_time_us=self._clock.now_us(),
            replaced_by=decision.decision_id,
        )


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


async def _replay(
    call: RankCall, stored: Recorded[Decision] | asyncio.Future[Recorded[Decision]]
) -> RankAnswer | BanditError:
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


def _settle(waiting: asyncio.Future[Recorded[Decision]], error: BaseException) -> None:
    """Tells those who wait for a decision that it failed; nobody may be waiting."""
    known = error if isinstance(error, BanditError) else LogUnavailable("the decision was not made; repeat the request")
    waiting.set_exception(known)
    waiting.exception()
