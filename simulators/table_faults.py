"""Faults of a file's tables, in words for the people who wrote it: which place, what is wrong, what to write."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Place = tuple[int | str, ...]
"""Keys and numbers of list entries, from the whole file down."""


class TableFaults(ValueError):
    """Several faults of one table, each with its place in it, for a validator that finds more than one."""

    def __init__(self, found: Sequence[tuple[Place, str]]) -> None:
        super().__init__("; ".join(f"{written(place)}: {text}" if place else text for place, text in found))
        self.found = tuple(found)


def fault_lines(faults: Iterable[tuple[Place, str]], tables: Any, source: str) -> list[str]:
    """Returns a line for each fault: the source, the place, and the fault.

    Args:
        faults: Of faults_of.
        tables: Content of the file; an entry of a list is called by its campaign_id where it has one.
        source: Path or name of the file.
    """
    lines = []
    for place, text in faults:
        where = written(place, tables)
        lines.append(f"{source}: {where}: {text}" if where else f"{source}: {text}")
    return lines


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[tuple[Place, str]]:
    """Returns the place and the text of each fault that pydantic found in a file of a model."""
    details = error.errors(include_url=False)
    return [fault for item in details if not _follows(item, details) for fault in _faults(item, model)]


def written(place: Place, tables: Any = None) -> str:
    """Returns a place as it is called: reward.window_days, campaigns[sale].cost, campaigns[0].cost without an id."""
    text, here = "", tables
    for part in place:
        here = _inside(here, part)
        if isinstance(part, int):
            named = here.get("campaign_id") if isinstance(here, Mapping) else None
            text += f"[{named if isinstance(named, str) and named else part}]"
        else:
            text += f".{part}"
    return text.removeprefix(".")


def unknown_name(name: str, known: Sequence[str], what: str = "known") -> str:
    """Returns the remedy for a name that is none of the known: the nearest, or else all."""
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {nearest[0]}?" if nearest else f"{what} are {', '.join(known)}"


def _follows(item: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Returns whether a list is only too short because entries of it are at fault."""
    depth = len(item["loc"])
    return item["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == item["loc"] for other in details
    )


def _faults(item: ErrorDetails, model: type[BaseModel]) -> Iterator[tuple[Place, str]]:
    place = tuple(part for part in item["loc"] if part != "[key]")
    raised = item.get("ctx", {}).get("error")
    if isinstance(raised, TableFaults):
        for inner, text in raised.found:
            yield (*place, *inner), text
    elif item["type"] == "extra_forbidden":
        known = list(_table_at(model, place[:-1]).model_fields)
        yield place, f"is unknown; {unknown_name(str(place[-1]), known)}"
    else:
        yield place, _text(item)


def _text(item: ErrorDetails) -> str:
    """Returns what is wrong, by the type of fault that pydantic has for it."""
    kind, limits, value = item["type"], item.get("ctx", {}), _shown(item["input"])
    if kind == "value_error":
        return str(limits["error"])
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{value} is not {words} {limits[key]:,.15g}"
    if kind in _KINDS:
        return f"{value} is not {_KINDS[kind]}"
    if kind == "enum":
        known = limits["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        return f"{value} is unknown; {unknown_name(str(item['input']), known)}"
    if kind == "string_pattern_mismatch":
        return f"{value} is not of the form {limits['pattern']}"
    return item["msg"]


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _inside(here: Any, part: int | str) -> Any:
    if isinstance(part, int):
        return here[part] if isinstance(here, Sequence) and not isinstance(here, str) and part < len(here) else None
    return here.get(part) if isinstance(here, Mapping) else None


def _table_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    """Returns the model of the table at a place. Names of a mapping and numbers of a list lead into their entries."""
    table = model
    for part in place:
        if part in table.model_fields:
            table = _table_in(table.model_fields[str(part)].annotation) or table
    return table


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_table_in, typing.get_args(annotation))), None)


_MOST_SHOWN = 60
"""Characters of a faulty value that a message repeats."""

_PLAIN = {
    "missing": "is missing",
    "string_too_short": "is empty",
    "too_short": "needs at least one entry",
}

_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
"""The key of the bound in pydantic's context, and the words before it."""

_KINDS = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_from_datetime_inexact": "a date such as 2026-01-05",
    "date_from_datetime_parsing": "a date such as 2026-01-05",
    "date_parsing": "a date such as 2026-01-05",
    "date_type": "a date such as 2026-01-05",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "mapping_type": "a table",
    "model_type": "a table",
    "string_type": "a text",
    "tuple_type": "a list",
}
"""What a value should have been."""
