"""Laws of who is enrolled, in which group, and since when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from banditsvc.core.activation import ActivationState
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import CampaignType
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import DecidedBy
from banditsvc.core.outcome import Outcome
from banditsvc.core.times import DAY_US
from banditsvc.lift_tables.entry_slices import SLICES, entry_slices
from banditsvc.ports import DecisionLog, Recorded
from banditsvc.store.memory import MemoryLog
from tests.lift_tables.lift_log import (
    HOLDOUT,
    ORGANIZATION,
    PORTFOLIO,
    SPEC,
    START_US,
    acme_tables,
    activated,
    decided,
    draw,
    enrolled,
    groups,
    of_organization,
    ordered,
    put,
    rows,
    shop_tables,
)


def test_entry_is_the_first_record_of_a_customer(log: DecisionLog) -> None:
    """A customer enters with its first enrollment or decision, whichever is earlier, with what was known of it then."""
    put(log, decided("a", draw(), day=1, context=CustomerContext(segment="old")), day=1)
    put(log, enrolled("a", draw(), context=CustomerContext(segment="new")), day=2)
    put(log, enrolled("b", draw(HOLDOUT), context=CustomerContext(segment="old")), day=3)
    put(log, decided("b", draw(HOLDOUT), day=4, context=CustomerContext(segment="new")), day=4)
    found = rows(shop_tables(log))

    assert {"a": START_US + DAY_US, "b": START_US + 3 * DAY_US} == found["entry_us"].to_dict()
    assert {"a": "old", "b": "old"} == found["segment"].to_dict()
    assert {"a": "OPTIMIZED", "b": "HOLDOUT"} == found["group"].to_dict()


def test_tests_and_other_divisions_enroll_nobody(log: DecisionLog) -> None:
    """A test, and a decision without a draw of this owner and channel, leaves no customer."""
    put(log, decided("test", draw(), is_test=True))
    put(log, decided("organization", of_organization()), decided("nobody"), decided("email", draw(channel="email")))
    put(log, decided("own", draw()))

    assert {"own": "OPTIMIZED"} == groups(shop_tables(log))
    assert {"organization": "OPTIMIZED"} == groups(acme_tables(log))


def test_history_enrolls_nobody(log: DecisionLog) -> None:
    """A past send draws no group: its customer enters with the first decision here, and its order then is nobody's gain."""
    put(log, decided("a", day=-30, decision_id="h1", decided_by=DecidedBy.HISTORICAL), day=1)
    put(log, decided("b", day=-30, decided_by=DecidedBy.HISTORICAL), day=1)
    put(log, ordered("o1", day=-29, decision_id="h1"), day=1)
    put(log, decided("a", draw(), day=2), day=2)
    found = rows(shop_tables(log))

    assert {"a": START_US + 2 * DAY_US} == found["entry_us"].to_dict()


def test_a_channel_has_a_division_of_its_own(log: DecisionLog) -> None:
    """The scope of a channel takes this channel's draw, and leaves out whom the division for all channels decides for."""
    put(log, replace(PORTFOLIO, assignments=(SPEC, replace(SPEC, channel="email"))))
    put(log, decided("a", draw(), draw(HOLDOUT, channel="email")), decided("b", draw(), draw(channel="email")))
    put(log, decided("c", draw(HOLDOUT), draw(channel="email")), decided("d", draw()))
    email, whole = shop_tables(log, channel="email"), shop_tables(log)

    assert {"a": "HOLDOUT", "b": "OPTIMIZED"} == groups(email)
    assert 1 == email.enrolled.outside
    assert {"a": "OPTIMIZED", "b": "OPTIMIZED", "c": "HOLDOUT", "d": "OPTIMIZED"} == groups(whole)


def test_whom_the_organization_decides_for_is_outside(log: DecisionLog) -> None:
    """In a portfolio's scope customers whom the organization's draw puts into another group are left out and counted."""
    put(log, decided("a", of_organization(), draw(HOLDOUT)), decided("b", of_organization(HOLDOUT), draw()))
    own, above = shop_tables(log), acme_tables(log)

    assert {"a": "HOLDOUT"} == groups(own)
    assert (1, 0) == (own.enrolled.outside, above.enrolled.outside)
    assert {"a": "OPTIMIZED", "b": "HOLDOUT"} == groups(above)


def test_the_organization_is_over_all_its_portfolios(log: DecisionLog) -> None:
    """A customer of several portfolios is one, and enters with the earliest decision in any of them."""
    other = replace(PORTFOLIO, portfolio_id="another", assignments=())
    put(log, other, replace(PORTFOLIO, portfolio_id="foreign", organization_id="other"))
    put(log, decided("a", of_organization(), day=1), day=1)
    put(log, decided("a", of_organization(), day=2, portfolio_id="another"), day=2)
    put(log, decided("b", of_organization(HOLDOUT), portfolio_id="another", day=3), day=3)
    put(log, decided("c", of_organization(), portfolio_id="foreign", day=4), day=4)
    found = rows(acme_tables(log))

    assert {"a": START_US + DAY_US, "b": START_US + 3 * DAY_US} == found["entry_us"].to_dict()


def test_the_newest_version_is_the_one_reported(log: DecisionLog) -> None:
    """By default it is about the newest version that has enrolled anybody; an older one can be asked for."""
    put(log, replace(PORTFOLIO, assignments=(replace(SPEC, assignment_version=2, start_time_us=START_US + DAY_US),)))
    put(log, decided("a", draw()), decided("b", draw(HOLDOUT)))
    before = shop_tables(log)
    put(log, decided("a", draw(HOLDOUT, version=2), day=2), decided("b", draw(), day=3), day=2)
    newest, first = shop_tables(log), shop_tables(log, version=1)

    assert (1, 2, 1) == (before.enrolled.version, newest.enrolled.version, first.enrolled.version)
    assert {"a": "HOLDOUT"} == groups(newest)
    assert {"a": "OPTIMIZED", "b": "HOLDOUT"} == groups(before) == groups(first)


def test_shares_are_those_of_the_log(log: DecisionLog) -> None:
    """Shares come from the logged draws."""
    put(log, decided("a", draw(holdout=0.25)))

    assert (0.75, 0.0, 0.0, 0.25) == shop_tables(log).enrolled.shares


def test_the_first_group_stands(log: DecisionLog) -> None:
    """A customer whose group changes within a version, as its assignment_key did, stays in the first and is counted."""
    put(log, decided("a", draw(), day=1), decided("b", draw(HOLDOUT), day=1), day=1)
    put(log, decided("a", draw(HOLDOUT), day=2), decided("b", draw(HOLDOUT), day=2), day=2)
    found = shop_tables(log)

    assert {"a": "OPTIMIZED", "b": "HOLDOUT"} == groups(found)
    assert 1 == found.enrolled.changed_group


def test_held_out_and_contacted_is_counted_and_kept(log: DecisionLog) -> None:
    """Held-out customers who got something against the answer stay in their group, and are counted."""
    put(log, decided("replaced", draw(HOLDOUT), decision_id="d1"), decided("nothing", draw(HOLDOUT), decision_id="d2"))
    put(log, decided("as told", draw(HOLDOUT), decision_id="d3"), decided("target", draw()))
    put(log, activated("d1", ActivationState.REPLACED_BY, replaced_by="sale"))
    put(log, activated("d2", ActivationState.REPLACED_BY, replaced_by="NO_CONTACT"))
    put(log, activated("d3", ActivationState.SENT))
    put(log, decided("moved", draw(HOLDOUT), day=1), day=1)
    put(log, decided("moved", draw(), day=2), day=2)
    found = shop_tables(log)

    assert 2 == found.enrolled.contaminated
    assert ["moved", "replaced"] == sorted(rows(found).index[rows(found)["contaminated"]])
    assert 5 == len(rows(found))


def test_a_receipt_contaminates_nobody(log: DecisionLog) -> None:
    """Transactional campaigns go to held-out customers too, and are no contact against the answer."""
    receipt = decided("a", draw(), kind=CampaignType.TRANSACTIONAL)
    put(log, structs.replace(receipt, draws=(draw(HOLDOUT),), group=HOLDOUT))

    assert 0 == shop_tables(log).enrolled.contaminated
    assert {"a": "HOLDOUT"} == groups(shop_tables(log))


def test_nobody_is_enrolled_yet(log: DecisionLog) -> None:
    """A division that nobody has met has an empty table of version 0."""
    found = shop_tables(log).enrolled

    assert (0, 0) == (found.version, len(found.frame))
    assert {*SLICES, "customer_id", "group", "entry_us", "contact_us", "contaminated"} <= set(found.frame.columns)


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (None, "unknown"),
        (0.0, "0-30 days"),
        (30.0, "0-30 days"),
        (30.5, "31-90 days"),
        (90.0, "31-90 days"),
        (180.0, "91-180 days"),
        (181.0, "181-365 days"),
        (365.1, "366 days or more"),
    ],
)
def test_recency_comes_in_bands(days: float | None, band: str) -> None:
    """Recency at entry is in bands whose ends belong to the band before; what is not known has a slice of its own."""
    assert ("unknown", "unknown", band, "unknown", "unknown", "unknown") == entry_slices(
        CustomerContext(recency_days=days)
    )


def test_slices_are_the_context_at_entry(log: DecisionLog) -> None:
    """Segment, stage and scores stand in the table as they were at entry."""
    context = CustomerContext(segment="gold", lifecycle_stage=LifecycleStage.AT_RISK, r=1, f=2, m=5)
    put(log, decided("a", draw(), context=context))
    found = rows(shop_tables(log)).loc["a"]

    assert ("gold", "AT_RISK", "unknown", "1", "2", "5") == tuple(found[list(SLICES)])


def test_groups_are_named_as_everywhere(log: DecisionLog) -> None:
    """Each group stands in the table by its name."""
    for group in AssignmentGroup:
        put(log, decided(group.name, draw(group)))

    assert {group.name: group.name for group in AssignmentGroup} == groups(shop_tables(log))


def test_the_first_record_says_who_decides(log: DecisionLog) -> None:
    """Whether another division decides for a customer is as of entry, whatever kind of record that is."""
    put(log, decided("a", of_organization(HOLDOUT), draw()), decided("b", of_organization(), draw()), day=1)
    put(log, enrolled("a", of_organization(), draw()), enrolled("b", of_organization(HOLDOUT), draw()), day=2)
    found = shop_tables(log)

    assert {"b": "OPTIMIZED"} == groups(found)
    assert 1 == found.enrolled.outside


class _GrowingLog(MemoryLog):
    """A log that a service appends to whenever it is read."""

    def read_outcomes(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Outcome]]:
        found = super().read_outcomes(portfolio_id, after, limit)
        name = f"c{self.watermark().position}"
        put(self, decided(name, draw()), ordered(f"o-{name}", name), enrolled(f"{name}-2", draw()))
        return found


def test_a_report_is_of_one_commit() -> None:
    """What is appended while the log is read is not in the tables."""
    log = _GrowingLog()
    put(log, ORGANIZATION, PORTFOLIO, decided("a", draw()), ordered("o", "a"))
    mark = log.watermark()
    found = shop_tables(log)

    assert {"a": "OPTIMIZED"} == groups(found)
    assert (["o"], mark.time_us) == (found.orders["outcome_id"].tolist(), found.read_us)
