"""The Reward path: take in what happened, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby

from banditsvc.core.errors import BanditError, LogUnavailable
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import FeedMark, Outcome, OutcomeStatus, OutcomeType
from banditsvc.core.outcome_id import outcome_id_of
from banditsvc.core.portfolio import Measure
from banditsvc.core.settle import SettleTerms
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock, DecisionLog
from banditsvc.serving.contact_book import ContactBook
from banditsvc.serving.denials import DENYING, denial_of
from banditsvc.serving.joining import UNKNOWN, Joins, joins_of
from banditsvc.serving.outcomes_ahead import OutcomesAhead
from banditsvc.serving.pending import OutcomeKey, Pending, PostedOutcomes
from banditsvc.serving.resources import Resources
from banditsvc.serving.reward_call import RewardAnswer, RewardCall
from banditsvc.serving.reward_round import RewardRound, stretches
from banditsvc.serving.reward_terms import RewardTerms

NOT_STORED = LogUnavailable("the outcome was not stored; repeat the request with the same ids")


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
        self._expects_new = True
        """Whether the last outcomes were new, so that it is quicker not to look first whether the next ones are."""
        self._rounds: set[asyncio.Task[list[RewardAnswer | BanditError]]] = set()

    async def reward(self, calls: Sequence[RewardCall]) -> list[RewardAnswer | BanditError]:
        """Stores each outcome. Requests of one call behave like calls in a row.

        While the outcomes of one call are committed those of the next are looked at. A caller that goes away does not
        keep its outcomes from being stored.

        Errors, one per request: NotFound (portfolio), InvalidRequest (another currency, or no amount where the reward
        weighs it), LogUnavailable.
        """
        if not calls:
            return []
        self._rounds.add(task := asyncio.create_task(self._reward(calls)))
        task.add_done_callback(self._rounds.discard)
        return await asyncio.shield(task)

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

    async def _reward(self, calls: Sequence[RewardCall]) -> list[RewardAnswer | BanditError]:
        posted = PostedOutcomes(asyncio.get_running_loop().create_future())
        found = RewardRound([None] * len(calls), self._pending, posted)
        try:
            for stretch in stretches(calls):
                if stretch.start:
                    await asyncio.sleep(0)
                self._admit_all(stretch, calls, found)
        except BaseException:
            found.settle(NOT_STORED)
            raise
        await self._store(found)
        for index, stored in found.repeats:
            try:
                await asyncio.shield(stored)
            except BanditError as error:
                found.answers[index] = error
        return [answer for answer in found.answers if answer is not None]

    def _admit_all(self, places: range, calls: Sequence[RewardCall], found: RewardRound) -> None:
        """Looks at outcomes at a stretch: what is stored meanwhile would be neither in what was read nor on its way."""
        stretch = calls[places.start : places.stop]
        outcomes = [call.outcome for call in stretch]
        keys = [(outcome.portfolio_id, outcome.outcome_id) for outcome in outcomes]
        ahead = OutcomesAhead(self._log)
        looks_first = not self._expects_new or any(outcome.revision for outcome in outcomes)
        if looks_first:
            self._expects_new = ahead.read_stored(outcomes)
        terms_of = cache(self._terms)
        new = ahead.missing if looks_first else self._hardly_known(keys)
        statuses = self._plain_statuses(stretch, keys, new, ahead, terms_of)
        others = [one for one, status in zip(outcomes, statuses, strict=True) if status is None]
        if not looks_first:
            found.may_be_known = True
            ahead.read_stored(others)
        ahead.read_histories({one.decision_id for one in others})
        start = 0
        for is_plain, alike in groupby(statuses, bool):
            end = start + len(list(alike))
            run = slice(start, end)
            if is_plain:
                found.add_plain(places[run], keys[run], outcomes[run], statuses[run])
            else:
                self._admit_each(places[run], stretch[run], terms_of, ahead, found)
            start = end

    def _plain_statuses(
        self,
        calls: Sequence[RewardCall],
        keys: Sequence[OutcomeKey],
        not_stored: set[OutcomeKey],
        ahead: OutcomesAhead,
        terms_of: Callable[[str], RewardTerms],
    ) -> list[OutcomeStatus | None]:
        """Returns what becomes of plain outcomes, and None for those that are looked at each; see RewardTerms."""
        nothing_known: list[OutcomeStatus | None] = [None] * len(calls)
        portfolio_id = keys[0][0]
        one_portfolio = all(name == portfolio_id for name, _ in keys)
        # An id that is yet to be derived may be that of a later outcome.
        if not one_portfolio or not all(outcome_id for _, outcome_id in keys):
            return nothing_known
        try:
            terms = terms_of(portfolio_id)
        except BanditError:
            return nothing_known
        new = not_stored.difference(self._pending.outcomes)
        if len(not_stored) < len(keys):
            new.difference_update([key for key, count in Counter(keys).items() if count > 1])
        names = {call.outcome.decision_id for call in calls}
        return terms.plain_statuses(calls, keys, new, ahead.send_times_of(portfolio_id, names, terms.now_us))

    def _hardly_known(self, keys: Sequence[OutcomeKey]) -> set[OutcomeKey]:
        """Returns the keys of which the log has the first revision or none, and hardly ever the first."""
        portfolio_id = keys[0][0]
        try:
            restated = self._log.restated(portfolio_id, [outcome_id for _, outcome_id in keys])
        except BanditError:
            return set()
        return {key for key in keys if key[1] not in restated} if restated else set(keys)

    def _admit_each(
        self,
        places: range,
        calls: Sequence[RewardCall],
        terms_of: Callable[[str], RewardTerms],
        ahead: OutcomesAhead,
        found: RewardRound,
    ) -> None:
        for index, call in zip(places, calls, strict=True):
            try:
                self._admit(index, call, terms_of(call.outcome.portfolio_id), ahead, found)
            except BanditError as error:
                found.answers[index] = error

    def _admit(
        self, index: int, call: RewardCall, terms: RewardTerms, ahead: OutcomesAhead, found: RewardRound
    ) -> None:
        """Answers a repeat or a conflict, and queues everything else to be stored."""
        outcome = call.outcome
        if call.currency or terms.weighs_amount:
            terms.check(call)
        if outcome.customer_id or not outcome.outcome_id:
            outcome = self._named(outcome, terms.merges, ahead)
        key = (outcome.portfolio_id, outcome.outcome_id)
        known = self._known(ahead, key)
        if known:
            same = next((value for value in known if value.revision == outcome.revision), None)
            if same is not None:
                is_same = _for_survivor(same, terms.merges) == outcome
                status = OutcomeStatus.DUPLICATE if is_same else OutcomeStatus.CONFLICT
                found.answers[index] = RewardAnswer(status, outcome.outcome_id)
                found.repeats.extend((index, posted.stored) for posted in self._pending.outcomes.get(key, ()))
                return
        status, joined_ids = self._joins(outcome, terms, ahead)
        if known:
            newer = outcome.revision > max(value.revision for value in known)
            status = OutcomeStatus.REVISED if newer else OutcomeStatus.STALE_REVISION
        if outcome.type in DENYING:
            denial = denial_of(self._log, self._resources, terms.merges, outcome, terms.now_us)
            if denial is not None:
                found.denials.append(denial)
        found.add(index, key, outcome, RewardAnswer(status, outcome.outcome_id, joined_ids))

    def _terms(self, portfolio_id: str) -> RewardTerms:
        portfolio = self._resources.portfolio(portfolio_id).value
        spec = portfolio.learner
        return RewardTerms(
            portfolio=portfolio,
            merges=self._book.merges.of(portfolio.organization_id),
            settle=SettleTerms(spec.settle, spec.reward.window_us, self.feed_marks(portfolio_id)),
            # The stamps of the log may run a little ahead of a clock that stands still.
            now_us=max(self._clock.now_us(), self._log.watermark().time_us),
            weighs_amount=frozenset(
                (weight.type, weight.custom_type) for weight in spec.reward.weights if weight.measure is Measure.AMOUNT
            ),
        )

    def _named(self, outcome: Outcome, merges: Merges, ahead: OutcomesAhead) -> Outcome:
        """Returns an outcome with its id, and for the customer that the id in it stands for.

        Without an id it gets that under which it was stored before, for whichever id of the customer, if it was.
        """
        if not outcome.outcome_id:
            forms = [outcome]
            if outcome.customer_id:
                forms = [outcome._replace(customer_id=one) for one in merges.family(outcome.customer_id)]
            ids = [outcome_id_of(form) for form in forms]
            stored = (name for name in ids if len(ids) > 1 and self._known(ahead, (outcome.portfolio_id, name)))
            outcome = outcome._replace(outcome_id=next(stored, ids[0]))
        return _for_survivor(outcome, merges)

    def _joins(self, outcome: Outcome, terms: RewardTerms, ahead: OutcomesAhead) -> Joins:
        if outcome.type is OutcomeType.REFUND:
            refunded = self._known(ahead, (outcome.portfolio_id, outcome.refunded_outcome_id))
            if not refunded:
                return UNKNOWN
            outcome = max(refunded, key=lambda value: value.revision)
        return joins_of(ahead, terms.portfolio, outcome, terms=terms.settle, merges=terms.merges, now_us=terms.now_us)

    def _known(self, ahead: OutcomesAhead, key: OutcomeKey) -> Sequence[Outcome]:
        """Returns the revisions of an outcome, stored or on their way to the log."""
        waiting = self._pending.outcomes.get(key)
        if waiting is None and key in ahead.missing:
            return ()
        stored = ahead.stored(*key)
        return [*stored, *(value for posted in waiting for value in posted.revisions[key])] if waiting else stored

    async def _store(self, found: RewardRound) -> None:
        """Appends the fresh outcomes and what they say of consent in one commit."""
        failure = None
        if found.fresh:
            try:
                commit = await self._committer.append([*found.fresh, *found.denials])
            except LogUnavailable as error:
                failure = error
            else:
                if found.may_be_known and None in commit.positions:
                    self._tell_known(found, commit.positions)
        for denial in found.denials:
            self._book.consented((denial.organization_id, denial.customer_id))
        found.settle(failure)

    def _tell_known(self, found: RewardRound, positions: Sequence[int | None]) -> None:
        """Answers those of the fresh outcomes that turned out to be in the log: the same revision, whatever it says."""
        self._expects_new = False
        known = [
            (place, outcome)
            for place, outcome, position in zip(found.fresh_places, found.fresh, positions, strict=False)
            if position is None
        ]
        ahead = OutcomesAhead(self._log)
        ahead.read_stored([outcome for _, outcome in known])
        for place, outcome in known:
            try:
                is_same = outcome in ahead.stored(outcome.portfolio_id, outcome.outcome_id)
            except BanditError as error:
                found.answers[place] = error
                continue
            status = OutcomeStatus.DUPLICATE if is_same else OutcomeStatus.CONFLICT
            found.answers[place] = RewardAnswer(status, outcome.outcome_id)


def _for_survivor(outcome: Outcome, merges: Merges) -> Outcome:
    """Returns an outcome as if it named the customer that the id in it stands for."""
    if not outcome.customer_id:
        return outcome
    survivor = merges.survivor(outcome.customer_id)
    return outcome if survivor == outcome.customer_id else outcome._replace(customer_id=survivor)
