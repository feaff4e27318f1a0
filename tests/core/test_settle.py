"""Laws of settling: one age for all, nothing learned that was not sent, and no second thoughts."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.activation import ActivationState
from banditsvc.core.choice import Choice
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.portfolio import SettleSpec
from banditsvc.core.settle import (
    DecisionHistory,
    NotLearned,
    Settlement,
    SettleState,
    SettleTerms,
    Window,
    settle,
    window_of,
)
from tests.learner.worlds import CLICK, REVENUE, decision, mark, sent

MADE = 1_000
SEND = 1_100
WINDOW = 50
DEADLINE = SEND + 200
GRACE = 70
NEVER = 100_000
SPEC = SettleSpec(required_feeds=(REVENUE,), grace_us=GRACE, activation_deadline_us=DEADLINE - SEND)
UNSENT = [
    (ActivationState.NOT_SENT, NotLearned.NOT_SENT),
    (ActivationState.REPLACED_BY, NotLearned.REPLACED),
    (ActivationState.SUPERSEDED, NotLearned.SUPERSEDED),
]
NO_FEEDS = dataclasses.replace(SPEC, required_feeds=())


def terms(*marks: tuple[int, int], spec: SettleSpec = SPEC) -> SettleTerms:
    """Returns terms with marks given as (record time, complete through)."""
    return SettleTerms(spec, WINDOW, FeedMarks([(time_us, mark(through_us)) for time_us, through_us in marks]))


def history(
    *, deferred: bool = False, activation: tuple[int, int, ActivationState] | None = None, base: Decision | None = None
) -> DecisionHistory[Choice]:
    """Returns a decision with an activation given as (record time, activate time, state)."""
    made = base or decision(0, customer=0, send_us=SEND, deferred=deferred)
    if activation is None:
        return DecisionHistory(made, MADE)
    recorded, time_us, state = activation
    return DecisionHistory(made, MADE, sent(made.decision_id, time_us, state), recorded)


def test_a_decision_settles_when_its_window_is_over_and_its_feed_complete() -> None:
    """Due is the later of the window's end and the record time of the mark that reaches it."""
    window = Window(SEND, SEND + WINDOW)

    early = settle(history(), terms((SEND + 1, window.end_us)), NEVER)
    late = settle(history(), terms((SEND + 1, window.end_us - 1), (window.end_us + 9, window.end_us)), NEVER)

    assert early == Settlement(SettleState.SETTLED, window.end_us, window, cut_us=window.end_us)
    assert late == Settlement(SettleState.SETTLED, window.end_us + 9, window, cut_us=window.end_us + 9)


def test_every_required_feed_is_waited_for() -> None:
    """A decision is due only when the last of its required feeds is complete."""
    spec = dataclasses.replace(SPEC, required_feeds=(REVENUE, CLICK))
    end_us = SEND + WINDOW
    marks = FeedMarks([(end_us + 1, mark(end_us)), (end_us + 5, mark(end_us, CLICK))])

    assert settle(history(), SettleTerms(spec, WINDOW, marks), NEVER).due_us == end_us + 5


def test_an_earlier_mark_changes_nothing() -> None:
    """A mark that goes back takes nothing back."""
    end_us = SEND + WINDOW
    marks = FeedMarks([(end_us + 1, mark(end_us)), (end_us + 2, mark(SEND))])

    assert marks.complete_time((REVENUE,), end_us) == end_us + 1
    assert marks.complete_through(REVENUE) == end_us


@pytest.mark.parametrize(
    ("mark_time", "live", "relearned"),
    [
        (SEND + WINDOW + GRACE, SettleState.SETTLED, SettleState.SETTLED),
        (SEND + WINDOW + GRACE + 1, SettleState.LAPSED, SettleState.SETTLED),
        (NEVER + 1, SettleState.LAPSED, SettleState.LAPSED),
    ],
)
def test_a_late_feed_lapses_live_and_counts_when_relearned(
    mark_time: int, live: SettleState, relearned: SettleState
) -> None:
    """A feed complete after the grace leaves a decision unlearned live; relearning takes it in."""
    known = terms((mark_time, SEND + WINDOW))

    assert settle(history(), known, NEVER).state == live
    assert settle(history(), known, NEVER, as_of=True).state == relearned


def test_a_relearned_decision_takes_in_everything_recorded_by_then() -> None:
    """As of a time the evidence ends at that time, not when the decision was due."""
    known = terms((SEND + WINDOW, SEND + WINDOW))

    assert settle(history(), known, NEVER, as_of=True).cut_us == NEVER


def test_a_deferred_decision_waits_for_its_activation_and_expires_without() -> None:
    """Deferred and not activated it is open up to the deadline and never learned from then on."""
    known = terms(spec=NO_FEEDS)

    assert settle(history(deferred=True), known, DEADLINE - 1).state == SettleState.OPEN
    assert settle(history(deferred=True), known, DEADLINE) == Settlement(
        SettleState.NOT_LEARNED, DEADLINE, reason=NotLearned.EXPIRED
    )


def test_an_activation_recorded_after_the_deadline_does_not_count() -> None:
    """What counts is when the log took the activation in, to the microsecond."""
    known = terms(spec=NO_FEEDS)
    in_time = history(deferred=True, activation=(DEADLINE, SEND, ActivationState.SENT))
    too_late = history(deferred=True, activation=(DEADLINE + 1, SEND, ActivationState.SENT))

    assert settle(in_time, known, NEVER).state == SettleState.SETTLED
    assert settle(too_late, known, NEVER).reason == NotLearned.EXPIRED


def test_the_window_starts_when_it_went_out() -> None:
    """The window of a sent decision starts at activate_time, whether it was deferred or not."""
    for deferred in (False, True):
        known = history(deferred=deferred, activation=(SEND + 20, SEND + 15, ActivationState.SENT))

        assert settle(known, terms(spec=NO_FEEDS), NEVER).window == Window(SEND + 15, SEND + 15 + WINDOW)


def test_an_activation_after_a_decision_was_due_changes_nothing() -> None:
    """A decision that needs no activation is settled as sent at send_time when none has come by its due time."""
    late = history(activation=(SEND + WINDOW + 1, SEND, ActivationState.NOT_SENT))
    in_time = history(activation=(SEND + WINDOW, SEND, ActivationState.NOT_SENT))

    assert settle(late, terms(spec=NO_FEEDS), NEVER).state == SettleState.SETTLED
    assert settle(late, terms(spec=NO_FEEDS), NEVER, as_of=True).reason == NotLearned.NOT_SENT
    assert settle(in_time, terms(spec=NO_FEEDS), NEVER).reason == NotLearned.NOT_SENT


def test_the_deadline_binds_only_what_must_be_activated() -> None:
    """What is said of a decision that needs no activation counts up to its due time, and to any time if relearned."""
    early = dataclasses.replace(NO_FEEDS, activation_deadline_us=10)
    waiting = dataclasses.replace(SPEC, activation_deadline_us=10)
    end_us = SEND + WINDOW
    for state, reason in UNSENT:
        told = history(activation=(SEND + 11, SEND + 11, state))
        at_due = history(activation=(end_us + 20, end_us + 20, state))
        too_late = history(activation=(end_us + 21, end_us + 21, state))
        marked = terms((end_us + 20, end_us), spec=waiting)

        assert settle(told, terms(spec=early), NEVER) == Settlement(SettleState.NOT_LEARNED, SEND + 11, reason=reason)
        assert window_of(told, terms(spec=early), NEVER) is None
        assert settle(at_due, marked, NEVER).reason == reason
        assert settle(too_late, marked, NEVER).state == SettleState.SETTLED
        assert settle(too_late, marked, NEVER, as_of=True).reason == reason
        assert settle(too_late, marked, end_us + 20, as_of=True).state == SettleState.SETTLED


@pytest.mark.parametrize(
    ("state", "reason"),
    UNSENT,
)
def test_what_was_not_sent_is_never_learned(state: ActivationState, reason: NotLearned) -> None:
    """Unsent, replaced and superseded decisions are closed unlearned when the log hears of it, and have no window."""
    known = history(deferred=True, activation=(SEND + 3, SEND + 3, state))

    assert settle(known, terms(), NEVER) == Settlement(SettleState.NOT_LEARNED, SEND + 3, reason=reason)
    assert window_of(known, terms(), NEVER) is None


@pytest.mark.parametrize("decided_by", DecidedBy)
@pytest.mark.parametrize("result", Result)
@pytest.mark.parametrize("is_test", [False, True])
def test_only_real_choices_for_who_is_optimized_equal_draws_and_history_are_learned(
    decided_by: DecidedBy, result: Result, is_test: bool
) -> None:
    """Learned are CAMPAIGN and NO_CONTACT that are no tests: by the policy or what decides in its phase's place, by an
    equal draw, and from history; and nothing else.
    """
    plain = decision(0, customer=0, send_us=SEND)
    base = structs.replace(
        plain, decided_by=decided_by, result=result, input=structs.replace(plain.input, is_test=is_test)
    )
    learned = (
        decided_by not in {DecidedBy.HOLDOUT, DecidedBy.FORCED, DecidedBy.FALLBACK, DecidedBy.GUARDRAIL}
        and result in {Result.CAMPAIGN, Result.NO_CONTACT}
        and not is_test
    )

    state = settle(history(base=base), terms(spec=NO_FEEDS), NEVER).state

    assert state == (SettleState.SETTLED if learned else SettleState.NOT_LEARNED)


def test_held_out_and_no_contact_decisions_have_windows() -> None:
    """What has nothing to send counts as respected at send_time even if deferred; where nothing was eligible, never."""
    deferred = decision(0, customer=0, send_us=SEND, deferred=True)
    held_out = history(base=structs.replace(deferred, result=Result.HELD_OUT, campaign_id=""))
    silent = history(base=structs.replace(deferred, result=Result.NO_CONTACT))
    nothing = history(base=structs.replace(deferred, result=Result.NO_ELIGIBLE, campaign_id=""))

    assert window_of(held_out, terms(), NEVER) == Window(SEND, SEND + WINDOW)
    assert window_of(silent, terms(), NEVER) == Window(SEND, SEND + WINDOW)
    assert window_of(nothing, terms(), NEVER) is None


TIMES = st.integers(MADE, MADE + 600)
HISTORIES = st.builds(
    history,
    deferred=st.booleans(),
    activation=st.none() | st.tuples(TIMES, TIMES, st.sampled_from(ActivationState)),
)
MARKS = st.lists(st.tuples(TIMES, TIMES), max_size=5).map(sorted)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(known=HISTORIES, marks=MARKS, limit=TIMES, later=TIMES)
def test_a_decision_that_is_not_open_never_changes(
    known: DecisionHistory[Choice], marks: list[tuple[int, int]], limit: int, later: int
) -> None:
    """Once settled, unlearned or lapsed, a decision stays so however late one looks and whatever is recorded later."""
    until = [one for one in marks if one[0] <= limit]
    heard = known.activation is not None and known.activation_record_time_us <= limit
    then = settle(known if heard else DecisionHistory(known.decision, MADE), terms(*until), limit)
    assert then == settle(known, terms(*marks), limit)

    if then.state is SettleState.OPEN:
        return
    assert then.due_us <= limit
    assert settle(known, terms(*marks), max(limit, later)) == then


@settings(max_examples=300, deadline=None, derandomize=True)
@given(known=HISTORIES, marks=MARKS)
def test_a_decision_is_closed_exactly_when_it_is_due(
    known: DecisionHistory[Choice], marks: list[tuple[int, int]]
) -> None:
    """A decision is open at every moment before its due time and closed from it on."""
    final = settle(known, terms(*marks), NEVER)

    assert settle(known, terms(*marks), final.due_us) == final
    assert settle(known, terms(*marks), final.due_us - 1).state is SettleState.OPEN
