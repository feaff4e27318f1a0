"""Laws of a scope in which activated decisions alone count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from banditsvc.core.activation import ActivationState
from banditsvc.core.context import CustomerContext
from banditsvc.core.lift_spec import LiftPopulation, LiftSpec
from banditsvc.core.times import DAY_US
from banditsvc.ports import DecisionLog
from tests.lift_tables.lift_log import (
    HOLDOUT,
    PORTFOLIO,
    START_US,
    activated,
    decided,
    draw,
    enrolled,
    groups,
    put,
    rows,
    shop_tables,
)


@pytest.fixture(autouse=True)
def _activated_only(log: DecisionLog) -> None:
    put(log, replace(PORTFOLIO, lift=LiftSpec(population=LiftPopulation.ACTIVATED)))


def test_entry_is_the_first_activation(log: DecisionLog) -> None:
    """A customer enters when its first decision goes out, with what was known for that one; the others do not count."""
    for day, state in ((1, ActivationState.NOT_SENT), (3, ActivationState.SENT), (2, ActivationState.SENT)):
        context = CustomerContext(segment=f"day {day}")
        put(log, decided("a", draw(), decision_id=f"d{day}", campaign_id=f"c{day}", context=context), day=0.5)
        put(log, activated(f"d{day}", state, day=day), day=day)
    found = rows(shop_tables(log)).loc["a"]

    assert (START_US + 2 * DAY_US,) * 2 == (found["entry_us"], found["contact_us"])
    assert ("day 2", "c2") == (found["segment"], found["campaign"])


def test_held_out_customers_enter_likewise(log: DecisionLog) -> None:
    """A held-out customer whose moment came, activated as SENT, enters; those without are left out in every group alike."""
    put(log, enrolled("never asked", draw()))
    for name, group in (("h", HOLDOUT), ("t", draw().group)):
        put(log, decided(f"{name}1", draw(group), decision_id=f"{name}1"), decided(f"{name}2", draw(group)))
        put(log, activated(f"{name}1", day=1))
    found = shop_tables(log)

    assert {"h1": "HOLDOUT", "t1": "OPTIMIZED"} == groups(found)
    assert 2 == found.enrolled.not_activated
    assert [START_US + DAY_US] * 2 == rows(found)["contact_us"].tolist()


def test_what_was_sent_in_place_of_an_answer_is_counted(log: DecisionLog) -> None:
    """A held-out customer who enters, and got something against another answer, is counted as contacted all the same."""
    put(log, decided("a", draw(HOLDOUT), decision_id="d1"), decided("a", draw(HOLDOUT), decision_id="d2"))
    put(log, activated("d1", ActivationState.REPLACED_BY, replaced_by="sale"), activated("d2"))

    assert 1 == shop_tables(log).enrolled.contaminated
