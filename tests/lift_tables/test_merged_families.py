"""Laws of customers who turned out to be one."""

from __future__ import annotations

from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.times import DAY_US
from banditsvc.ports import DecisionLog
from tests.lift_tables.lift_log import (
    HOLDOUT,
    START_US,
    brought,
    decided,
    draw,
    groups,
    of_organization,
    ordered,
    put,
    rows,
    shop_tables,
)


def merge(merged: str, surviving: str) -> CustomerMerge:
    return CustomerMerge(organization_id="acme", merged_customer_id=merged, surviving_customer_id=surviving)


def test_a_family_of_one_group_is_one_customer(log: DecisionLog) -> None:
    """Ids of one group are one customer, from the earliest entry on, with the earliest would-be contact and all orders."""
    put(log, decided("a", draw(), day=5, campaign_id="late"), day=1)
    put(log, decided("b", draw(), day=3, campaign_id="early"), day=2)
    put(log, decided("c", draw(HOLDOUT)), day=3)
    put(log, ordered("o1", "a", amount=1.0), ordered("o2", "b", amount=2.0), merge("a", "b"), day=4)
    found = shop_tables(log)
    row = rows(found).loc["b"]

    assert {"b": "OPTIMIZED", "c": "HOLDOUT"} == groups(found)
    assert (START_US + DAY_US, START_US + 3 * DAY_US, "early") == (row["entry_us"], row["contact_us"], row["campaign"])
    assert {"b": 3.0} == brought(found)
    assert 0 == found.enrolled.mixed_families


def test_a_family_of_several_groups_leaves_the_lift(log: DecisionLog) -> None:
    """Where ids of one customer were in different groups all of them are left out, and counted once."""
    put(log, decided("a", draw()), decided("b", draw(HOLDOUT)), decided("c", draw()), decided("d", draw(HOLDOUT)))
    put(log, merge("a", "b"), merge("b", "c"), day=1)
    found = shop_tables(log)

    assert {"d": "HOLDOUT"} == groups(found)
    assert 1 == found.enrolled.mixed_families


def test_a_family_half_outside_leaves_the_lift(log: DecisionLog) -> None:
    """An id whom the organization held out and one whom it did not are no customer of one group either."""
    put(log, decided("a", of_organization(HOLDOUT), draw()), decided("b", of_organization(), draw()))
    put(log, decided("c", of_organization(HOLDOUT), draw()), decided("d", of_organization(HOLDOUT), draw()))
    put(log, merge("a", "b"), merge("c", "d"), day=1)
    found = shop_tables(log)

    assert {} == groups(found)
    assert (1, 1) == (found.enrolled.mixed_families, found.enrolled.outside)


def test_an_id_that_was_never_seen_can_survive(log: DecisionLog) -> None:
    """A customer is the survivor of a family also where that id has no decision; marks of any id are the customer's."""
    put(log, decided("a", draw(HOLDOUT), day=1), decided("b", draw(HOLDOUT), day=1), day=1)
    put(log, decided("b", draw(), day=2), day=2)
    put(log, merge("a", "z"), merge("b", "z"), day=3)
    found = shop_tables(log)

    assert {"z": "HOLDOUT"} == groups(found)
    assert (1, 1) == (found.enrolled.changed_group, found.enrolled.contaminated)


def test_customers_stay_in_the_order_of_entry(log: DecisionLog) -> None:
    """After merges too the table is in the order in which customers entered."""
    for day, name in enumerate("abcd"):
        put(log, decided(name, draw(), day=day), day=day)
    put(log, merge("b", "d"), day=5)
    found = shop_tables(log).enrolled.frame

    assert ["a", "d", "c"] == found["customer_id"].tolist()
    assert found["entry_us"].is_monotonic_increasing
