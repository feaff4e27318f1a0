"""Organizations, contact policy and capacity: what comes back, and what is named when it is not right."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from banditsvc.core.contact_policy import (
    CampaignSelector,
    Capacity,
    CapacityPeriod,
    ContactCap,
    ContactExclusion,
    ContactPolicy,
    ContactScope,
    QuietTime,
)
from banditsvc.core.organization import DEFAULT_ORGANIZATION, Organization
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_organization import read_organization, write_organization
from banditsvc.v1 import organization_pb2
from tests.rpc.live import START_US

SELECTOR = CampaignSelector(
    campaign_ids=("a", "b"), families=("f",), categories=("shoes",), channels=("email",), types=(1, 3), kinds=(7,)
)
POLICY = ContactPolicy(
    caps=(
        ContactCap(name="weekly", campaigns=SELECTOR, per=ContactScope.CHANNEL, max_contacts=2, window_us=7 * DAY_US),
        ContactCap(name="gap", min_gap_us=HOUR_US),
    ),
    exclusions=(
        ContactExclusion(name="ever", first=SELECTOR, second=CampaignSelector(families=("g",))),
        ContactExclusion(
            name="after", first=SELECTOR, second=CampaignSelector(types=(1,)), window_us=2 * DAY_US, one_way=True
        ),
    ),
    quiet_times=(
        QuietTime(name="night", channels=("sms",), days=(1, 7), start=time(21), end=time(8, 30)),
        QuietTime(name="holidays", first_date=date(2026, 12, 24), last_date=date(2026, 12, 26)),
    ),
)
CAPACITIES = (
    Capacity(name="calls", campaigns=SELECTOR, per=ContactScope.FAMILY, max_contacts=5, period=CapacityPeriod.WEEK),
    Capacity(name="budget", max_cost=0.5),
)
FULL = Organization(
    organization_id="acme.eu",
    display_name="Acme",
    time_zone="Europe/Berlin",
    default_purpose="marketing",
    contact_policy=POLICY,
    capacities=CAPACITIES,
    organization_version=4,
)


def read(message: organization_pb2.Organization) -> tuple[Organization, list[str]]:
    """Returns what was read, and the fields at fault."""
    faults = Faults()
    return read_organization(message, "organization", faults), [violation.field for violation in faults.violations]


@pytest.mark.parametrize("organization", [FULL, DEFAULT_ORGANIZATION], ids=["full", "default"])
def test_an_organization_there_and_back(organization: Organization) -> None:
    """An organization that was written and read is the same."""
    assert (organization, []) == read(write_organization(Recorded(1, START_US, organization)))


def test_defaults_of_limits() -> None:
    """What is not said of a limit has its default, and an organization without a time zone is in UTC."""
    message = organization_pb2.Organization(
        organization_id="o",
        contact_policy={"caps": [{"name": "c", "max_contacts": 1, "window": {"seconds": 60}}]},
        capacities=[{"name": "k", "max_contacts": 1}],
    )
    read_back, faults = read(message)
    assert [] == faults
    assert ("UTC", ContactScope.OVERALL, CapacityPeriod.TOTAL) == (
        read_back.time_zone,
        read_back.contact_policy.caps[0].per,
        read_back.capacities[0].period,
    )


def test_lists_mean_the_same_in_any_order() -> None:
    """A selector whose entries stand in another order, or twice, is the same selector."""

    def cap(**campaigns: Any) -> organization_pb2.Organization:
        one = {"name": "c", "min_gap": {"seconds": 1}, "campaigns": campaigns}
        return organization_pb2.Organization(organization_id="o", contact_policy={"caps": [one]})

    assert read(cap(families=["a", "b"], types=[1, 2])) == read(cap(families=["b", "a", "b"], types=[2, 1, 1]))


WINDOW = {"seconds": 60}
CAP: dict[str, Any] = {"name": "c", "max_contacts": 1, "window": WINDOW}
EXCLUSION: dict[str, Any] = {"name": "e", "first": {"families": ["f"]}, "second": {"families": ["g"]}}
QUIET: dict[str, Any] = {"name": "q", "days": [1]}
CAPACITY: dict[str, Any] = {"name": "k", "max_contacts": 1}
CAPS, EXCLUSIONS, QUIETS = (f"organization.contact_policy.{name}" for name in ("caps", "exclusions", "quiet_times"))
CAPACITY_LIST = "organization.capacities"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"organization_id": ""}, "organization.organization_id"),
        ({"organization_id": "a b"}, "organization.organization_id"),
        ({"display_name": "x" * 257}, "organization.display_name"),
        ({"time_zone": "Europe/Atlantis"}, "organization.time_zone"),
        ({"time_zone": "../etc/passwd"}, "organization.time_zone"),
        ({"default_purpose": "\n"}, "organization.default_purpose"),
        ({"organization_version": -1}, "organization.organization_version"),
        ({"caps": [CAP] * 2}, f"{CAPS}[1].name"),
        ({"caps": [CAP | {"name": f"c{i}"} for i in range(51)]}, CAPS),
        ({"caps": [CAP | {"name": ""}]}, f"{CAPS}[0].name"),
        ({"caps": [{"name": "c"}]}, f"{CAPS}[0]"),
        ({"caps": [CAP | {"max_contacts": 0}]}, f"{CAPS}[0].max_contacts"),
        ({"caps": [CAP | {"max_contacts": -1}]}, f"{CAPS}[0].max_contacts"),
        ({"caps": [{"name": "c", "max_contacts": 1}]}, f"{CAPS}[0].window"),
        ({"caps": [{"name": "c", "window": WINDOW}]}, f"{CAPS}[0].max_contacts"),
        ({"caps": [CAP | {"window": {"nanos": 1}}]}, f"{CAPS}[0].window"),
        ({"caps": [CAP | {"window": {"seconds": 401 * 86_400}}]}, f"{CAPS}[0].window"),
        ({"caps": [CAP | {"min_gap": {}}]}, f"{CAPS}[0].min_gap"),
        ({"caps": [CAP | {"per": 9}]}, f"{CAPS}[0].per"),
        ({"caps": [CAP | {"campaigns": {"families": [""]}}]}, f"{CAPS}[0].campaigns.families[0]"),
        ({"caps": [CAP | {"campaigns": {"types": [0]}}]}, f"{CAPS}[0].campaigns.types[0]"),
        ({"caps": [CAP | {"campaigns": {"kinds": [99]}}]}, f"{CAPS}[0].campaigns.kinds[0]"),
        ({"caps": [CAP | {"campaigns": {"channels": ["c"] * 101}}]}, f"{CAPS}[0].campaigns.channels"),
        ({"exclusions": [EXCLUSION] * 2}, f"{EXCLUSIONS}[1].name"),
        ({"exclusions": [EXCLUSION | {"first": {}}]}, f"{EXCLUSIONS}[0].first"),
        ({"exclusions": [EXCLUSION | {"second": {}}]}, f"{EXCLUSIONS}[0].second"),
        ({"quiet_times": [{"name": "q", "channels": ["sms"]}]}, f"{QUIETS}[0]"),
        ({"exclusions": [EXCLUSION | {"window": {}}]}, f"{EXCLUSIONS}[0].window"),
        ({"quiet_times": [QUIET] * 2}, f"{QUIETS}[1].name"),
        ({"quiet_times": [QUIET | {"start_time": "21:00"}]}, f"{QUIETS}[0].end_time"),
        ({"quiet_times": [QUIET | {"end_time": "21:00"}]}, f"{QUIETS}[0].start_time"),
        ({"quiet_times": [QUIET | {"start_time": "24:00", "end_time": "08:00"}]}, f"{QUIETS}[0].start_time"),
        ({"quiet_times": [QUIET | {"start_time": "9:00", "end_time": "08:00"}]}, f"{QUIETS}[0].start_time"),
        ({"quiet_times": [QUIET | {"start_time": "21:00", "end_time": "8pm"}]}, f"{QUIETS}[0].end_time"),
        ({"quiet_times": [QUIET | {"start_time": "08:00", "end_time": "08:00"}]}, f"{QUIETS}[0].end_time"),
        ({"quiet_times": [QUIET | {"days": [0]}]}, f"{QUIETS}[0].days[0]"),
        ({"quiet_times": [QUIET | {"days": [8]}]}, f"{QUIETS}[0].days[0]"),
        ({"quiet_times": [QUIET | {"first_date": "2026-02-30"}]}, f"{QUIETS}[0].first_date"),
        ({"quiet_times": [QUIET | {"last_date": "2026-W01-1"}]}, f"{QUIETS}[0].last_date"),
        (
            {"quiet_times": [QUIET | {"first_date": "2026-12-26", "last_date": "2026-12-24"}]},
            f"{QUIETS}[0].last_date",
        ),
        ({"capacities": [CAPACITY] * 2}, f"{CAPACITY_LIST}[1].name"),
        ({"capacities": [{"name": "k"}]}, f"{CAPACITY_LIST}[0]"),
        ({"capacities": [CAPACITY | {"max_contacts": 0}]}, f"{CAPACITY_LIST}[0].max_contacts"),
        ({"capacities": [CAPACITY | {"max_cost": 0.0}]}, f"{CAPACITY_LIST}[0].max_cost"),
        ({"capacities": [CAPACITY | {"max_cost": float("nan")}]}, f"{CAPACITY_LIST}[0].max_cost"),
        ({"capacities": [CAPACITY | {"max_cost": float("inf")}]}, f"{CAPACITY_LIST}[0].max_cost"),
        ({"capacities": [CAPACITY | {"period": 9}]}, f"{CAPACITY_LIST}[0].period"),
    ],
)
def test_one_fault_of_an_organization_names_its_field(changes: dict[str, Any], field: str) -> None:
    """An organization with one field at fault is refused by the path of that field alone."""
    limits = {name: changes[name] for name in ("caps", "exclusions", "quiet_times") if name in changes}
    members: dict[str, Any] = {"organization_id": "o"} | {k: v for k, v in changes.items() if k not in limits}
    assert [field] == read(organization_pb2.Organization(**members, contact_policy=limits))[1]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"caps": [CAP | {"max_contacts": 0}]}, "to stop a channel or a campaign, pause it or use a quiet time"),
        ({"quiet_times": [QUIET | {"start_time": "21:00", "end_time": "8:00"}]}, "write 08:00"),
        ({"quiet_times": [{"name": "q"}]}, "say start_time and end_time, days, or first_date and last_date"),
        ({"exclusions": [{"name": "e", "first": {"families": ["f"]}}]}, "empty it would mean all of them"),
    ],
)
def test_faults_of_limits_come_with_the_remedy(limits: dict[str, Any], told: str) -> None:
    """What people easily get wrong in a limit is told with what to write instead."""
    faults = Faults()
    read_organization(organization_pb2.Organization(organization_id="o", contact_policy=limits), "o", faults)
    [violation] = faults.violations
    assert violation.description.endswith(told)
