"""Laws of customers who turned out to be one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chisquare

from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.merges import Merges
from banditsvc.core.times import DAY_US
from banditsvc.lift_tables.families import only_alone
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


def test_a_customer_of_whom_one_id_was_enrolled_has_all_orders(log: DecisionLog) -> None:
    """An enrolled id and one that is not are one customer, under the surviving id, with the orders of both."""
    put(log, decided("a", draw(), day=1), decided("c", draw(HOLDOUT), day=1), day=1)
    put(log, ordered("o1", "a", amount=1.0), ordered("o2", "b", amount=2.0), merge("a", "b"), day=4)
    found = shop_tables(log)

    assert {"b": "OPTIMIZED", "c": "HOLDOUT"} == groups(found)
    assert START_US + DAY_US == rows(found).loc["b"]["entry_us"]
    assert {"b": 3.0} == brought(found)
    assert (0, 0) == (found.enrolled.mixed_families, found.enrolled.merged_families)


def test_a_family_of_one_group_leaves_the_lift_too(log: DecisionLog) -> None:
    """Ids that were drawn into one group by chance leave like the others, and are counted apart."""
    put(log, decided("a", draw()), decided("b", draw()), decided("c", draw()), decided("d", draw(HOLDOUT)))
    put(log, merge("a", "b"), day=1)
    found = shop_tables(log)

    assert {"c": "OPTIMIZED", "d": "HOLDOUT"} == groups(found)
    assert (0, 1) == (found.enrolled.mixed_families, found.enrolled.merged_families)


def test_merges_leave_each_group_the_same_share_of_customers() -> None:
    """Whichever group is small, as many of its customers stay as of the others: merging selects nobody by group."""
    rng = np.random.default_rng(7)
    count = 20_000
    held_out = rng.random(count) < 0.1
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(count)],
            "group": np.where(held_out, "HOLDOUT", "OPTIMIZED"),
            "is_outside": False,
        }
    )
    # Every other id turns out to be somebody else's.
    merges = Merges((0, merge(f"c{number}", f"c{number + 1}")) for number in range(0, count // 2, 2))
    left = only_alone(frame, merges).frame
    stayed = [int((left["group"] == name).sum()) for name in ("HOLDOUT", "OPTIMIZED")]

    assert chisquare(stayed, np.array([0.1, 0.9]) * len(left)).pvalue > 0.001


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
    assert (1, 1) == (found.enrolled.mixed_families, found.enrolled.merged_families)


def test_an_id_that_was_never_seen_can_survive(log: DecisionLog) -> None:
    """A customer is the survivor of a family also where that id has no decision of its own."""
    put(log, decided("a", draw(HOLDOUT), day=1), day=1)
    put(log, merge("a", "z"), day=3)

    assert {"z": "HOLDOUT"} == groups(shop_tables(log))


def test_customers_stay_in_the_order_of_entry(log: DecisionLog) -> None:
    """After merges too the table is in the order in which customers entered."""
    for day, name in enumerate("abcd"):
        put(log, decided(name, draw(), day=day), day=day)
    put(log, merge("b", "z"), day=5)
    found = shop_tables(log).enrolled.frame

    assert ["a", "z", "c", "d"] == found["customer_id"].tolist()
    assert found["entry_us"].is_monotonic_increasing
