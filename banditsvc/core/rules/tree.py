"""The tree of a rule, typed and in normal form: negation stands only in the leaves.

A leaf with an unknown operand is false, whichever way round it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from banditsvc.core.rules.fields import Field


class Comparison(Enum):
    """How two numbers are compared."""

    LESS = "<"
    LESS_EQUAL = "<="
    EQUAL = "=="
    NOT_EQUAL = "!="
    GREATER_EQUAL = ">="
    GREATER = ">"

    @property
    def negated(self) -> Comparison:
        """The one that holds for two known numbers exactly where this one does not."""
        return _NEGATED[self]

    @property
    def mirrored(self) -> Comparison:
        """The one that means the same with the sides exchanged."""
        return _MIRRORED[self]

    def holds(self, left: float, right: float) -> bool:
        """Returns whether it holds of two known numbers."""
        if self in {Comparison.EQUAL, Comparison.NOT_EQUAL}:
            return (left == right) == (self is Comparison.EQUAL)
        if self in {Comparison.LESS, Comparison.GREATER_EQUAL}:
            return (left < right) == (self is Comparison.LESS)
        return (left > right) == (self is Comparison.GREATER)


_NEGATED = {
    Comparison.LESS: Comparison.GREATER_EQUAL,
    Comparison.LESS_EQUAL: Comparison.GREATER,
    Comparison.EQUAL: Comparison.NOT_EQUAL,
    Comparison.NOT_EQUAL: Comparison.EQUAL,
    Comparison.GREATER_EQUAL: Comparison.LESS,
    Comparison.GREATER: Comparison.LESS_EQUAL,
}
_MIRRORED = {
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_EQUAL: Comparison.GREATER_EQUAL,
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.NOT_EQUAL: Comparison.NOT_EQUAL,
    Comparison.GREATER_EQUAL: Comparison.LESS_EQUAL,
    Comparison.GREATER: Comparison.LESS,
}


@dataclass(frozen=True, slots=True)
class Literal:
    """A number as written, finite."""

    value: float


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with the sign changed."""

    operand: Number


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers put together by + - * or /. Division by zero is unknown."""

    operator: str
    left: Number
    right: Number


Number = Literal | Field | Negative | Arithmetic


@dataclass(frozen=True, slots=True)
class Always:
    """A condition that holds always or never."""

    holds: bool


@dataclass(frozen=True, slots=True)
class NumberCompare:
    """Two numbers compared."""

    left: Number
    comparison: Comparison
    right: Number


@dataclass(frozen=True, slots=True)
class NumberIn:
    """A number is among some; with holds False, is known and not among them."""

    number: Number
    values: tuple[float, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class TextIn:
    """A text or name is among some; with holds False, is known and not among them. One value is a comparison."""

    field: Field
    values: tuple[str, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class TextSame:
    """Two texts are the same; with holds False, are known and differ."""

    left: Field
    right: Field
    holds: bool


@dataclass(frozen=True, slots=True)
class FlagIs:
    """A flag is known and is this."""

    field: Field
    value: bool


@dataclass(frozen=True, slots=True)
class Contains:
    """A list of texts has a text; with holds False, both are known and it has not."""

    within: Field
    text: str | Field
    holds: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A field is known; with holds False, is not."""

    field: Field
    holds: bool


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


Leaf = NumberCompare | NumberIn | TextIn | TextSame | FlagIs | Contains | Known
Condition = Always | Leaf | AllOf | AnyOf


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yields the leaves from left to right."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from leaves(part)
    elif not isinstance(condition, Always):
        yield condition


def fields_of_number(number: Number) -> tuple[Field, ...]:
    """Returns the fields that a number is made of, as often as it names them."""
    if isinstance(number, Field):
        return (number,)
    if isinstance(number, Negative):
        return fields_of_number(number.operand)
    if isinstance(number, Arithmetic):
        return fields_of_number(number.left) + fields_of_number(number.right)
    return ()


def fields_of(leaf: Leaf) -> tuple[Field, ...]:
    """Returns the fields that a leaf reads, as often as it names them."""
    if isinstance(leaf, NumberCompare):
        return fields_of_number(leaf.left) + fields_of_number(leaf.right)
    if isinstance(leaf, NumberIn):
        return fields_of_number(leaf.number)
    if isinstance(leaf, TextSame):
        return (leaf.left, leaf.right)
    if isinstance(leaf, Contains):
        return (leaf.within,) if isinstance(leaf.text, str) else (leaf.within, leaf.text)
    return (leaf.field,)
