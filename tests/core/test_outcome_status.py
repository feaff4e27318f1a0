"""Laws of what becomes of an outcome that names a decision."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from msgspec import structs

from banditsvc.core.activation import ActivationState
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.choice import Choice
from banditsvc.core.decision import DecidedBy
from banditsvc.core.outcome import OutcomeStatus
from banditsvc.core.settle import DecisionHistory, SettleState, follow, outcome_status
from tests.core.test_settle import DEADLINE, HISTORIES, MARKS, NO_FEEDS, SEND, TIMES, WINDOW, history, terms
from tests.learner.worlds import decision, outcome


@pytest.mark.parametrize(
    ("known", "occur", "now", "status"),
    [
        (history(), SEND, SEND + 1, OutcomeStatus.ACCEPTED),
        (history(), SEND + WINDOW - 1, SEND + WINDOW, OutcomeStatus.ACCEPTED),
        (history(), SEND + WINDOW - 1, SEND + WINDOW + 1, OutcomeStatus.LATE),
        (history(), SEND + WINDOW, SEND + WINDOW, OutcomeStatus.OUT_OF_WINDOW),
        (history(), SEND - 1, SEND, OutcomeStatus.BEFORE_SEND),
        (history(deferred=True), SEND, DEADLINE - 1, OutcomeStatus.NOT_ACTIVATED),
        (history(deferred=True), SEND, DEADLINE, OutcomeStatus.NOT_SENT),
        (history(activation=(SEND, SEND, ActivationState.REPLACED_BY)), SEND, SEND, OutcomeStatus.NOT_SENT),
        (history(activation=(SEND + 9, SEND + 9, ActivationState.SENT)), SEND, SEND + 9, OutcomeStatus.BEFORE_SEND),
    ],
)
def test_the_status_of_an_outcome_tells_what_becomes_of_it(
    known: DecisionHistory[Choice], occur: int, now: int, status: OutcomeStatus
) -> None:
    """An outcome's status against a decision follows from the decision's window and due time."""
    assert outcome_status(outcome("o", occur), known, terms(spec=NO_FEEDS), now) == status


@settings(max_examples=300, deadline=None, derandomize=True)
@given(known=HISTORIES, marks=MARKS, occur=TIMES, now=TIMES)
def test_an_outcome_is_accepted_or_late_exactly_within_the_window(
    known: DecisionHistory[Choice], marks: list[tuple[int, int]], occur: int, now: int
) -> None:
    """Within the window of a decision that may still settle, an outcome is in time until that is due, and then late."""
    found = follow(known, terms(*marks), now)
    if found.window is None:
        expected = {OutcomeStatus.NOT_ACTIVATED if found.state is SettleState.OPEN else OutcomeStatus.NOT_SENT}
    elif not found.window.contains(occur):
        expected = {OutcomeStatus.BEFORE_SEND, OutcomeStatus.OUT_OF_WINDOW}
    else:
        is_late = found.state is not SettleState.OPEN and found.due_us < now
        expected = {OutcomeStatus.LATE if is_late else OutcomeStatus.ACCEPTED}

    assert outcome_status(outcome("o", occur), known, terms(*marks), now) in expected


def test_an_outcome_of_a_decision_that_is_never_learned_from_is_late_at_the_same_age() -> None:
    """Decisions of the business-as-usual group have statuses like any other."""
    usual = structs.replace(
        decision(0, customer=0, send_us=SEND),
        decided_by=DecidedBy.BUSINESS_AS_USUAL,
        group=AssignmentGroup.BUSINESS_AS_USUAL,
    )

    now = SEND + WINDOW + 1

    assert outcome_status(outcome("o", SEND), history(base=usual), terms(spec=NO_FEEDS), now) == OutcomeStatus.LATE
