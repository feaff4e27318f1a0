"""Checks of numbers and enum numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Any, TypeVar

from banditsvc.rpc.faults import Faults

E = TypeVar("E", bound=IntEnum)
N = TypeVar("N", int, float)

MOST_AMOUNT = 1e12
"""Greatest amount of money, weight or reward in absolute value."""


def read_number(value: N, least: float, most: float, path: str, faults: Faults) -> N:
    """Returns a number between least and most; NaN and the infinities are outside of every range."""
    if not least <= value <= most:
        faults.add(path, f"must be a number from {least:,.15g} to {most:,.15g}")
    return value


def members_of(kind: type[E]) -> Mapping[int, E]:
    """Returns an enum's members by number, for read_enum and choose_enum."""
    return {member.value: member for member in kind}


def read_enum(members: Mapping[int, E], number: int, path: str, faults: Faults) -> E | None:
    """Returns the member with this number, None for 0 (not said); an unknown number is a fault."""
    member = members.get(number)
    if member is None and number:
        faults.add(path, f"has no value {number}; one of {_names(members)}")
    return member


def choose_enum(members: Mapping[int, E], number: int, default: E, path: str, faults: Faults) -> E:
    """Returns the member with this number, the default for 0; an unknown number is a fault."""
    return read_enum(members, number, path, faults) or default


def require_enum(members: Mapping[int, E], number: int, path: str, faults: Faults) -> E | None:
    """Returns the member with this number; 0 and unknown numbers are faults, and give None."""
    if not number:
        faults.add(path, f"is required, one of {_names(members)}")
        return None
    return read_enum(members, number, path, faults)


def enum_number(member: IntEnum | None) -> Any:
    """Returns a member's number, 0 for None, for an enum field of a message.

    Any, for the generated stubs type an enum field by a class that does not exist at run time.
    """
    return 0 if member is None else int(member)


def read_edges(edges: Sequence[float], path: str, faults: Faults, most_edges: int = 100) -> tuple[float, ...]:
    """Returns bin edges: finite, rising, at most so many."""
    if len(edges) > most_edges:
        faults.add(path, f"must have at most {most_edges} edges")
        return ()
    for i, edge in enumerate(edges):
        read_number(edge, -1e15, 1e15, f"{path}[{i}]", faults)
    if any(not low < high for low, high in pairwise(edges)):
        faults.add(path, "must rise from edge to edge")
    return tuple(edges)


def _names(members: Mapping[int, E]) -> str:
    return ", ".join(member.name for member in members.values())
