"""Contradictions: demands on one subject that no value satisfies."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from banditsvc.core.rules.demands import Demand, Membership, Order, Presence, Sameness, Subject
from banditsvc.core.rules.fields import Field, ValueType
from banditsvc.core.rules.rendering import number_text, written
from banditsvc.core.rules.tree import Comparison
from banditsvc.core.rules.vocabulary import or_list

_UPWARD = (Comparison.GREATER, Comparison.GREATER_EQUAL)
_TRUE: frozenset[Hashable] = frozenset([True])
_FLAGS: frozenset[Hashable] = frozenset([True, False])
_MOST_WRITTEN = 12


def can_hold(subject: Subject, demands: Sequence[Demand]) -> bool:
    """Returns whether some value of the subject satisfies all demands on it, in time linear in the demands."""
    values = _all_values(subject)
    excluded: set[Hashable] = set()
    bounds = []
    for demand in demands:
        if demand.comparison is Comparison.EQUAL:
            values = demand.values if values is None else values & demand.values
        elif demand.comparison is Comparison.NOT_EQUAL:
            excluded |= demand.values
        else:
            bounds.append(demand)
    room = _Room.between(*_range(subject), bounds)
    if values is None:
        return room.is_wide or (room.has(room.least) and room.least not in excluded)
    return any(value not in excluded and (not isinstance(value, float) or room.has(value)) for value in values)


def contradicting(subject: Subject, demands: Sequence[Demand]) -> Sequence[Demand]:
    """Returns the first demands that contradict each other, one or two alone where they do so; some must."""
    # The more demands the less can hold, so the one that is too many is found by halving.
    place = bisect_left(range(len(demands)), True, key=lambda last: not can_hold(subject, demands[: last + 1]))
    last = demands[place]
    if not can_hold(subject, [last]):
        return [last]
    for other in demands[:place]:
        if not can_hold(subject, [other, last]):
            return [other, last]
    return demands[: place + 1]


def contradiction(subject: Subject, demands: Sequence[Demand]) -> str:
    """Returns in words how demands contradict each other that contradicting has found."""
    if len(demands) == 1:
        return f"{written(demands[0].leaf)} is never true{_because(subject, demands)}"
    if len(demands) == 2:
        return f"{written(demands[0].leaf)} contradicts {written(demands[1].leaf)}{_because(subject, demands)}"
    *most, end = dict.fromkeys(written(demand.leaf) for demand in demands)
    shown = ", ".join(most[:_MOST_WRITTEN])
    more = f", {len(most) - _MOST_WRITTEN:,} more" if len(most) > _MOST_WRITTEN else ""
    return f"{shown}{more} and {end} contradict each other{_because(subject, demands)}"


@dataclass(frozen=True, slots=True)
class _Room:
    """The numbers that all bounds leave."""

    least: float
    is_above_least: bool
    """The least one is itself left out."""
    greatest: float
    is_below_greatest: bool

    @classmethod
    def between(cls, least: float, greatest: float, bounds: Sequence[Demand]) -> _Room:
        """Returns what is left of a range, its ends included."""
        upward = [(one.bound, one.comparison is Comparison.GREATER) for one in bounds if one.comparison in _UPWARD]
        downward = [
            (one.bound, one.comparison is not Comparison.LESS) for one in bounds if one.comparison not in _UPWARD
        ]
        low, is_above = max([(least, False), *upward])
        high, is_greatest_in = min([(greatest, True), *downward])
        return cls(low, is_above, high, not is_greatest_in)

    @property
    def is_wide(self) -> bool:
        """Whether more than one number is left."""
        return self.least < self.greatest

    def has(self, value: float) -> bool:
        """Returns whether a number is left."""
        above = self.least < value or (self.least == value and not self.is_above_least)
        return above and (value < self.greatest or (value == self.greatest and not self.is_below_greatest))


def _all_values(subject: Subject) -> frozenset[Hashable] | None:
    """Returns all values that a subject can have, None where they are not few."""
    if isinstance(subject, Presence):
        return _TRUE if subject.field.is_always_known else _FLAGS
    if isinstance(subject, Order):
        return frozenset([0.0]) if subject.left == subject.right else frozenset([-1.0, 0.0, 1.0])
    if isinstance(subject, Sameness):
        return _TRUE if len(subject.fields) == 1 else _FLAGS
    if isinstance(subject, Membership):
        return _FLAGS
    return _values_of_field(subject) if isinstance(subject, Field) else None


def _values_of_field(field: Field) -> frozenset[Hashable] | None:
    if field.enumeration is not None:
        return frozenset(field.names)
    if field.value_type is ValueType.FLAG:
        return _FLAGS
    if field.is_whole and math.isfinite(field.greatest):
        return frozenset(float(value) for value in range(int(field.least), int(field.greatest) + 1))
    return None


def _range(subject: Subject) -> tuple[float, float]:
    return (subject.least, subject.greatest) if isinstance(subject, Field) else (-math.inf, math.inf)


def _because(subject: Subject, demands: Sequence[Demand]) -> str:
    """Returns, for the end of a sentence, what is known of a subject beforehand where that makes the contradiction."""
    if isinstance(subject, Presence) and subject.field.is_always_known:
        return f": {subject.field.written} is always known"
    if not isinstance(subject, Field) or not can_hold(_anything(subject), demands):
        return ""
    if subject.enumeration is not None:
        return f": {subject.written} is {or_list(subject.names)}"
    if not math.isfinite(subject.greatest):
        return f": {subject.written} is at least {number_text(subject.least)}"
    whole = "a whole number " if subject.is_whole else ""
    return f": {subject.written} is {whole}from {number_text(subject.least)} to {number_text(subject.greatest)}"


def _anything(field: Field) -> Field:
    """Returns a field of which nothing is known beforehand."""
    return replace(field, least=-math.inf, greatest=math.inf, is_whole=False, enumeration=None)
