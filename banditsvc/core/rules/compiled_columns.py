"""Rules compiled for columns: the same meaning as for one customer, for many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.rules.columns import Column, RuleColumns, unknown_column
from banditsvc.core.rules.fields import Field, ValueType
from banditsvc.core.rules.parsing import ParsedRule
from banditsvc.core.rules.tree import (
    AllOf,
    Always,
    AnyOf,
    Comparison,
    Condition,
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

_Bools = NDArray[np.bool_]
_Doubles = NDArray[np.float64]

ColumnRule = Callable[[RuleColumns], NDArray[np.bool_]]
"""Tells of each row whether a rule holds. Pure, and raises nothing."""

_COMPARED: dict[Comparison, Callable[[_Doubles, _Doubles], Any]] = {
    Comparison.LESS: np.less,
    Comparison.LESS_EQUAL: np.less_equal,
    Comparison.EQUAL: np.equal,
    Comparison.NOT_EQUAL: lambda left, right: (left < right) | (left > right),  # NaN is not even different
    Comparison.GREATER_EQUAL: np.greater_equal,
    Comparison.GREATER: np.greater,
}
_CALCULATED: dict[str, Callable[[_Doubles, _Doubles], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": lambda left, right: np.where(right == 0.0, np.nan, left / right),
}


def compile_columns(parsed: ParsedRule) -> ColumnRule:
    """Returns a rule as a function of columns; columns_of makes them, or whoever has them in columns already."""
    condition = parsed.condition

    def rule(columns: RuleColumns) -> NDArray[np.bool_]:
        with np.errstate(all="ignore"):
            held = _condition(condition, columns)
        return np.broadcast_to(held, (columns.rows,)).copy()  # the caller's own, even where one row stood for all

    return rule


def _condition(condition: Condition, columns: RuleColumns) -> _Bools:
    if isinstance(condition, AllOf | AnyOf):
        join = np.logical_and if isinstance(condition, AllOf) else np.logical_or
        held = _condition(condition.parts[0], columns)
        for part in condition.parts[1:]:
            held = join(held, _condition(part, columns))
        return held
    if isinstance(condition, Always):
        return np.array([condition.holds])
    return _leaf(condition, columns)


def _leaf(leaf: Leaf, columns: RuleColumns) -> _Bools:
    if isinstance(leaf, NumberCompare):
        compared: _Bools = _COMPARED[leaf.comparison](_number(leaf.left, columns), _number(leaf.right, columns))
        return compared
    if isinstance(leaf, NumberIn):
        number = _number(leaf.number, columns)
        return _both(~np.isnan(number), np.isin(number, leaf.values) == leaf.holds)
    if isinstance(leaf, TextIn):
        return _text_in(leaf, columns)
    if isinstance(leaf, TextSame):
        left, right = _column(leaf.left, columns), _column(leaf.right, columns)
        same = np.asarray(left.of_rows() == right.of_rows(), np.bool_)
        return _both(left.known & right.known, same == leaf.holds)
    if isinstance(leaf, FlagIs):
        flag = _column(leaf.field, columns)
        return _both(flag.known, flag.values == leaf.value)
    if isinstance(leaf, Contains):
        return _contains(leaf, columns)
    known = _known(leaf.field, columns)
    return known if leaf.holds else ~known


def _both(known: _Bools, holds: _Bools) -> _Bools:
    return known & holds


def _text_in(leaf: TextIn, columns: RuleColumns) -> _Bools:
    found = _column(leaf.field, columns)
    members = leaf.field.enumeration
    among = np.zeros(found.values.shape, np.bool_)
    for value in leaf.values:
        among |= found.values == (value if members is None else int(members[value]))
    return _both(found.known, _of_rows(among, found) == leaf.holds)


def _of_rows(held: _Bools, found: Column) -> _Bools:
    """Returns what holds for each row of a column, given what holds for its values."""
    return held if found.codes is None else held.take(found.codes, mode="wrap")


def _contains(leaf: Contains, columns: RuleColumns) -> _Bools:
    within = _column(leaf.within, columns)
    if isinstance(leaf.text, str):
        one = leaf.text
        held = np.fromiter([one in some for some in within.values], np.bool_, len(within.values))
        return _both(within.known, _of_rows(held, within) == leaf.holds)
    text = _column(leaf.text, columns)
    searched, sought, known = np.broadcast_arrays(within.of_rows(), text.of_rows(), within.known & text.known)
    pairs = zip(searched, sought, known, strict=True)
    return np.fromiter(
        (is_known and (one in some) == leaf.holds for some, one, is_known in pairs), np.bool_, len(known)
    )


def _number(number: Number, columns: RuleColumns) -> _Doubles:
    """Returns a number, NaN where it is unknown."""
    if isinstance(number, Literal):
        return np.array([number.value])
    if isinstance(number, Field):
        found = _column(number, columns)
        return np.where(found.known, found.values, np.nan)
    if isinstance(number, Negative):
        return -_number(number.operand, columns)
    calculated: _Doubles = _CALCULATED[number.operator](_number(number.left, columns), _number(number.right, columns))
    return calculated


def _known(field: Field, columns: RuleColumns) -> _Bools:
    if field.value_type is ValueType.NUMBER:
        return ~np.isnan(_number(field, columns))
    return _column(field, columns).known


def _column(field: Field, columns: RuleColumns) -> Column:
    return columns.columns.get(field) or unknown_column(field)
