"""Laws of the first would-be contact: by the decision alone, alike for target and held-out customers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from banditsvc.core.activation import ActivationState
from banditsvc.core.assignment import AssignedGroup
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import NO_CONTACT, CampaignType
from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.ghost import held_out
from banditsvc.core.times import DAY_US
from banditsvc.lift_tables.read_tables import would_be_contact
from banditsvc.ports import DecisionLog
from tests.lift_tables.lift_log import (
    HOLDOUT,
    START_US,
    acme_tables,
    activated,
    decided,
    draw,
    enrolled,
    of_organization,
    put,
    rows,
    shop_tables,
)

BOTH = pytest.mark.parametrize("group", [AssignmentGroup.OPTIMIZED, HOLDOUT])


@BOTH
def test_the_earliest_sending_is_the_contact(log: DecisionLog, group: AssignmentGroup) -> None:
    """The first would-be contact is the earliest one by send_time, with its campaign and family."""
    put(log, enrolled("a", draw(group)))
    put(log, decided("a", draw(group), campaign_id=NO_CONTACT, day=1), day=1)
    put(log, decided("a", draw(group), campaign_id="later", day=9), day=2)
    put(log, decided("a", draw(group), campaign_id="first", family="sales", day=4), day=3)
    found = rows(shop_tables(log)).loc["a"]

    assert (START_US + 4 * DAY_US, "first", "sales") == (found["contact_us"], found["campaign"], found["family"])


@BOTH
def test_what_became_of_it_does_not_matter(log: DecisionLog, group: AssignmentGroup) -> None:
    """A contact that was never activated, or said not to have been sent, is a would-be contact like any other."""
    put(log, decided("a", draw(group), decision_id="d", day=1, defer_activation=True), day=1)
    before = rows(shop_tables(log))["contact_us"].tolist()
    put(log, activated("d", ActivationState.NOT_SENT), day=1)

    assert [START_US + DAY_US] == before == rows(shop_tables(log))["contact_us"].tolist()


@BOTH
def test_nobody_is_contacted_before_entry(log: DecisionLog, group: AssignmentGroup) -> None:
    """Where a send_time lies before the customer's entry the contact is at entry."""
    put(log, decided("a", draw(group), day=1), day=2)

    assert START_US + 2 * DAY_US == rows(shop_tables(log)).loc["a", "contact_us"]


@BOTH
def test_no_contact_is_none(log: DecisionLog, group: AssignmentGroup) -> None:
    """NO_CONTACT, and nothing at all, leave the customer without a would-be contact."""
    put(log, enrolled("a", draw(group)), decided("b", draw(group), campaign_id=NO_CONTACT))

    assert [0, 0] == rows(shop_tables(log))["contact_us"].tolist()


def counts(decision: Decision) -> tuple[bool, bool]:
    """Returns whether a decision is a would-be contact, for a target customer and for a held-out one."""
    place = next(at for at, one in enumerate(decision.draws) if one.owner.name == "PORTFOLIO")
    other = structs.replace(
        decision,
        draws=tuple(replace(one, group=HOLDOUT) if at == place else one for at, one in enumerate(decision.draws)),
    )
    return would_be_contact(decision, place) is not None, would_be_contact(held_out(other), place) is not None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"decided_by": DecidedBy.FALLBACK}, True),
        ({"decided_by": DecidedBy.GUARDRAIL}, True),
        ({"decided_by": DecidedBy.FORCED}, True),
        ({"kind": CampaignType.TRANSACTIONAL}, True),
        ({"kind": CampaignType.TRANSACTIONAL, "decided_by": DecidedBy.FORCED}, False),
        ({"decided_by": DecidedBy.UNIFORM_RANDOM}, False),
        # For customers who are optimized, as in the first phases.
        ({"decided_by": DecidedBy.BUSINESS_AS_USUAL}, True),
        ({"decided_by": DecidedBy.RANDOM_SHARE}, True),
        ({"campaign_id": NO_CONTACT}, False),
        ({"is_test": True}, False),
    ],
)
def test_both_groups_are_contacted_alike(changes: dict[str, Any], expected: bool) -> None:
    """Whatever a decision is, it is a would-be contact of a target customer where it is one of a held-out customer."""
    assert (expected, expected) == counts(decided("a", draw(), **changes))


@pytest.mark.parametrize("other", list(AssignmentGroup))
@pytest.mark.parametrize("before", [True, False])
def test_other_divisions_must_leave_it_to_the_policy(other: AssignmentGroup, *, before: bool) -> None:
    """Where another division has the customer in a group of its own, neither contacts nor ghosts count."""
    beside: AssignedGroup = of_organization(other) if before else draw(other, channel="email")
    decision = decided("a", *((beside, draw()) if before else (draw(), beside)))
    contact = decided("a", draw()).contact
    assert contact is not None
    found = counts(
        structs.replace(
            decision, contact=contact, would_have_sent=None, decided_by=DecidedBy.POLICY, campaign_id="sale"
        )
    )

    assert (other is AssignmentGroup.OPTIMIZED,) * 2 == found


def test_a_portfolios_groups_do_not_tilt_the_organizations(log: DecisionLog) -> None:
    """Within the organization's scope a portfolio's coin and holdout are no would-be contact in either group."""
    for name, group in (("target", AssignmentGroup.OPTIMIZED), ("control", HOLDOUT)):
        for below in AssignmentGroup:
            decided_by = DecidedBy.UNIFORM_RANDOM if below is AssignmentGroup.UNIFORM_RANDOM else DecidedBy.POLICY
            put(log, decided(f"{name} {below.name}", of_organization(group), draw(below), decided_by=decided_by))
    found = rows(acme_tables(log))["contact_us"] > 0

    assert ["control OPTIMIZED", "target OPTIMIZED"] == sorted(found.index[found])
