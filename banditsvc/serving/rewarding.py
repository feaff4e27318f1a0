"""The Reward path: take in what happened, once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from banditsvc.core.consent import Consent
from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest, LogUnavailable
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import FeedMark, Outcome, OutcomeStatus, OutcomeType
from banditsvc.core.outcome_id import outcome_id_of
from banditsvc.core.portfolio import Measure, Portfolio
from banditsvc.gathering import Gatherer
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock, DecisionLog
from banditsvc.serving.contact_book import ContactBook
from banditsvc.serving.denials import DENYING, denial_of
from banditsvc.serving.joining import UNKNOWN, Joins, joins_of
from banditsvc.serving.outcomes_ahead import OutcomesAhead
from banditsvc.serving.pending import Pending
from banditsvc.serving.resources import Resources

_MOST_ROUND = 500
"""Outcomes that are stored together, unless one call alone has more."""
_STRETCH = 32
"""Outcomes that are looked at before others get their turn."""
NOT_STORED = LogUnavailable("the outcome was not stored; repeat the request with the same ids")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardCall:
    """One outcome as posted; without an outcome_id one is derived."""

    outcome: Outcome
    currency: str = ""


@dataclass(frozen=True, slots=True)
class RewardAnswer:
    """What became of an outcome."""

    status: OutcomeStatus
    outcome_id: str
    joined_decision_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fresh:
    index: int
    outcome: Outcome
    answer: RewardAnswer
    stored: asyncio.Future[None]
    denial: Consent | None
    """What it says of consent."""


@dataclass(frozen=True, slots=True)
class _Round:
    """Outcomes that are stored together."""

    ahead: OutcomesAhead
    answers: list[RewardAnswer | BanditError | None]
    """One for each, None until it is known."""
    fresh: list[_Fresh] = field(default_factory=list)
    repeats: list[tuple[int, asyncio.Future[None]]] = field(default_factory=list)
    """Places of those that are the same as others on their way to the log, and what they wait for."""


class Rewarder:
    """Answers Reward and BatchReward. Posting the same outcome again is harmless."""

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
        self._marks: dict[str, FeedMarks] = {}
        # What comes while a commit runs is looked up in a few reads, which cost little more than those for one outcome.
        self._gatherer: Gatherer[Sequence[RewardCall], Sequence[RewardAnswer | BanditError]] = Gatherer(
            self._work_off, linger_seconds=committer.linger_seconds, most_weight=_MOST_ROUND, weight_of=len
        )

    async def reward(self, calls: Sequence[RewardCall]) -> list[RewardAnswer | BanditError]:
        """Stores each outcome. Requests of one call behave like calls in a row.

        A caller that goes away does not keep its outcomes from being stored.

        Errors, one per request: NotFound (portfolio), InvalidRequest (another currency, or no amount where the reward
        weighs it), LogUnavailable.
        """
        return list(await self._gatherer.submit(calls))

    async def post_marks(self, marks: Sequence[FeedMark]) -> None:
        """Stores up to when feeds are complete.

        Raises:
            NotFound: The portfolio of a mark does not exist; nothing was written.
            LogUnavailable: They could not be stored.
        """
        for mark in marks:
            self._resources.state(mark.portfolio_id)
        await self._committer.append(marks)
        for mark in marks:
            self._marks.pop(mark.portfolio_id, None)

    def feed_marks(self, portfolio_id: str) -> FeedMarks:
        """Returns the feed marks of a portfolio as of now."""
        marks = self._marks.get(portfolio_id)
        if marks is None:
            recorded = self._log.read_feed_marks(portfolio_id)
            marks = self._marks[portfolio_id] = FeedMarks((mark.record_time_us, mark.value) for mark in recorded)
        return marks

    async def _work_off(self, group: Sequence[Sequence[RewardCall]]) -> list[Sequence[RewardAnswer | BanditError]]:
        """Stores the outcomes of several calls together."""
        answers = iter(await self._reward([call for calls in group for call in calls]))
        return [[next(answers) for _ in calls] for calls in group]

    async def _reward(self, calls: Sequence[RewardCall]) -> list[RewardAnswer | BanditError]:
        found = _Round(OutcomesAhead(self._log, [call.outcome for call in calls]), [None] * len(calls))
        try:
            for index, call in enumerate(calls):
                try:
                    self._admit(index, call, found)
                except BanditError as error:
                    found.answers[index] = error
                # A customer may have many decisions to look through: others get their turn in between.
                if not call.outcome.decision_id or index % _STRETCH == _STRETCH - 1:
                    await asyncio.sleep(0)
        except BaseException:
            for item in found.fresh:
                self._forget(item, NOT_STORED)
            raise
        failure = await self._store(found.fresh)
        if failure is not None:
            for item in found.fresh:
                found.answers[item.index] = failure
        for index, stored in found.repeats:
            try:
                await asyncio.shield(stored)
            except BanditError as error:
                found.answers[index] = error
        return [answer for answer in found.answers if answer is not None]

    def _admit(self, index: int, call: RewardCall, found: _Round) -> None:
        """Answers a repeat or a conflict, and queues everything else to be stored."""
        merges = self._merges(call.outcome.portfolio_id)
        outcome = self._named(self._checked(call), merges, found.ahead)
        key = (outcome.portfolio_id, outcome.outcome_id)
        known = self._known(found.ahead, *key)
        same = next((value for value in known if value.revision == outcome.revision), None)
        if same is not None:
            is_same = _for_survivor(same, merges) == outcome
            status = OutcomeStatus.DUPLICATE if is_same else OutcomeStatus.CONFLICT
            found.answers[index] = RewardAnswer(status, outcome.outcome_id)
            found.repeats.extend((index, stored) for _, stored in self._pending.outcomes.get(key, []))
            return
        answer = self._answer(outcome, known, merges, found.ahead)
        denial = None
        if outcome.type in DENYING:
            denial = denial_of(self._log, self._resources, merges, outcome, self._now_us())
        stored = asyncio.get_running_loop().create_future()
        self._pending.outcomes.setdefault(key, []).append((outcome, stored))
        found.fresh.append(_Fresh(index, outcome, answer, stored, denial))
        found.answers[index] = answer

    def _checked(self, call: RewardCall) -> Outcome:
        outcome = call.outcome
        portfolio = self._resources.portfolio(outcome.portfolio_id).value
        violations = []
        if call.currency and call.currency != portfolio.currency:
            violations.append(FieldViolation("outcome.currency", f"must be {portfolio.currency}, the portfolio's"))
        if outcome.amount is None and _needs_amount(portfolio, outcome):
            remedy = f"is required: the portfolio's reward weighs the amount of {outcome.type.name}"
            violations.append(FieldViolation("outcome.amount", remedy))
        if violations:
            raise InvalidRequest(violations)
        return outcome

    def _named(self, outcome: Outcome, merges: Merges, ahead: OutcomesAhead) -> Outcome:
        """Returns an outcome with its id, and for the customer that the id in it stands for.

        Without an id it gets that under which it was stored before, for whichever id of the customer, if it was.
        """
        if not outcome.outcome_id:
            forms = [outcome]
            if outcome.customer_id:
                forms = [replace(outcome, customer_id=one) for one in merges.family(outcome.customer_id)]
            ids = [outcome_id_of(form) for form in forms]
            stored = (name for name in ids if len(ids) > 1 and self._known(ahead, outcome.portfolio_id, name))
            outcome = replace(outcome, outcome_id=next(stored, ids[0]))
        return _for_survivor(outcome, merges)

    def _merges(self, portfolio_id: str) -> Merges:
        return self._book.merges.of(self._resources.portfolio(portfolio_id).value.organization_id)

    def _answer(self, outcome: Outcome, known: Sequence[Outcome], merges: Merges, ahead: OutcomesAhead) -> RewardAnswer:
        portfolio = self._resources.portfolio(outcome.portfolio_id).value
        marks = self.feed_marks(outcome.portfolio_id)
        joins = self._joins(portfolio, marks, merges, outcome, ahead)
        if not known:
            return RewardAnswer(joins.status, outcome.outcome_id, joins.decision_ids)
        newer = outcome.revision > max(value.revision for value in known)
        status = OutcomeStatus.REVISED if newer else OutcomeStatus.STALE_REVISION
        return RewardAnswer(status, outcome.outcome_id, joins.decision_ids)

    def _now_us(self) -> int:
        # The stamps of the log may run a little ahead of a clock that stands still.
        return max(self._clock.now_us(), self._log.watermark().time_us)

    def _joins(
        self, portfolio: Portfolio, marks: FeedMarks, merges: Merges, outcome: Outcome, ahead: OutcomesAhead
    ) -> Joins:
        if outcome.type is OutcomeType.REFUND:
            refunded = self._known(ahead, portfolio.portfolio_id, outcome.refunded_outcome_id)
            if not refunded:
                return UNKNOWN
            outcome = max(refunded, key=lambda value: value.revision)
        return joins_of(ahead, portfolio, outcome, marks=marks, merges=merges, now_us=self._now_us())

    def _known(self, ahead: OutcomesAhead, portfolio_id: str, outcome_id: str) -> list[Outcome]:
        """Returns the revisions of an outcome, stored or on their way to the log."""
        return ahead.stored(portfolio_id, outcome_id) + [
            value for value, _ in self._pending.outcomes.get((portfolio_id, outcome_id), [])
        ]

    async def _store(self, fresh: Sequence[_Fresh]) -> LogUnavailable | None:
        """Appends outcomes and what they say of consent in one commit; returns what went wrong."""
        if not fresh:
            return None
        failure = None
        denials = [item.denial for item in fresh if item.denial is not None]
        try:
            await self._committer.append([*(item.outcome for item in fresh), *denials])
        except LogUnavailable as error:
            failure = error
        for denial in denials:
            self._book.forget_customer((denial.organization_id, denial.customer_id))
        for item in fresh:
            self._forget(item, failure)
        return failure

    def _forget(self, item: _Fresh, failure: LogUnavailable | None) -> None:
        key = (item.outcome.portfolio_id, item.outcome.outcome_id)
        waiting = self._pending.outcomes[key]
        waiting.remove((item.outcome, item.stored))
        if not waiting:
            del self._pending.outcomes[key]
        if failure is None:
            item.stored.set_result(None)
        else:
            item.stored.set_exception(failure)
            item.stored.exception()


def _for_survivor(outcome: Outcome, merges: Merges) -> Outcome:
    """Returns an outcome as if it named the customer that the id in it stands for."""
    survivor = merges.survivor(outcome.customer_id)
    return outcome if survivor == outcome.customer_id else replace(outcome, customer_id=survivor)


def _needs_amount(portfolio: Portfolio, outcome: Outcome) -> bool:
    return any(
        weight.measure is Measure.AMOUNT and (weight.type, weight.custom_type) == (outcome.type, outcome.custom_type)
        for weight in portfolio.learner.reward.weights
    )
