"""Demands: what each leaf of a conjunction asks of a subject, such as the value of a field or whether it is known."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from banditsvc.core.rules.fields import Field, Source
from banditsvc.core.rules.rendering import number_written
from banditsvc.core.rules.tree import (
    Comparison,
    Contains,
    FlagIs,
    Known,
    Leaf,
    Literal,
    Number,
    NumberCompare,
    NumberIn,
    TextIn,
    TextSame,
    fields_of,
)
from banditsvc.core.rules.vocabulary import FAVOURITES, favourite


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a field is known."""

    field: Field


@dataclass(frozen=True, slots=True)
class Order:
    """The sign of the difference of two numbers."""

    left: Number
    right: Number


@dataclass(frozen=True, slots=True)
class Sameness:
    """Whether two texts are the same."""

    fields: frozenset[Field]


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a list has a text."""

    within: Field
    text: str | Field


Subject = Presence | Order | Sameness | Membership | Number
"""What demands can contradict each other about; a Number is its value, a Field of another type too."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a leaf asks of a subject: to be among some values, to be none of some, or to lie to one side of a bound."""

    leaf: Leaf
    subject: Subject
    comparison: Comparison
    values: frozenset[Hashable]
    """Of EQUAL and NOT_EQUAL; otherwise none."""
    bound: float = 0.0

    def allows(self, value: Hashable) -> bool:
        """Returns whether the subject may have this value."""
        if self.comparison is Comparison.EQUAL:
            return value in self.values
        if self.comparison is Comparison.NOT_EQUAL:
            return value not in self.values
        assert isinstance(value, float)
        return self.comparison.holds(value, self.bound)


def demands_of(leaf: Leaf) -> list[Demand]:
    """Returns everything that a leaf asks, first of presence."""
    found = [_among(leaf, Presence(field), [known]) for field, known in _presence(leaf)]
    return found if isinstance(leaf, Known) else [*found, _of_value(leaf)]


def _presence(leaf: Leaf) -> Iterator[tuple[Field, bool]]:
    """Yields the fields that a leaf needs to be known, or to be unknown."""
    if isinstance(leaf, Known) and not leaf.holds:
        yield leaf.field, False
        return
    for field in dict.fromkeys(fields_of(leaf)):
        yield field, True
        if field.source is Source.FAVOURITE:
            yield FAVOURITES, True
    if isinstance(leaf, Contains) and leaf.within == FAVOURITES and isinstance(leaf.text, str):
        yield favourite(leaf.text), leaf.holds


def _of_value(leaf: Leaf) -> Demand:
    if isinstance(leaf, NumberCompare):
        return _of_number(leaf)
    if isinstance(leaf, NumberIn):
        return _among(leaf, leaf.number, leaf.values, leaf.holds)
    if isinstance(leaf, TextIn):
        return _among(leaf, leaf.field, leaf.values, leaf.holds)
    if isinstance(leaf, TextSame):
        return _among(leaf, Sameness(frozenset((leaf.left, leaf.right))), [leaf.holds])
    if isinstance(leaf, FlagIs):
        return _among(leaf, leaf.field, [leaf.value])
    assert isinstance(leaf, Contains)
    return _among(leaf, Membership(leaf.within, leaf.text), [leaf.holds])


def _of_number(leaf: NumberCompare) -> Demand:
    if isinstance(leaf.right, Literal):
        return _compared(leaf, leaf.left, leaf.comparison, leaf.right.value)
    if number_written(leaf.left) <= number_written(leaf.right):  # always the same way round
        return _compared(leaf, Order(leaf.left, leaf.right), leaf.comparison, 0.0)
    return _compared(leaf, Order(leaf.right, leaf.left), leaf.comparison.mirrored, 0.0)


def _compared(leaf: Leaf, subject: Subject, comparison: Comparison, bound: float) -> Demand:
    if comparison in {Comparison.EQUAL, Comparison.NOT_EQUAL}:
        return _among(leaf, subject, [bound], comparison is Comparison.EQUAL)
    return Demand(leaf, subject, comparison, frozenset(), bound)


def _among(
    leaf: Leaf, subject: Subject, values: list[bool] | list[float] | tuple[Hashable, ...], holds: bool = True
) -> Demand:
    return Demand(leaf, subject, Comparison.EQUAL if holds else Comparison.NOT_EQUAL, frozenset(values))
