"""Rooms: what is left of a capacity, for an audience to take from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is left of one capacity for one of what it counts apart, in contacts or in cost."""

    name: str
    """Of the capacity; the rule of the rejection."""
    reason: str
    """What is said of a campaign that does not fit any more."""
    left: int
    """Units that are left."""
    units: Mapping[str, int] = field(default_factory=dict)
    """What a contact takes, by campaign_id. A campaign is closed where less than that is left; others do not mind."""
