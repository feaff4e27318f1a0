"""Volume minimums: protobuf to core value and back."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.volume_minimum import VolumeMinimum
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_contact_policy import MOST_CAPACITY, MOST_ENTRIES
from banditsvc.rpc.wire_labels import read_entries
from banditsvc.rpc.wire_selector import read_selector, write_selector
from banditsvc.rpc.wire_text import read_id
from banditsvc.v1 import contact_policy_pb2 as pb


def read_minimums(messages: Sequence[pb.VolumeMinimum], path: str, faults: Faults) -> tuple[VolumeMinimum, ...]:
    """Returns least volumes, with distinct names."""
    return read_entries(messages, _read_minimum, MOST_ENTRIES, path, faults)


def write_minimums(minimums: Sequence[VolumeMinimum]) -> list[pb.VolumeMinimum]:
    """Returns least volumes as messages."""
    return [
        pb.VolumeMinimum(
            name=minimum.name,
            campaigns=write_selector(minimum.campaigns),
            min_contacts=minimum.min_contacts,
            min_share=minimum.min_share,
        )
        for minimum in minimums
    ]


def _read_minimum(message: pb.VolumeMinimum, path: str, faults: Faults) -> VolumeMinimum:
    has = message.HasField
    if has("min_contacts") == has("min_share"):
        faults.add(path, "must have either min_contacts or min_share")
    if has("min_contacts") and not 0 < message.min_contacts <= MOST_CAPACITY:
        faults.add(f"{path}.min_contacts", f"must be above 0 and at most {MOST_CAPACITY:,}")
    if has("min_share") and not 0.0 < message.min_share < 1.0:
        faults.add(f"{path}.min_share", "must be above 0 and below 1")
    if has("min_share") and not message.campaigns.ByteSize():
        faults.add(f"{path}.campaigns", "must select some campaigns: all of them have the whole share")
    return VolumeMinimum(
        name=read_id(message.name, f"{path}.name", faults),
        campaigns=read_selector(message.campaigns, f"{path}.campaigns", faults),
        min_contacts=message.min_contacts if has("min_contacts") else None,
        min_share=message.min_share if has("min_share") else None,
    )
