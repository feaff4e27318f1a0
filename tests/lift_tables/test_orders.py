"""Laws of orders: each once, net of refunds, by the customer who made it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.attribution import LoggedOutcome, effective_outcomes, refunded_amount
from banditsvc.core.lift_spec import LiftSpec
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import Feed, Outcome, OutcomeType
from banditsvc.lift_tables.orders import OrderBook
from banditsvc.ports import DecisionLog
from tests.lift_tables.lift_log import (
    PORTFOLIO,
    acme_tables,
    brought,
    decided,
    draw,
    ordered,
    orders_of,
    put,
    refunded,
    shop_tables,
)

laws = settings(max_examples=60, deadline=None, derandomize=True)


def test_the_highest_revision_counts(log: DecisionLog) -> None:
    """Of each outcome the highest revision counts, in whatever order they came, also where it counts for nothing."""
    put(log, ordered("o1", "a", amount=10.0), ordered("o1", "a", amount=25.0, revision=1))
    put(log, ordered("o2", "a", amount=40.0, revision=2), ordered("o2", "a", amount=10.0, revision=1))
    put(log, ordered("o3", "a"), ordered("o3", "a", revision=1, type=OutcomeType.CLICK, amount=None))
    put(log, ordered("o4", "a", revision=1, type=OutcomeType.CLICK, amount=None), ordered("o4", "a"))

    assert [("o1", 25.0), ("o2", 40.0)] == orders_of(shop_tables(log))


def test_refunds_are_taken_off_whenever_they_came(log: DecisionLog) -> None:
    """An order is net of its refunds, however late they are; one without an amount takes back all of it."""
    put(log, ordered("o1", "a"), refunded("r1", "o1", 4.0, day=1), refunded("r2", "o1", 1.0, day=300), day=1)
    put(log, ordered("o2", "a"), refunded("r3", "o2", day=300), refunded("r4", "unknown", 5.0), day=2)
    tables = shop_tables(log)

    assert [("o1", 5.0), ("o2", 0.0)] == orders_of(tables)
    assert tables.orders["is_conversion"].all()


def test_only_what_is_named_counts(log: DecisionLog) -> None:
    """Revenue and conversions are of the outcomes that the lift_spec names, and never what a machine did."""
    spec = LiftSpec(
        revenue_outcomes=(Feed(type=OutcomeType.REVENUE),),
        conversion_outcomes=(Feed(type=OutcomeType.CLICK), Feed(type=OutcomeType.CUSTOM, custom_type="signup")),
    )
    put(log, replace(PORTFOLIO, lift=spec))
    kinds = (OutcomeType.REVENUE, OutcomeType.CLICK, OutcomeType.CONVERSION, OutcomeType.DELIVERED)
    put(log, *(ordered(kind.name, "a", type=kind) for kind in kinds))
    put(log, ordered("signup", "a", type=OutcomeType.CUSTOM, custom_type="signup"))
    put(log, ordered("other", "a", type=OutcomeType.CUSTOM, custom_type="other"))
    put(log, ordered("machine", "a", type=OutcomeType.CLICK, machine=True))
    found = shop_tables(log).orders.set_index("outcome_id")

    assert {"REVENUE": True, "CLICK": False, "signup": False} == found["is_revenue"].to_dict()
    assert {"REVENUE": False, "CLICK": True, "signup": True} == found["is_conversion"].to_dict()


def test_an_outcome_of_a_decision_is_its_customers(log: DecisionLog) -> None:
    """An outcome that names a decision belongs to that decision's customer; of a test, or of none known, to nobody."""
    put(log, decided("a", draw(), decision_id="d1"), decided("b", draw(), decision_id="d2", is_test=True), decided("c"))
    put(
        log,
        ordered("o1", decision_id="d1", amount=5.0),
        ordered("o2", decision_id="d2"),
        ordered("o3", decision_id="?"),
    )

    assert {"a": 5.0, "": 20.0} == brought(shop_tables(log))


def test_an_order_is_one_in_all_portfolios(log: DecisionLog) -> None:
    """In the organization's scope an outcome_id that several portfolios have is one order, with the highest revision."""
    put(log, replace(PORTFOLIO, portfolio_id="another", assignments=()))
    put(log, ordered("o1", "a"), ordered("o1", "a", portfolio_id="another"))
    put(log, ordered("o2", "a"), ordered("o2", "a", portfolio_id="another", amount=7.0, revision=1))
    put(log, refunded("r", "o1", 2.0, portfolio_id="another"))

    assert [("o1", 8.0), ("o2", 7.0)] == orders_of(acme_tables(log))
    assert [("o1", 10.0), ("o2", 10.0)] == orders_of(shop_tables(log))


revisions = st.builds(
    Outcome,
    portfolio_id=st.just("shop"),
    outcome_id=st.sampled_from(["o1", "o2", "r1", "r2"]),
    type=st.sampled_from([OutcomeType.CONVERSION, OutcomeType.REFUND, OutcomeType.OPEN]),
    occur_time_us=st.integers(0, 9),
    amount=st.one_of(st.none(), st.floats(-5.0, 50.0)),
    revision=st.integers(0, 3),
    machine=st.booleans(),
    customer_id=st.sampled_from(["a", "b"]),
    **dict.fromkeys(["custom_type", "decision_id", "campaign_id", "channel"], st.just("")),
    refunded_outcome_id=st.sampled_from(["o1", "o2"]),
)


@laws
@given(st.lists(revisions, max_size=12, unique_by=lambda one: (one.outcome_id, one.revision)))
def test_orders_are_what_settling_would_count(stream: list[Outcome]) -> None:
    """Which revision counts, and what refunds take off, is as for rewards, for any stream of revisions."""
    book = OrderBook(LiftSpec())
    for outcome in stream:
        book.add(outcome)
    effective = effective_outcomes((LoggedOutcome(outcome, 0) for outcome in stream), 0)
    refunds = {name: one for name, one in effective.items() if one.type is OutcomeType.REFUND and not one.machine}
    expected = {
        name: (one.customer_id, (one.amount or 0.0) - refunded_amount(one, refunds))
        for name, one in effective.items()
        if one.type is OutcomeType.CONVERSION and not one.machine
    }
    frame = book.frame({}, Merges())
    found = {
        str(name): (str(customer), float(amount))
        for name, customer, amount in zip(frame["outcome_id"], frame["customer_id"], frame["amount"], strict=True)
    }

    assert {name: one[0] for name, one in expected.items()} == {name: one[0] for name, one in found.items()}
    assert {name: one[1] for name, one in expected.items()} == pytest.approx(
        {name: one[1] for name, one in found.items()}
    )
