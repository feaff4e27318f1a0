"""Capacity pools: what has been taken of one capacity, in one period, by what it counts together."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field

from banditsvc.core.contact_policy import Capacity
from banditsvc.core.contact_scopes import SCOPE_VALUES
from banditsvc.core.limit_texts import capacity_text
from banditsvc.core.room import Room

_UNITS = 10**9
_MOST_COSTS = 1024

RoomMeasure = tuple[bool, int]
"""Whether one more contact fits, and how much of the budget is left, as far as campaigns can tell. Greater is more."""


def cost_units(cost: float) -> int:
    """Returns a cost in whole units of 1e-9 of the currency, so that sums are exact and what was taken can be undone."""
    return round(cost * _UNITS)


class CapacityTerms:
    """What a capacity allows, and the costs of the campaigns that have asked for it."""

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self.value_of = SCOPE_VALUES[capacity.per]
        self._most_contacts = capacity.max_contacts
        self._most_units = None if capacity.max_cost is None else cost_units(capacity.max_cost)
        self._costs: list[int] = []
        self._is_crowded = False

    def note_cost(self, units: int) -> None:
        """Remembers that campaigns of this cost ask for it."""
        if self._most_units is None or self._is_crowded:
            return
        place = bisect_right(self._costs, units)
        if place and self._costs[place - 1] == units:
            return
        insort(self._costs, units)
        self._is_crowded = len(self._costs) > _MOST_COSTS

    def fits(self, pool: Pool | None, units: int) -> bool:
        """Returns whether one more contact of a cost fits."""
        contacts, spent = (0, 0) if pool is None else (pool.contacts, pool.units)
        if self._most_contacts is not None and contacts >= self._most_contacts:
            return False
        return self._most_units is None or spent + units <= self._most_units

    def room(self, pool: Pool) -> RoomMeasure:
        """Returns a measure that is the same for two states of a pool only if the same campaigns fit into both.

        Among at most 1,024 costs only those that still fit are told apart, so that most contacts leave it as it is;
        among more of them every unit is.
        """
        if self._most_contacts is not None and pool.contacts >= self._most_contacts:
            return False, 0
        if self._most_units is None:
            return True, 0
        left = self._most_units - pool.units
        return True, left if self._is_crowded else bisect_right(self._costs, left)

    def rooms(self, pool: Pool, units_of: Mapping[str, int]) -> list[Room]:
        """Returns what a pool has left, for campaigns of some costs in units by id."""
        name, reason = self.capacity.name, capacity_text(self.capacity)
        rooms = []
        if self._most_contacts is not None:
            left = self._most_contacts - pool.contacts
            rooms.append(Room(name=name, reason=reason, left=left, units=dict.fromkeys(units_of, 1)))
        if self._most_units is not None:
            rooms.append(Room(name=name, reason=reason, left=self._most_units - pool.units, units=dict(units_of)))
        return rooms


@dataclass(slots=True)
class Pool:
    """Contacts and cost taken so far."""

    contacts: int = 0
    units: int = 0

    def add(self, contacts: int, units: int) -> None:
        """Adds contacts, or takes them away where both are negative; it never holds less than nothing."""
        self.contacts = max(0, self.contacts + contacts)
        self.units = max(0, self.units + units)


@dataclass(slots=True)
class LoadedPeriod:
    """The pools of a calendar period, by capacity and scope value."""

    stamp: int
    """Changes with every change of what fits."""
    position: int = -1
    """Of the log when it was read: what was committed up to here is in the pools."""
    pools: dict[tuple[int, int | str], Pool] = field(default_factory=dict)
