"""Contact policy and capacity: protobuf to core value and back."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.contact_policy import (
    Capacity,
    CapacityPeriod,
    ContactCap,
    ContactExclusion,
    ContactPolicy,
    ContactScope,
)
from banditsvc.core.times import DAY_US, SECOND_US
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_labels import read_entries
from banditsvc.rpc.wire_number import MOST_AMOUNT, choose_enum, enum_number, members_of
from banditsvc.rpc.wire_quiet_time import read_quiet_time, write_quiet_time
from banditsvc.rpc.wire_selector import read_selector, write_selector
from banditsvc.rpc.wire_text import read_id
from banditsvc.rpc.wire_time import Allowed, read_span, write_time
from banditsvc.v1 import contact_policy_pb2 as pb

MOST_ENTRIES = 50
MOST_CAPACITY = 10**15

_TO_STOP = "to stop a channel or a campaign, pause it or use a quiet time"
_SPAN = Allowed(SECOND_US, 400 * DAY_US, "must be from 1 second to 400 days")
_SCOPES = members_of(ContactScope)
_PERIODS = members_of(CapacityPeriod)


def read_contact_policy(message: pb.ContactPolicy, path: str, faults: Faults) -> ContactPolicy:
    """Returns limits on the contacts of a customer; names are distinct within each list."""
    return ContactPolicy(
        caps=read_entries(message.caps, _read_cap, MOST_ENTRIES, f"{path}.caps", faults),
        exclusions=read_entries(message.exclusions, _read_exclusion, MOST_ENTRIES, f"{path}.exclusions", faults),
        quiet_times=read_entries(message.quiet_times, read_quiet_time, MOST_ENTRIES, f"{path}.quiet_times", faults),
    )


def write_contact_policy(policy: ContactPolicy) -> pb.ContactPolicy | None:
    """Returns a contact policy as a message, None where there are no limits."""
    if policy == ContactPolicy():
        return None
    return pb.ContactPolicy(
        caps=map(_write_cap, policy.caps),
        exclusions=map(_write_exclusion, policy.exclusions),
        quiet_times=map(write_quiet_time, policy.quiet_times),
    )


def read_capacities(messages: Sequence[pb.Capacity], path: str, faults: Faults) -> tuple[Capacity, ...]:
    """Returns limits on volume and cost, with distinct names."""
    return read_entries(messages, _read_capacity, MOST_ENTRIES, path, faults)


def write_capacities(capacities: Sequence[Capacity]) -> list[pb.Capacity]:
    """Returns limits on volume and cost as messages."""
    return [
        pb.Capacity(
            name=capacity.name,
            campaigns=write_selector(capacity.campaigns),
            per=enum_number(capacity.per),
            max_contacts=capacity.max_contacts,
            max_cost=capacity.max_cost,
            period=enum_number(capacity.period),
        )
        for capacity in capacities
    ]


def _read_cap(message: pb.ContactCap, path: str, faults: Faults) -> ContactCap:
    has = message.HasField
    if not (has("max_contacts") or has("window") or has("min_gap")):
        faults.add(path, "must have max_contacts with window, or min_gap, or both")
    for given, missing in (("max_contacts", "window"), ("window", "max_contacts")):
        if has(given) and not has(missing):
            faults.add(f"{path}.{missing}", f"is required with {given}")
    if has("max_contacts") and message.max_contacts <= 0:
        faults.add(f"{path}.max_contacts", f"must be above 0; {_TO_STOP}")
    return ContactCap(
        name=read_id(message.name, f"{path}.name", faults),
        campaigns=read_selector(message.campaigns, f"{path}.campaigns", faults),
        per=choose_enum(_SCOPES, message.per, ContactScope.OVERALL, f"{path}.per", faults),
        max_contacts=message.max_contacts if has("max_contacts") else None,
        window_us=read_span(message.window, _SPAN, f"{path}.window", faults) if has("window") else None,
        min_gap_us=read_span(message.min_gap, _SPAN, f"{path}.min_gap", faults) if has("min_gap") else None,
    )


def _write_cap(cap: ContactCap) -> pb.ContactCap:
    return pb.ContactCap(
        name=cap.name,
        campaigns=write_selector(cap.campaigns),
        per=enum_number(cap.per),
        max_contacts=cap.max_contacts,
        window=None if cap.window_us is None else write_time(cap.window_us),
        min_gap=None if cap.min_gap_us is None else write_time(cap.min_gap_us),
    )


def _read_exclusion(message: pb.ContactExclusion, path: str, faults: Faults) -> ContactExclusion:
    first = read_selector(message.first, f"{path}.first", faults)
    second = read_selector(message.second, f"{path}.second", faults)
    for name in ("first", "second"):
        if not getattr(message, name).ByteSize():
            faults.add(f"{path}.{name}", "must select some campaigns: empty it would mean all of them")
    return ContactExclusion(
        name=read_id(message.name, f"{path}.name", faults),
        first=first,
        second=second,
        window_us=read_span(message.window, _SPAN, f"{path}.window", faults) if message.HasField("window") else None,
        one_way=message.one_way,
    )


def _write_exclusion(exclusion: ContactExclusion) -> pb.ContactExclusion:
    return pb.ContactExclusion(
        name=exclusion.name,
        first=write_selector(exclusion.first),
        second=write_selector(exclusion.second),
        window=None if exclusion.window_us is None else write_time(exclusion.window_us),
        one_way=exclusion.one_way,
    )


def _read_capacity(message: pb.Capacity, path: str, faults: Faults) -> Capacity:
    has = message.HasField
    if not (has("max_contacts") or has("max_cost")):
        faults.add(path, "must have max_contacts or max_cost, or both")
    if has("max_contacts") and not 0 < message.max_contacts <= MOST_CAPACITY:
        faults.add(f"{path}.max_contacts", f"must be above 0 and at most {MOST_CAPACITY:,}; {_TO_STOP}")
    if has("max_cost") and not 0.0 < message.max_cost <= MOST_AMOUNT:
        faults.add(f"{path}.max_cost", f"must be above 0 and at most {MOST_AMOUNT:,.15g}; {_TO_STOP}")
    return Capacity(
        name=read_id(message.name, f"{path}.name", faults),
        campaigns=read_selector(message.campaigns, f"{path}.campaigns", faults),
        per=choose_enum(_SCOPES, message.per, ContactScope.OVERALL, f"{path}.per", faults),
        max_contacts=message.max_contacts if has("max_contacts") else None,
        max_cost=message.max_cost if has("max_cost") else None,
        period=choose_enum(_PERIODS, message.period, CapacityPeriod.TOTAL, f"{path}.period", faults),
    )
