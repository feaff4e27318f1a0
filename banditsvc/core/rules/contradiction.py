"""Contradictions: demands on one subject that no value satisfies."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace

from banditsvc.core.rules.demands import Demand, Membership, Order, Presence, Sameness, Subject
from banditsvc.core.rules.fields import Field, ValueType
from banditsvc.core.rules.rendering import number_text, written
from banditsvc.core.rules.tree import Comparison
from banditsvc.core.rules.vocabulary import or_list

_UPWARD = (Comparison.GREATER, Comparison.GREATER_EQUAL)
_OPEN = (Comparison.GREATER, Comparison.LESS)


def can_hold(subject: Subject, demands: Sequence[Demand]) -> bool:
    """Returns whether some value of the subject satisfies all demands on it."""
    least, greatest = _range(subject)
    values = _all_values(subject)
    if values is None:
        values = next((demand.values for demand in demands if demand.comparison is Comparison.EQUAL), None)
    if values is None:
        return _interval_is_left(least, greatest, demands)
    possible = [value for value in values if not isinstance(value, float) or least <= value <= greatest]
    return any(all(demand.allows(value) for demand in demands) for value in possible)


def contradiction(subject: Subject, demands: Sequence[Demand]) -> str:
    """Returns in words which of the demands contradict each other, the last one having been one too many."""
    last = demands[-1]
    if not can_hold(subject, [last]):
        return f"{written(last.leaf)} is never true{_because(subject, [last])}"
    for other in demands[:-1]:
        if not can_hold(subject, [other, last]):
            return f"{written(other.leaf)} contradicts {written(last.leaf)}{_because(subject, [other, last])}"
    *most, end = dict.fromkeys(written(demand.leaf) for demand in demands)
    return f"{', '.join(most)} and {end} contradict each other{_because(subject, demands)}"


def _interval_is_left(least: float, greatest: float, demands: Sequence[Demand]) -> bool:
    """Returns whether there is room between all bounds; demands are bounds and exclusions alone."""
    for demand in demands:
        if demand.comparison is Comparison.NOT_EQUAL:
            continue
        if demand.comparison in _UPWARD:
            least = max(least, demand.bound)
        else:
            greatest = min(greatest, demand.bound)
    if least < greatest:
        return True
    is_open = any(demand.comparison in _OPEN and demand.bound == least for demand in demands)
    return least == greatest and not is_open and all(demand.allows(least) for demand in demands)


def _all_values(subject: Subject) -> Collection[Hashable] | None:
    """Returns all values that a subject can have, None where they are not few."""
    if isinstance(subject, Presence):
        return [True] if subject.field.is_always_known else [True, False]
    if isinstance(subject, Order):
        return [0.0] if subject.left == subject.right else [-1.0, 0.0, 1.0]
    if isinstance(subject, Sameness):
        return [True] if len(subject.fields) == 1 else [True, False]
    if isinstance(subject, Membership):
        return [True, False]
    return _values_of_field(subject) if isinstance(subject, Field) else None


def _values_of_field(field: Field) -> Collection[Hashable] | None:
    if field.enumeration is not None:
        return field.names
    if field.value_type is ValueType.FLAG:
        return [True, False]
    if field.is_whole and math.isfinite(field.greatest):
        return [float(value) for value in range(int(field.least), int(field.greatest) + 1)]
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
