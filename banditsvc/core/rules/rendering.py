"""Leaves of a rule as text, for messages."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.rules.fields import Field, quoted
from banditsvc.core.rules.tree import (
    Arithmetic,
    Contains,
    FlagIs,
    Leaf,
    Literal,
    Negative,
    Number,
    NumberCompare,
    NumberIn,
    TextIn,
    TextSame,
)

_MOST_SHOWN = 4
"""Values of a list."""


def number_text(value: float) -> str:
    """Returns a number as people write it: 90 rather than 90.0."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)


def number_written(number: Number) -> str:
    """Returns a number of the tree as a rule would write it."""
    if isinstance(number, Literal):
        return number_text(number.value)
    if isinstance(number, Field):
        return number.written
    if isinstance(number, Negative):
        return f"-{_operand(number.operand)}"
    return f"{_operand(number.left)} {number.operator} {_operand(number.right)}"


def _operand(number: Number) -> str:
    return f"({number_written(number)})" if isinstance(number, Arithmetic | Negative) else number_written(number)


def written(leaf: Leaf) -> str:
    """Returns a leaf as a rule would write it."""
    if isinstance(leaf, NumberCompare):
        return f"{number_written(leaf.left)} {leaf.comparison.value} {number_written(leaf.right)}"
    if isinstance(leaf, NumberIn):
        return f"{number_written(leaf.number)} {_in(leaf.holds)} {list_written(leaf.values)}"
    if isinstance(leaf, TextIn):
        if len(leaf.values) == 1:
            return f"{leaf.field.written} {_equal(leaf.holds)} {quoted(leaf.values[0])}"
        return f"{leaf.field.written} {_in(leaf.holds)} {list_written(leaf.values)}"
    if isinstance(leaf, TextSame):
        return f"{leaf.left.written} {_equal(leaf.holds)} {leaf.right.written}"
    if isinstance(leaf, FlagIs):
        return f"{_not(leaf.value)}{leaf.field.written}"
    if isinstance(leaf, Contains):
        text = quoted(leaf.text) if isinstance(leaf.text, str) else leaf.text.written
        return f"{text} {_in(leaf.holds)} {leaf.within.written}"
    return f"{_not(leaf.holds)}known({leaf.field.written})"


def list_written(values: Sequence[str] | Sequence[float]) -> str:
    """Returns a literal list as a rule would write it, shortened where it is long."""
    shown = [quoted(value) if isinstance(value, str) else number_text(value) for value in values[:_MOST_SHOWN]]
    return f"[{', '.join(shown)}{', ...' if len(values) > _MOST_SHOWN else ''}]"


def _in(holds: bool) -> str:
    return "in" if holds else "not in"


def _equal(holds: bool) -> str:
    return "==" if holds else "!="


def _not(holds: bool) -> str:
    return "" if holds else "not "
