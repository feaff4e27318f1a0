"""What is left of capacities from part to part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from banditsvc.core.room import Room


def rooms_after(rooms: Sequence[Room], contacts: Mapping[str, int]) -> tuple[Room, ...]:
    """Returns the rooms once contacts, counted by campaign_id, were made."""
    return tuple([replace(room, left=room.left - _taken(room, contacts)) for room in rooms])


def may_differ(assumed: Sequence[Room], true: Sequence[Room], contacts: Mapping[str, int]) -> bool:
    """Returns whether a part may be decided otherwise with what is truly left than with more.

    It may not where all of its contacts, and one more of any campaign, fit into what is left, nor where nothing fits in
    either case.

    Args:
        assumed: What the part was decided with.
        true: What is left for it, at most as much.
        contacts: What it took, by campaign_id.
    """
    for one, other in zip(assumed, true, strict=True):
        if one.left == other.left or not one.units:
            continue
        is_open = other.left - _taken(one, contacts) >= max(one.units.values())
        is_shut = one.left < min(one.units.values())
        if not (is_open or is_shut):
            return True
    return False


def _taken(room: Room, contacts: Mapping[str, int]) -> int:
    return sum([count * room.units.get(campaign_id, 0) for campaign_id, count in contacts.items()])
