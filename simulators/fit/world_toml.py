"""World files: a world as TOML that a person can read, the same text for the same world."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum, IntEnum
from typing import Any

from simulators.worlds.world_spec import WorldSpec

_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
_WIDTH = 118
"""Characters of a table that stands on one line."""
_ESCAPES = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def world_toml(world: WorldSpec, comments: Iterable[str] = ()) -> str:
    """Returns the file of a world, without what is as by default.

    Args:
        world: The world.
        comments: Lines that stand at the top.
    """
    tables = _plain(world.model_dump(exclude_defaults=True))
    lines = [f"# {comment}".rstrip() for comment in comments]
    lines += _lines(tables, ())
    return "\n".join(lines).strip() + "\n"


def _plain(value: Any) -> Any:
    """Returns a value with enumerations by their names, as the file has them."""
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _lines(table: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    """Yields the lines of a table: first what fits on a line, then the tables in it, then the lists of tables."""
    blocks = {key: value for key, value in table.items() if not _fits(key, value)}
    for key, value in table.items():
        if key not in blocks:
            yield f"{_key(key)} = {_inline(value)}"
    for key, value in blocks.items():
        inner = (*place, key)
        name = ".".join(map(_key, inner))
        if isinstance(value, Mapping):
            yield from ("", f"[{name}]") if any(_fits(*item) for item in value.items()) else ()
            yield from _lines(value, inner)
        else:
            for one in value:
                yield from ("", f"[[{name}]]")
                yield from _lines(one, inner)


def _fits(key: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        is_flat = not any(isinstance(one, Mapping | list) for one in value.values())
        return is_flat and len(_key(key)) + len(_inline(value)) + len(" = ") <= _WIDTH
    return not (
        isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(one, Mapping) for one in value)
    )


def _key(key: str) -> str:
    return key if _BARE.match(key) else _text(key)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_inline(one)}" for key, one in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    plain = value.translate(_ESCAPES)
    return '"' + "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in plain) + '"'
