"""Settling: when a decision is due to be learned from, and whether it is.

A decision is settled at a fixed age, alike for every campaign, once its outcome window is over and its feeds are
complete to the end of the window. What it is settled with is a pure function of the log up to its due time, so it does
not matter when or how often one looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, NamedTuple, TypeVar

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.choice import Choice
from banditsvc.core.decision import DecidedBy, Result
from banditsvc.core.exclusion import Exclusions
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.outcome import Outcome, OutcomeStatus
from banditsvc.core.portfolio import SettleSpec
from banditsvc.core.send import Send


class SettleState(IntEnum):
    """Where a decision stands on the way to being learned from; the numbers are those of the proto file."""

    OPEN = 1
    SETTLED = 2
    NOT_LEARNED = 3
    LAPSED = 4
    """Left unlearned because a feed was not complete within the grace. It may count at the next relearn."""


class NotLearned(IntEnum):
    """Why a decision is never learned from."""

    TEST = 1
    NOTHING_CHOSEN = 2
    DECIDED_BY = 3
    """Neither the policy nor an equal draw decided, nor, where that is learned from, business as usual or history."""
    NOT_SENT = 4
    REPLACED = 5
    SUPERSEDED = 6
    EXPIRED = 7
    """Deferred, and not activated by the deadline."""
    EXCLUDED = 8
    """By an exclusion in force when it was due, or when it was relearned. It counts again once that is revoked."""


UNSENT_REASON = {
    ActivationState.NOT_SENT: NotLearned.NOT_SENT,
    ActivationState.REPLACED_BY: NotLearned.REPLACED,
    ActivationState.SUPERSEDED: NotLearned.SUPERSEDED,
}


_SENDS_NOTHING = (Result.HELD_OUT, Result.NO_CONTACT)


def must_be_activated(decision: Send) -> bool:
    """Returns whether a decision counts only once it is activated: a deferred one that has something to send."""
    return decision.input.defer_activation and decision.result not in _SENDS_NOTHING


def goes_out(decision: Send) -> bool:
    """Returns whether a decision goes out, and counts, at its send_time unless an activation says otherwise."""
    return not (decision.input.is_test or decision.result is Result.NO_ELIGIBLE or must_be_activated(decision))


class Window(NamedTuple):
    """The outcome window of a decision that went out: start_us <= occur_time < end_us."""

    start_us: int
    end_us: int

    def contains(self, occur_time_us: int) -> bool:
        """Returns whether an outcome that occurred then falls into the window."""
        return self.start_us <= occur_time_us < self.end_us


D_co = TypeVar("D_co", bound=Send, covariant=True)


class DecisionHistory(NamedTuple, Generic[D_co]):
    """A decision, as far as it was read, and what became of it, with the times at which the log took them in."""

    decision: D_co
    record_time_us: int
    activation: Activation | None = None
    activation_record_time_us: int = 0

    def activation_by(self, spec: SettleSpec, cut_us: int) -> Activation | None:
        """Returns the activation if it was recorded by the cut and, where it must come, by the decision's deadline."""
        if self.activation is None:
            return None
        if self.must_be_activated:
            cut_us = min(cut_us, self.decision.input.send_time_us + spec.activation_deadline_us)
        return self.activation if self.activation_record_time_us <= cut_us else None

    @property
    def must_be_activated(self) -> bool:
        """See must_be_activated, the function."""
        return must_be_activated(self.decision)


class Settlement(NamedTuple):
    """Where a decision stands. Once it is not OPEN it never changes."""

    state: SettleState
    due_us: int
    """When it came to this state; for OPEN, when it will be due if it is sent and its feeds are marked in time."""
    window: Window | None = None
    reason: NotLearned | None = None
    cut_us: int = 0
    """Log time up to which evidence counts for a SETTLED decision."""


@dataclass(frozen=True, slots=True)
class SettleTerms:
    """What settling depends on besides the decision itself."""

    spec: SettleSpec
    window_us: int
    """Length of the outcome window."""
    marks: FeedMarks
    exclusions: Exclusions = Exclusions()


def settle(
    history: DecisionHistory[Choice],
    terms: SettleTerms,
    limit_us: int,
    *,
    as_of: bool = False,
    exclusions_as_of_us: int | None = None,
) -> Settlement:
    """Returns where a decision stands, seen from limit_us.

    Only what was recorded up to limit_us is looked at. Live, the evidence of a decision ends when it is due. Relearning
    as_of limit_us takes in everything recorded by then, also for decisions whose feed was late. Exclusions end with the
    evidence, unless it is said as of when they are looked at.
    """
    reason = never_learned(history.decision, terms.spec)
    if reason is not None:
        return Settlement(SettleState.NOT_LEARNED, history.record_time_us, reason=reason)
    found = follow(history, terms, limit_us, as_of=as_of)
    if not terms.exclusions or (found.state is not SettleState.SETTLED and found.state is not SettleState.LAPSED):
        return found
    if exclusions_as_of_us is None:
        exclusions_as_of_us = limit_us if as_of else found.due_us
    if terms.exclusions.of(history.decision, exclusions_as_of_us) is None:
        return found
    return found._replace(state=SettleState.NOT_LEARNED, reason=NotLearned.EXCLUDED, cut_us=0)


def never_learned(decision: Choice, spec: SettleSpec) -> NotLearned | None:
    """Returns why a decision is not learned from whatever becomes of it, or None."""
    if decision.input.is_test:
        return NotLearned.TEST
    # By identity: this is asked of every decision, and hashing an enumeration's member takes longer than all the rest.
    if decision.result is not Result.CAMPAIGN and decision.result is not Result.NO_CONTACT:
        return NotLearned.NOTHING_CHOSEN
    decided_by = decision.decided_by
    if decided_by is DecidedBy.POLICY or decided_by is DecidedBy.UNIFORM_RANDOM:
        return None
    if decided_by is DecidedBy.RANDOM_SHARE or (
        decided_by is DecidedBy.BUSINESS_AS_USUAL and decision.group is AssignmentGroup.OPTIMIZED
    ):
        return None
    if decided_by is DecidedBy.HISTORICAL:
        return None if spec.historical_weight > 0.0 else NotLearned.DECIDED_BY
    if decided_by is DecidedBy.FORCED or not spec.learn_business_as_usual:
        return NotLearned.DECIDED_BY
    return None


def follow(history: DecisionHistory[Send], terms: SettleTerms, limit_us: int, *, as_of: bool = False) -> Settlement:
    """Returns where a decision would stand if decisions of its kind were learned from; see settle."""
    send_us, known_us = history.decision.input.send_time_us, history.record_time_us
    if history.activation is None and not must_be_activated(history.decision):
        return _wait_for_feeds(send_us, known_us, terms, limit_us, as_of)
    activation = history.activation_by(terms.spec, limit_us)
    if activation is None and history.must_be_activated:
        deadline_us = max(send_us + terms.spec.activation_deadline_us, known_us)
        if limit_us >= deadline_us:
            return Settlement(SettleState.NOT_LEARNED, deadline_us, reason=NotLearned.EXPIRED)
        return Settlement(SettleState.OPEN, max(send_us + terms.window_us, known_us))
    if activation is None:
        return _wait_for_feeds(send_us, known_us, terms, limit_us, as_of)
    if not history.must_be_activated and not as_of:
        # What is said after a decision was due comes too late for it, and counts when relearning.
        unactivated = _wait_for_feeds(send_us, known_us, terms, limit_us, as_of)
        if unactivated.state is not SettleState.OPEN and unactivated.due_us < history.activation_record_time_us:
            return unactivated
    known_us = max(known_us, history.activation_record_time_us)
    if activation.state is not ActivationState.SENT:
        return Settlement(SettleState.NOT_LEARNED, known_us, reason=UNSENT_REASON[activation.state])
    return _wait_for_feeds(activation.activate_time_us, known_us, terms, limit_us, as_of)


def _wait_for_feeds(start_us: int, known_us: int, terms: SettleTerms, limit_us: int, as_of: bool) -> Settlement:
    end_us, feeds = start_us + terms.window_us, terms.spec.required_feeds
    window = Window(start_us, end_us)
    due_us = over_us = max(known_us, end_us)
    if feeds:
        complete_us = terms.marks.complete_time(feeds, end_us)
        lapse_us = max(known_us, end_us + terms.spec.grace_us)
        if complete_us is None or complete_us > (limit_us if as_of else min(limit_us, lapse_us)):
            if lapse_us <= limit_us:
                return Settlement(SettleState.LAPSED, lapse_us, window)
            return Settlement(SettleState.OPEN, over_us, window)
        due_us = max(complete_us, over_us)
    if due_us > limit_us:
        return Settlement(SettleState.OPEN, due_us, window)
    return Settlement(SettleState.SETTLED, due_us, window, None, limit_us if as_of else due_us)


def window_of(history: DecisionHistory[Send], terms: SettleTerms, cut_us: int) -> Window | None:
    """Returns the outcome window of a decision as known by cut_us, None where it has none.

    Tests, decisions without an eligible campaign, and unsent, replaced, superseded and (so far) unactivated ones have
    none. Held-out decisions and those of no contact count as sent at send_time.
    """
    decision = history.decision
    if history.record_time_us > cut_us or decision.input.is_test or decision.result is Result.NO_ELIGIBLE:
        return None
    activation = history.activation_by(terms.spec, cut_us)
    if activation is None:
        start_us = decision.input.send_time_us
        return None if history.must_be_activated else Window(start_us, start_us + terms.window_us)
    if activation.state is not ActivationState.SENT:
        return None
    return Window(activation.activate_time_us, activation.activate_time_us + terms.window_us)


def outcome_status(outcome: Outcome, history: DecisionHistory[Send], terms: SettleTerms, now_us: int) -> OutcomeStatus:
    """Returns what an outcome that is recorded now_us means for one decision that it names or may join by time.

    One of ACCEPTED, LATE, OUT_OF_WINDOW, BEFORE_SEND, NOT_ACTIVATED and NOT_SENT. For a refund pass the refunded
    outcome, since that one says where the refund joins.
    """
    decision = history.decision
    if decision.input.is_test or decision.result is Result.NO_ELIGIBLE:
        return OutcomeStatus.NOT_SENT
    if history.activation is None and not history.must_be_activated:
        # Most outcomes are told by these comparisons alone: before its window is over no decision is due.
        start_us = decision.input.send_time_us
        if outcome.occur_time_us < start_us:
            return OutcomeStatus.BEFORE_SEND
        if outcome.occur_time_us >= start_us + terms.window_us:
            return OutcomeStatus.OUT_OF_WINDOW
        if now_us < start_us + terms.window_us:
            return OutcomeStatus.ACCEPTED
    settlement = follow(history, terms, now_us)
    if settlement.window is None:
        return OutcomeStatus.NOT_ACTIVATED if settlement.state is SettleState.OPEN else OutcomeStatus.NOT_SENT
    if outcome.occur_time_us < settlement.window.start_us:
        return OutcomeStatus.BEFORE_SEND
    if outcome.occur_time_us >= settlement.window.end_us:
        return OutcomeStatus.OUT_OF_WINDOW
    # A decision takes in what is recorded up to and including its due time.
    late = settlement.state is not SettleState.OPEN and settlement.due_us < now_us
    return OutcomeStatus.LATE if late else OutcomeStatus.ACCEPTED
