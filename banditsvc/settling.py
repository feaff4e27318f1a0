"""Settling decisions from the log, in log order: what is due, what joined, and the reward.

A settled decision depends on nothing but the log up to its cut, so it does not matter when, how often or in how large
batches this is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import msgspec

from banditsvc.core.attribution import JoinedOutcome, join
from banditsvc.core.choice import Choice
from banditsvc.core.decision import Result
from banditsvc.core.exclusion import Exclusions
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.reward import Gains, Reward, counted_outcomes, reward_of
from banditsvc.core.settle import DecisionHistory, Settlement, SettleState, SettleTerms, follow, settle
from banditsvc.evidence import Standing, histories_of, read_evidence
from banditsvc.ports import DecisionLog, Recorded

BATCH = 1_000
"""Number of decisions settled with one set of reads."""


class SettledDecision(msgspec.Struct, frozen=True, gc=False):
    """A decision with where it stands and the evidence on it."""

    recorded: Recorded[Choice]
    settlement: Settlement
    joined: tuple[JoinedOutcome, ...] = ()
    """Every outcome that joins it, by outcome_id; at a checkpoint nothing."""
    reward: Reward | None = None
    """None where it is not SETTLED."""
    age: int = 0
    """Place among the ages of what it was settled at; see maturing.py."""
    gains: tuple[Gains | None, ...] = ()
    """By each age asked for, its own last; None where it was not SETTLED. Nothing where there are no checkpoints."""

    @property
    def decision(self) -> Choice:
        """Returns the decision itself."""
        return self.recorded.value


@dataclass(frozen=True, slots=True)
class SettledBatch:
    """The next decisions in log order that are not open."""

    settled: list[SettledDecision]
    has_more: bool
    """True when further decisions may be settled at once; False when the next is open or there is none."""
    open_head: Recorded[Choice] | None = None
    """The decision that the rest waits for, if it is open."""


@dataclass(frozen=True, slots=True)
class SettleLimit:
    """How far settling may go."""

    limit_us: int
    """Log time up to which it looks, at most the watermark's."""
    as_of: bool = False
    """True to take in everything recorded by then (relearning), False to settle each decision as when it was due."""
    through_position: int | None = None
    """Last position to settle, None for no end."""


class TermsReader:
    """Reads the terms by which a portfolio's decisions are settled again and again, each mark of a feed once."""

    def __init__(self, log: DecisionLog, portfolio_id: str, learner: LearnerSpec) -> None:
        self._log = log
        self._portfolio_id = portfolio_id
        self._learner = learner
        self._marks = FeedMarks()
        self._position = 0
        """Of the last mark that was read."""

    def read(self) -> SettleTerms:
        """Returns the terms, with the marks and exclusions that the log has now.

        They hold for every limit up to the log's time at the call: what is recorded later does not matter to such a one.
        """
        settle = self._learner.settle
        if settle.required_feeds:
            for recorded in self._log.read_feed_marks(self._portfolio_id, self._position):
                self._marks.add(recorded.record_time_us, recorded.value)
                self._position = recorded.position
        exclusions = exclusions_of(self._log, self._portfolio_id)
        return SettleTerms(settle, self._learner.reward.window_us, self._marks, exclusions)


def terms_of(log: DecisionLog, portfolio_id: str, learner: LearnerSpec) -> SettleTerms:
    """Returns what TermsReader.read does at a first look."""
    return TermsReader(log, portfolio_id, learner).read()


def exclusions_of(log: DecisionLog, portfolio_id: str) -> Exclusions:
    """Returns the exclusions of a portfolio that the log has now."""
    return Exclusions((recorded.record_time_us, recorded.value) for recorded in log.read_exclusions(portfolio_id))


def settle_batch(
    log: DecisionLog,
    portfolio_id: str,
    learner: LearnerSpec,
    after: int,
    limit: SettleLimit,
    *,
    count: int = BATCH,
    terms: SettleTerms | None = None,
) -> SettledBatch:
    """Returns the next decisions after a position, at most count, up to the first that is open.

    Those to be learned from are SETTLED and have a reward. Terms that hold for the limit may be given.
    """
    terms = terms or terms_of(log, portfolio_id, learner)
    closed = closed_batch(log, portfolio_id, terms, after, limit, count=count)
    settled = _with_rewards(log, portfolio_id, learner, terms, closed.decisions)
    return SettledBatch(settled, closed.has_more, closed.open_head)


@dataclass(frozen=True, slots=True)
class ClosedBatch:
    """The next decisions in log order that are not open, with where they stand."""

    decisions: list[Standing]
    has_more: bool
    open_head: Recorded[Choice] | None = None
    """As in SettledBatch."""


def closed_batch(
    log: DecisionLog, portfolio_id: str, terms: SettleTerms, after: int, limit: SettleLimit, *, count: int
) -> ClosedBatch:
    """Returns the next decisions after a position, at most count, up to the first that is open."""
    decisions, end = log.read_choices(portfolio_id, after, count), limit.through_position
    closed: list[Standing] = []
    for recorded, history in zip(decisions, histories_of(log, decisions), strict=True):
        if recorded.record_time_us > limit.limit_us or (end is not None and recorded.position > end):
            break
        settlement = settle(history, terms, limit.limit_us, as_of=limit.as_of)
        if settlement.state is SettleState.OPEN:
            return ClosedBatch(closed, has_more=False, open_head=recorded)
        closed.append(Standing(recorded, history, settlement))
    return ClosedBatch(closed, has_more=len(closed) == count)


def is_open(log: DecisionLog, terms: SettleTerms, recorded: Recorded[Choice], limit: SettleLimit) -> bool:
    """Returns whether a decision is open: the quick look at the head of the line."""
    history = histories_of(log, [recorded])[0]
    return settle(history, terms, limit.limit_us, as_of=limit.as_of).state is SettleState.OPEN


def settle_decisions(
    log: DecisionLog, portfolio_id: str, learner: LearnerSpec, after: int, limit: SettleLimit
) -> Iterator[SettledDecision]:
    """Yields a portfolio's decisions after a position in log order, up to the first that is open."""
    has_more = True
    while has_more:
        batch = settle_batch(log, portfolio_id, learner, after, limit)
        yield from batch.settled
        has_more = batch.has_more
        if has_more:
            after = batch.settled[-1].recorded.position


def settlements_of(
    log: DecisionLog, learner: LearnerSpec, decisions: Sequence[Recorded[Choice]], limit: SettleLimit
) -> list[SettledDecision]:
    """Returns where decisions of one portfolio stand, each for itself; the SETTLED ones have a reward."""
    if not decisions:
        return []
    portfolio_id = decisions[0].value.input.portfolio_id
    terms = terms_of(log, portfolio_id, learner)
    histories = histories_of(log, decisions)
    stand = [
        Standing(recorded, history, settle(history, terms, limit.limit_us, as_of=limit.as_of))
        for recorded, history in zip(decisions, histories, strict=True)
    ]
    return _with_rewards(log, portfolio_id, learner, terms, stand)


def settlement_now(log: DecisionLog, learner: LearnerSpec, recorded: Recorded[Choice]) -> SettledDecision:
    """Returns where one decision stands at the watermark, as settlements_now does."""
    return settlements_now(log, learner, [recorded])[0]


def settlements_now(
    log: DecisionLog, learner: LearnerSpec, decisions: Sequence[Recorded[Choice]]
) -> list[SettledDecision]:
    """Returns where decisions of one portfolio stand at the watermark, with all that is known by then.

    Unlike what a decision is learned with, joined and reward take in what came since it was due, and exclusions are those
    in force now: a relearn follows each by itself. Every decision with an outcome window has joined and reward, also
    those that are still open or never learned from, such as held-out ones.
    """
    if not decisions:
        return []
    portfolio_id = decisions[0].value.input.portfolio_id
    now_us = log.watermark().time_us
    terms = terms_of(log, portfolio_id, learner)
    histories = histories_of(log, decisions)
    known = [
        Standing(recorded, history, _followed(history, terms, now_us)._replace(cut_us=now_us))
        for recorded, history in zip(decisions, histories, strict=True)
    ]
    stand = [settle(history, terms, now_us, exclusions_as_of_us=now_us) for history in histories]
    rewarded = _with_rewards(log, portfolio_id, learner, terms, known, also_open=True)
    return [
        SettledDecision(one.recorded, settlement, one.joined, one.reward)
        for one, settlement in zip(rewarded, stand, strict=True)
    ]


def standings_now(log: DecisionLog, learner: LearnerSpec, decisions: Sequence[Recorded[Choice]]) -> list[Settlement]:
    """Returns where decisions of one portfolio stand at the watermark, as settlements_now does, without their rewards."""
    if not decisions:
        return []
    now_us = log.watermark().time_us
    terms = terms_of(log, decisions[0].value.input.portfolio_id, learner)
    return [settle(history, terms, now_us, exclusions_as_of_us=now_us) for history in histories_of(log, decisions)]


def outcome_ids(settled: SettledDecision, learner: LearnerSpec) -> list[str]:
    """Returns the ids of the outcomes that the reward is made of."""
    return [one.outcome.outcome_id for one in counted_outcomes(settled.joined, learner.reward)]


def _followed(history: DecisionHistory[Choice], terms: SettleTerms, now_us: int) -> Settlement:
    decision = history.decision
    if decision.input.is_test or decision.result is Result.NO_ELIGIBLE:
        return settle(history, terms, now_us)
    return follow(history, terms, now_us)


def _with_rewards(
    log: DecisionLog,
    portfolio_id: str,
    learner: LearnerSpec,
    terms: SettleTerms,
    decisions: Sequence[Standing],
    *,
    also_open: bool = False,
) -> list[SettledDecision]:
    asks = [
        one.settlement.window is not None and (also_open or one.settlement.state is SettleState.SETTLED)
        for one in decisions
    ]
    asked = list(compress(decisions, asks))
    answers = iter(read_evidence(log, portfolio_id, terms, learner.reward.attribution, asked))
    # Most decisions have no outcomes, and all of those have one of two rewards.
    bare = {is_no_contact: reward_of((), learner.reward, is_no_contact) for is_no_contact in (False, True)}
    settled = []
    for one, is_asked in zip(decisions, asks, strict=True):
        recorded = one.recorded
        if not is_asked:
            settled.append(SettledDecision(recorded, one.settlement))
            continue
        # Whoever is held out, or left with nothing, was sent nothing either.
        evidence, is_no_contact = next(answers), recorded.value.result is not Result.CAMPAIGN
        joined: tuple[JoinedOutcome, ...] = ()
        reward = bare[is_no_contact]
        if evidence.outcomes:
            joined = join(recorded.value, one.window, evidence, learner.reward.attribution)
            reward = reward_of(joined, learner.reward, is_no_contact)
        settled.append(SettledDecision(recorded, one.settlement, joined, reward))
    return settled
