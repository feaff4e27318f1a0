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
from banditsvc.rpc.wire_labels import check_distinct
from banditsvc.rpc.wire_number import MOST_AMOUNT, choose_enum, enum_number, members_of
from banditsvc.rpc.wire_quiet_time import read_quiet_time, write_quiet_time
from banditsvc.rpc.wire_selector import read_selector, write_selector
from banditsvc.rpc.wire_text import read_id
from banditsvc.rpc.wire_time import Allowed, read_span, write_time
from banditsvc.v1 import contact_policy_pb2 as pb

MOST_ENTRIES = 50
MOST_CAPACITY = 10**15

_SPAN = Allowed(SECOND_US, 400 * DAY_US, "must be from 1 second to 400 days")
_SCOPES = members_of(ContactScope)
_PERIODS = members_of(CapacityPeriod)


def read_contact_policy(message: pb.ContactPolicy, path: str, faults: Faults) -> ContactPolicy:
    """Returns limits on the contacts of a customer; names are distinct within each list."""
    for name in ("caps", "exclusions", "quiet_times"):
        _check_entries(getattr(message, name), f"{path}.{name}", faults)
    caps, exclusions, quiet = message.caps, message.exclusions, message.quiet_times
    return ContactPolicy(
        caps=tuple(_read_cap(cap, f"{path}.caps[{i}]", faults) for i, cap in enumerate(caps)),
        exclusions=tuple(
            _read_exclusion(exclusion, f"{path}.exclusions[{i}]", faults) for i, exclusion in enumerate(exclusions)
        ),
        quiet_times=tuple(read_quiet_time(time, f"{path}.quiet_times[{i}]", faults) for i, time in enumerate(quiet)),
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
    _check_entries(messages, path, faults)
    return tuple(_read_capacity(message, f"{path}[{i}]", faults) for i, message in enumerate(messages))


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


def _check_entries(
    messages: Sequence[pb.ContactCap | pb.ContactExclusion | pb.QuietTime | pb.Capacity], path: str, faults: Faults
) -> None:
    if len(messages) > MOST_ENTRIES:
        faults.add(path, f"must have at most {MOST_ENTRIES} entries")
    check_distinct([message.name for message in messages], path, "name", faults)


def _read_cap(message: pb.ContactCap, path: str, faults: Faults) -> ContactCap:
    has = message.HasField
    if not (has("max_contacts") or has("window") or has("min_gap")):
        faults.add(path, "must have max_contacts with window, or min_gap, or both")
    for given, missing in (("max_contacts", "window"), ("window", "max_contacts")):
        if has(given) and not has(missing):
            faults.add(f"{path}.{missing}", f"is required with {given}")
    if has("max_contacts") and message.max_contacts <= 0:
        faults.add(f"{path}.max_contacts", "must be above 0")
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
    if not (message.first.ByteSize() or message.second.ByteSize()):
        faults.add(path, "must select some campaigns by first, second or both")
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
        faults.add(f"{path}.max_contacts", f"must be above 0 and at most {MOST_CAPACITY:,}")
    if has("max_cost") and not 0.0 < message.max_cost <= MOST_AMOUNT:
        faults.add(f"{path}.max_cost", f"must be above 0 and at most {MOST_AMOUNT:,.15g}")
    return Capacity(
        name=read_id(message.name, f"{path}.name", faults),
        campaigns=read_selector(message.campaigns, f"{path}.campaigns", faults),
        per=choose_enum(_SCOPES, message.per, ContactScope.OVERALL, f"{path}.per", faults),
        max_contacts=message.max_contacts if has("max_contacts") else None,
        max_cost=message.max_cost if has("max_cost") else None,
        period=choose_enum(_PERIODS, message.period, CapacityPeriod.TOTAL, f"{path}.period", faults),
    )
