"""Lists: labels that mean the same in any order, and entries whose names must be distinct."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import TypeVar

from banditsvc.rpc.faults import Faults, at_key
from banditsvc.rpc.wire_features import check_names
from banditsvc.rpc.wire_number import require_enum
from banditsvc.rpc.wire_text import are_ids, read_id, read_prose

E = TypeVar("E", bound=IntEnum)
M = TypeVar("M")
V = TypeVar("V")

MOST_MESSAGE_FIELDS = 64
MOST_MESSAGE_CHARACTERS = 1024


def read_labels(texts: Sequence[str], most: int, path: str, faults: Faults) -> tuple[str, ...]:
    """Returns the distinct labels, sorted: a list means the same in any order. None is empty."""
    if len(texts) > most:
        faults.add(path, f"must have at most {most} entries")
        return ()
    if not are_ids(texts):
        for place, text in enumerate(texts):
            read_id(text, f"{path}[{place}]", faults)
    return tuple(sorted(set(texts)))


def read_members(members: Mapping[int, E], numbers: Iterable[int], path: str, faults: Faults) -> tuple[E, ...]:
    """Returns the distinct members of an enum with these numbers, sorted; 0 and unknown numbers are faults."""
    found = {require_enum(members, number, f"{path}[{place}]", faults) for place, number in enumerate(numbers)}
    return tuple(sorted(member for member in found if member is not None))


def check_distinct(names: Sequence[str], path: str, member: str, faults: Faults) -> None:
    """Notes every entry of a list whose member of this name is that of an earlier entry; an empty one is no repeat."""
    first_place: dict[str, int] = {}
    for place, name in enumerate(names):
        if name and (first := first_place.setdefault(name, place)) != place:
            faults.add(f"{path}[{place}].{member}", f"is that of {path}[{first}]")


def read_entries(
    messages: Sequence[M],
    read: Callable[[M, str, Faults], V],
    most: int,
    path: str,
    faults: Faults,
    *,
    member: str = "name",
) -> tuple[V, ...]:
    """Returns what the entries of a list read as, in their order: at most so many, told apart by a member."""
    if len(messages) > most:
        faults.add(path, f"must have at most {most} entries")
        return ()
    check_distinct([getattr(message, member) for message in messages], path, member, faults)
    return tuple(read(message, f"{path}[{place}]", faults) for place, message in enumerate(messages))


def read_message_fields(values: Mapping[str, str], path: str, faults: Faults) -> dict[str, str]:
    """Returns fields that are passed through to the answer, by name."""
    if len(values) > MOST_MESSAGE_FIELDS:
        faults.add(path, f"must have at most {MOST_MESSAGE_FIELDS} entries")
        return {}
    check_names(values, path, faults)
    return {
        name: read_prose(values[name], at_key(path, name), faults, MOST_MESSAGE_CHARACTERS) for name in sorted(values)
    }


def read_renames(values: Mapping[str, str], most: int, path: str, faults: Faults) -> dict[str, str]:
    """Returns former names by present name; each present name has another former name."""
    if len(values) > most:
        faults.add(path, f"must have at most {most} entries")
        return {}
    check_names(values, path, faults)
    renames: dict[str, str] = {}
    for name in sorted(values):
        former = read_id(values[name], at_key(path, name), faults)
        if former == name and name:
            faults.add(at_key(path, name), "must be another name than the present one")
        elif former and former in renames.values():
            faults.add(at_key(path, name), f"names {former!r}, which is the former name of another already")
        renames[name] = former
    return renames
