"""Laws of the table of customers, and of slices of would-be contacts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.times import DAY_US
from offline_eval.lift import (
    NEVER,
    Conclusion,
    LiftSettings,
    Metric,
    Population,
    customer_table,
    lift_frame,
    lift_report,
    ranked_slices,
    sample_ratio,
)

laws = settings(max_examples=200, deadline=None, derandomize=True)
HALVES = {"OPTIMIZED": 0.5, "HOLDOUT": 0.5}
START = 1_760_000_000 * 1_000_000
PAIR = ("OPTIMIZED", "HOLDOUT")


@dataclass(frozen=True)
class Customer:
    """Somebody who is enrolled."""

    customer_id: str
    entry_us: int
    contact_us: int


@dataclass(frozen=True)
class Order:
    """What somebody ordered."""

    customer_id: str
    occur_us: int
    amount: float
    is_revenue: bool
    is_conversion: bool


def tables(customers: list[Customer], orders: list[Order]) -> tuple[pd.DataFrame, pd.DataFrame]:
    enrolled = pd.DataFrame(
        {
            "customer_id": [one.customer_id for one in customers],
            "group": ["HOLDOUT" if number % 2 else "OPTIMIZED" for number in range(len(customers))],
            "entry_us": np.array([one.entry_us for one in customers], dtype=np.int64),
            "contact_us": np.array([one.contact_us for one in customers], dtype=np.int64),
        }
    )
    ordered = pd.DataFrame(
        {
            "customer_id": pd.Series([one.customer_id for one in orders], dtype=object),
            "occur_us": np.array([one.occur_us for one in orders], dtype=np.int64),
            "amount": np.array([one.amount for one in orders], dtype=np.float64),
            "is_revenue": np.array([one.is_revenue for one in orders], dtype=bool),
            "is_conversion": np.array([one.is_conversion for one in orders], dtype=bool),
        }
    )
    return enrolled, ordered


def counted(orders: list[Order], customer: Customer, start_us: int, horizon_us: int) -> tuple[float, bool]:
    """Returns revenue and conversion of one customer, order by order."""
    own = [one for one in orders if one.customer_id == customer.customer_id]
    inside = [one for one in own if start_us <= one.occur_us < start_us + horizon_us]
    return sum(one.amount for one in inside if one.is_revenue), any(one.is_conversion for one in inside)


quarter_days = st.integers(0, 60).map(lambda number: START + number * DAY_US // 4)
customers_of = st.lists(st.tuples(quarter_days, st.one_of(st.none(), st.integers(0, 20))), max_size=8).map(
    lambda found: [
        Customer(f"c{number}", entry, NEVER if wait is None else entry + wait * DAY_US // 4)
        for number, (entry, wait) in enumerate(found)
    ]
)
orders_of = st.lists(
    st.builds(
        Order,
        customer_id=st.integers(0, 9).map("c{}".format),
        occur_us=quarter_days,
        amount=st.floats(-5.0, 50.0),
        is_revenue=st.booleans(),
        is_conversion=st.booleans(),
    ),
    max_size=20,
)


@laws
@given(customers_of, orders_of, st.integers(1, 5), quarter_days)
def test_the_table_is_what_each_customer_brought(
    customers: list[Customer], orders: list[Order], days: int, through_us: int
) -> None:
    """The table is that of a loop over customers and their orders, with every order and customer accounted for."""
    horizon_us = days * DAY_US
    found = customer_table(*tables(customers, orders), horizon_days=days, through_us=through_us)
    over = [one for one in customers if one.entry_us + horizon_us <= through_us]
    anchored = [one for one in over if one.contact_us != NEVER and one.contact_us + horizon_us <= through_us]
    known = {one.customer_id: one for one in customers}
    frame = found.frame

    assert [one.customer_id for one in over] == frame["customer_id"].tolist()
    assert [one.entry_us + horizon_us for one in over] == frame["horizon_end_us"].tolist()
    values = [counted(orders, one, one.entry_us, horizon_us) for one in over]
    assert [value for value, _ in values] == pytest.approx(frame["value"].tolist())
    assert [converted for _, converted in values] == frame["converted"].tolist()
    assert [one.customer_id for one in anchored] == frame["customer_id"][frame["anchored"]].tolist()
    own = frame[frame["anchored"]]
    assert [one.contact_us + horizon_us for one in anchored] == own["anchored_end_us"].tolist()
    from_contact = [counted(orders, one, one.contact_us, horizon_us) for one in anchored]
    assert [value for value, _ in from_contact] == pytest.approx(own["anchored_value"].tolist())
    assert [converted for _, converted in from_contact] == own["anchored_converted"].tolist()
    out = found.left_out
    assert len(customers) - len(over) == out.horizon_not_over
    assert sum(one.contact_us != NEVER for one in over) - len(anchored) == out.contact_horizon_not_over
    assert sum(one.customer_id not in known for one in orders) == out.orders_of_others
    early = [one for one in orders if one.customer_id in known and one.occur_us < known[one.customer_id].entry_us]
    assert len(early) == out.orders_before_entry


def test_the_table_is_what_lift_is_computed_from() -> None:
    """The table goes into the report as it is, and further columns of those enrolled become slices."""
    customers = [Customer(f"c{number}", START + number, START + number) for number in range(40)]
    enrolled, orders = tables(customers, [Order("c3", START + DAY_US, 5.0, is_revenue=True, is_conversion=True)])
    table = customer_table(
        enrolled.assign(segment="gold"), orders, horizon_days=7, through_us=START + 30 * DAY_US
    ).frame
    report = lift_report(table, LiftSettings(shares=HALVES, slices=("segment",)))

    assert {("segment", "gold"), ("", "")} == {(one.slice_name, one.slice_value) for one in report.estimates}
    assert 5.0 / 20.0 == report.groups[1].revenue_per_customer


def campaigns_table() -> pd.DataFrame:
    """Returns 8,000 customers of whom some were first contacted with one of three campaigns, others never."""
    rng = np.random.default_rng(5)
    count = 8_000
    campaign = rng.choice(["strong", "weak", "harmful", ""], count)
    group = rng.choice(["OPTIMIZED", "HOLDOUT"], count)
    effect = pd.Series(campaign).map({"strong": 0.3, "weak": 0.1, "harmful": -0.15, "": 0.0}).to_numpy()
    bought = rng.random(count) < 0.3 + np.where(group == "OPTIMIZED", effect, 0.0)
    return pd.DataFrame(
        {
            "group": group,
            "campaign": campaign,
            "segment": rng.choice(["A", "B"], count),
            "horizon_end_us": START + np.arange(count) * DAY_US // 100,
            "value": bought * 10.0,
            "converted": bought,
            "anchored": campaign != "",
        }
    )


def test_campaigns_are_compared_among_would_be_contacts_alone() -> None:
    """Slices by first would-be campaign are of those who would have been contacted, and corrected for by themselves."""
    report = lift_report(
        campaigns_table(), LiftSettings(shares=HALVES, slices=("segment",), anchored_slices=("campaign",))
    )
    by_campaign = [one for one in report.estimates if one.slice_name == "campaign"]

    assert {Population.WOULD_BE_CONTACTED} == {one.population for one in by_campaign}
    assert {"strong", "weak", "harmful"} == {one.slice_value for one in by_campaign}
    assert (1.0 - 0.05 / 4.0, 1.0 - 0.05 / 6.0) == pytest.approx((report.slice_level, report.anchored_slice_level))
    assert {report.anchored_slice_level} == {one.level for one in by_campaign}
    assert {report.slice_level} == {one.level for one in report.estimates if one.slice_name == "segment"}
    assert set(lift_frame(report)["level"]) == {report.level, report.slice_level, report.anchored_slice_level}


def test_campaigns_are_ranked_by_what_they_brought() -> None:
    """Ranking is by incremental revenue, with both metrics side by side, and what is not known comes last."""
    table = campaigns_table()
    report = lift_report(table, LiftSettings(shares=HALVES, anchored_slices=("campaign",)))
    ranked = ranked_slices(report, PAIR, "campaign", Population.WOULD_BE_CONTACTED)
    unknown = table.assign(campaign=np.where(table["group"] == "HOLDOUT", table["campaign"], "new").astype(str))
    own = table["group"] == "OPTIMIZED"
    unknown.loc[own & (table["campaign"] == "strong"), "campaign"] = "strong"
    last = ranked_slices(
        lift_report(unknown, LiftSettings(shares=HALVES, anchored_slices=("campaign",))),
        PAIR,
        "campaign",
        Population.WOULD_BE_CONTACTED,
    )

    assert ["strong", "weak", "harmful"] == [one.revenue.slice_value for one in ranked]
    assert [Conclusion.HIGHER, Conclusion.LOWER] == [ranked[0].revenue.conclusion, ranked[-1].revenue.conclusion]
    for one in ranked:
        assert one.revenue.absolute * one.revenue.target_customers == one.revenue.incremental
        assert (one.revenue.slice_value, Metric.CONVERSION) == (one.conversion.slice_value, one.conversion.metric)
    assert "strong" == last[0].revenue.slice_value
    assert all(math.isnan(one.revenue.incremental) for one in last[1:])


def test_revenue_may_be_refused_by_itself() -> None:
    """Where revenue cannot be compared there is no number of it anywhere, and conversions are reported all the same."""
    table = campaigns_table()
    refused = lift_report(table, LiftSettings(shares=HALVES, revenue_refusal="CHF and EUR do not add up"))
    whole = lift_report(table, LiftSettings(shares=HALVES))
    revenue = [one for one in refused.estimates if one.metric is Metric.REVENUE]

    assert {"CHF and EUR do not add up"} == {one.refusal for one in revenue}
    assert all(math.isnan(one.absolute) and one.absolute_interval is None and one.needed is None for one in revenue)
    assert all(math.isnan(group.revenue_per_customer) for group in refused.groups)
    assert not any(group.revenue_interval.is_bounded for group in refused.groups)
    conversions = [[one for one in report.estimates if one.metric is Metric.CONVERSION] for report in (refused, whole)]
    assert conversions[0] == conversions[1]


def test_the_check_of_all_enrolled_stands_for_the_tables() -> None:
    """A sample ratio of all who are enrolled decides, also where the table by itself would pass."""
    table = campaigns_table()
    lost = pd.concat([table["group"], pd.Series(["HOLDOUT"] * 2_000)])
    ratio = sample_ratio(lost, pd.Series(np.arange(len(lost))), HALVES, 0.001)
    report = lift_report(table, LiftSettings(shares=HALVES), ratio)

    assert ratio == report.sample_ratio
    assert () == report.estimates
