"""Laws of attribution: what joins which decision, whatever the order in which it came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.attribution import (
    Evidence,
    LoggedOutcome,
    WindowedDecision,
    effective_outcomes,
    join,
    refunded_amount,
)
from banditsvc.core.decision import Decision
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.portfolio import Attribution
from banditsvc.core.settle import Window
from tests.learner.worlds import decision, outcome

FIRST, SECOND = decision(1, customer=7, send_us=0), decision(2, customer=7, send_us=50)
WINDOWS = {"d1": Window(0, 100), "d2": Window(50, 150)}
WINDOWED = [WindowedDecision("d1", 11, WINDOWS["d1"]), WindowedDecision("d2", 12, WINDOWS["d2"])]


def shares(made: Decision, rule: Attribution, *outcomes: Outcome) -> dict[str, float]:
    """Returns the share of each outcome that joins a decision."""
    evidence = Evidence({one.outcome_id: one for one in outcomes}, {}, WINDOWED)
    return {one.outcome.outcome_id: one.share for one in join(made, WINDOWS[made.decision_id], evidence, rule)}


def bought(time_us: int, **changes: Any) -> Outcome:
    """Returns an order of the customer."""
    return outcome("o", time_us, amount=5.0, customer_id="c7")._replace(**changes)


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        (Attribution.ALL_IN_WINDOW, 1.0, 1.0),
        (Attribution.LAST_SENT, 0.0, 1.0),
        (Attribution.SPLIT, 0.5, 0.5),
        (Attribution.CAMPAIGN_MATCH, 0.0, 0.0),
    ],
)
def test_an_outcome_in_two_windows_is_shared_by_the_rule(rule: Attribution, first: float, second: float) -> None:
    """Each rule gives each decision its share of an outcome that falls into both windows."""
    assert shares(FIRST, rule, bought(60)).get("o", 0.0) == first
    assert shares(SECOND, rule, bought(60)).get("o", 0.0) == second


@pytest.mark.parametrize("rule", Attribution)
def test_an_outcome_outside_the_window_never_joins(rule: Attribution) -> None:
    """The window holds its first moment and not its last, for outcomes of customers and of decisions."""
    for time_us, joins in ((49, False), (50, True), (149, True), (150, False)):
        named = bought(time_us, customer_id="", decision_id="d2")
        matching = bought(time_us, campaign_id=SECOND.campaign_id)

        assert bool(shares(SECOND, rule, named)) is joins
        assert bool(shares(SECOND, rule, matching)) is joins


@pytest.mark.parametrize("rule", Attribution)
def test_an_outcome_that_names_a_decision_joins_that_one_whole(rule: Attribution) -> None:
    """Whatever the rule, an outcome with a decision_id belongs to that decision alone."""
    named = bought(60, customer_id="", decision_id="d1")

    assert shares(FIRST, rule, named) == {"o": 1.0}
    assert shares(SECOND, rule, named) == {}


def test_a_campaign_match_needs_the_name_of_the_campaign() -> None:
    """Under CAMPAIGN_MATCH an outcome joins the decisions of the campaign it names, and none if it names none."""
    held_out = structs.replace(FIRST, campaign_id="")

    assert shares(FIRST, Attribution.CAMPAIGN_MATCH, bought(60, campaign_id=FIRST.campaign_id)) == {"o": 1.0}
    assert shares(FIRST, Attribution.CAMPAIGN_MATCH, bought(60, campaign_id="other")) == {}
    assert shares(held_out, Attribution.CAMPAIGN_MATCH, bought(60)) == {}


def test_of_two_sent_at_once_the_later_in_the_log_is_last() -> None:
    """LAST_SENT breaks a tie of start times by position, so the outcome joins exactly one decision."""
    window = Window(0, 100)
    evidence = Evidence({"o": bought(1)}, {}, [WindowedDecision("d2", 12, window), WindowedDecision("d1", 11, window)])

    assert join(FIRST, window, evidence, Attribution.LAST_SENT) == ()
    assert len(join(SECOND, window, evidence, Attribution.LAST_SENT)) == 1


def test_outcomes_of_other_customers_never_join() -> None:
    """An outcome of another customer in the window is passed over."""
    assert shares(FIRST, Attribution.ALL_IN_WINDOW, bought(60, customer_id="c8")) == {}


def test_refunds_take_their_amount_off_what_they_refund() -> None:
    """Refunds join where the refunded outcome joined, whenever they occurred; refunds of refunds are passed over."""
    refunds = {
        "r1": outcome("r1", 900, OutcomeType.REFUND, 2.0, refunds="o"),
        "r2": outcome("r2", 901, OutcomeType.REFUND, 1.0, refunds="o"),
        "rr": outcome("rr", 902, OutcomeType.REFUND, 2.0, refunds="r1"),
    }
    evidence = Evidence({"o": bought(60)} | refunds, refunds, WINDOWED)

    joined = join(FIRST, WINDOWS["d1"], evidence, Attribution.ALL_IN_WINDOW)

    assert [(one.outcome.outcome_id, one.refunded, one.amount) for one in joined] == [("o", 3.0, 2.0)]


@settings(derandomize=True)
@given(st.floats(0.01, 1e6), st.lists(st.none() | st.floats(0.0, 1e6), max_size=4))
def test_refunds_never_take_back_more_than_was_paid(amount: float, taken: list[float | None]) -> None:
    """However many refunds name an outcome, what is left of its amount lies between nothing and all."""
    refunds = {f"r{i}": outcome(f"r{i}", 900, OutcomeType.REFUND, one, refunds="o") for i, one in enumerate(taken)}
    paid = bought(60, amount=amount)

    refunded = refunded_amount(paid, refunds)

    assert refunded == (amount if None in taken else min(amount, sum(one or 0.0 for one in taken)))


def test_a_refund_without_an_amount_takes_back_all() -> None:
    """No amount means the whole amount, and an outcome without an amount has nothing to take back."""
    whole = {"r": outcome("r", 1, OutcomeType.REFUND, refunds="o")}
    part = {"r": outcome("r", 1, OutcomeType.REFUND, 4.0, refunds="o")}

    assert refunded_amount(bought(60), whole) == 5.0
    assert refunded_amount(bought(60), {"r": whole["r"], "s": outcome("s", 2, OutcomeType.REFUND, refunds="o")}) == 5.0
    assert refunded_amount(bought(60)._replace(amount=None), part) == 0.0


REVISIONS = st.permutations(
    [
        LoggedOutcome(outcome("o", 10 + revision, amount=1.0, revision=revision), 100 + 7 * revision)
        for revision in range(5)
    ]
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(revisions=REVISIONS, cut=st.integers(99, 130))
def test_the_highest_revision_recorded_by_the_cut_counts(revisions: list[LoggedOutcome], cut: int) -> None:
    """In whatever order revisions came, the highest of those recorded by the cut is effective."""
    known = [logged.outcome.revision for logged in revisions if logged.record_time_us <= cut]

    effective = effective_outcomes(revisions, cut)

    assert [one.revision for one in effective.values()] == ([max(known)] if known else [])
