"""Comparisons: two operands with a sign between them become a leaf, if their types allow it."""

from __future__ import annotations

import ast

from banditsvc.core.rules.fields import Field, Source, ValueType, quoted
from banditsvc.core.rules.negation import negated
from banditsvc.core.rules.operands import NumberList, Operand, OperandReader, TextList, described, is_number
from banditsvc.core.rules.rendering import list_written, number_text
from banditsvc.core.rules.tree import (
    AllOf,
    Always,
    AnyOf,
    Comparison,
    Condition,
    Contains,
    FlagIs,
    Literal,
    Number,
    NumberCompare,
    NumberIn,
    TextIn,
    TextSame,
)
from banditsvc.core.rules.vocabulary import nearest, or_list

_COMPARISONS: dict[type[ast.cmpop], Comparison] = {
    ast.Lt: Comparison.LESS,
    ast.LtE: Comparison.LESS_EQUAL,
    ast.Eq: Comparison.EQUAL,
    ast.NotEq: Comparison.NOT_EQUAL,
    ast.GtE: Comparison.GREATER_EQUAL,
    ast.Gt: Comparison.GREATER,
}
_NO_TEXT_MEANS_UNKNOWN = (Source.REQUEST, Source.CAMPAIGN)


class ComparisonReader:
    """Makes the leaves of one rule."""

    __slots__ = ("_operands",)

    def __init__(self, operands: OperandReader) -> None:
        self._operands = operands

    def chain(self, node: ast.Compare) -> Condition:
        """Returns a comparison, or several in a row, of which all must hold.

        Raises:
            RuleFault: If an operand is at fault or two do not go together.
        """
        nodes = [node.left, *node.comparators]
        read = [self._operands.operand(part) for part in nodes]
        pairs = zip(read, node.ops, read[1:], nodes, nodes[1:], strict=False)
        parts = [self._pair(left, op, right, at, right_at) for left, op, right, at, right_at in pairs]
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _pair(self, left: Operand, op: ast.cmpop, right: Operand, at: ast.expr, right_at: ast.expr) -> Condition:
        if isinstance(op, ast.In | ast.NotIn):
            condition = self._within(left, right, at, right_at)
            return condition if isinstance(op, ast.In) else negated(condition)
        comparison = _COMPARISONS.get(type(op))
        if comparison is None:
            raise self._operands.fault("Write == for is, and != for is not.", at)
        if is_number(left) and is_number(right):
            return _numbers(left, comparison, right)
        equal = self._equal(left, right, at, right_at, comparison)
        return equal if comparison is Comparison.EQUAL else negated(equal)

    def _equal(
        self, left: Operand, right: Operand, at: ast.expr, right_at: ast.expr, comparison: Comparison
    ) -> Condition:
        """Returns that two operands are the same, neither of which need be a number."""
        if isinstance(left, str | bool) and not isinstance(right, str | bool):
            left, right, at, right_at = right, left, right_at, at
        if isinstance(left, Field) and left.value_type is ValueType.TEXTS:
            raise self._operands.fault(
                f"{left.written} is a list of texts; write {_text(right)} in {left.written}.", at
            )
        if isinstance(right, TextList | NumberList):
            raise self._operands.fault(f"A list is compared by in: {_written(left)} in {_written(right)}.", right_at)
        if not _go_together(left, right):
            raise self._mismatch(left, right, at)
        if comparison not in {Comparison.EQUAL, Comparison.NOT_EQUAL}:
            raise self._operands.fault(f"Only numbers have an order; {described(left)} is compared by == or !=.", at)
        if isinstance(left, Field):
            return self._field_equal(left, right, right_at)
        if isinstance(left, bool) and isinstance(right, bool):
            return Always(left == right)
        raise self._operands.fault("Both sides are fixed; one of them must be a name.", at)

    def _field_equal(self, left: Field, right: Operand, right_at: ast.expr) -> Condition:
        if isinstance(right, bool):
            return FlagIs(left, right)
        if isinstance(right, str):
            return TextIn(left, (self._checked(left, right, right_at),), True)
        assert isinstance(right, Field)
        if left.value_type is ValueType.FLAG:
            both, neither = (AllOf((FlagIs(left, value), FlagIs(right, value))) for value in (True, False))
            return AnyOf((both, neither))
        return TextSame(left, right, True)

    def _within(self, left: Operand, right: Operand, at: ast.expr, right_at: ast.expr) -> Condition:
        if isinstance(right, NumberList) and is_number(left):
            return NumberIn(left, right.values, True)
        if isinstance(right, TextList) and isinstance(left, Field) and _is_text(left):
            return TextIn(left, tuple(self._checked(left, value, right_at) for value in right.values), True)
        if isinstance(right, TextList | NumberList):
            if isinstance(left, str | bool):
                raise self._operands.fault("Both sides are fixed; one of them must be a name.", at)
            raise self._mismatch(left, right, at)
        if isinstance(right, Field) and right.value_type is ValueType.TEXTS:
            if isinstance(left, str) or (isinstance(left, Field) and left.value_type is ValueType.TEXT):
                return Contains(right, left, True)
            raise self._operands.fault(
                f"{right.written} is a list of texts; {_written(left)} is {described(left)}.", at
            )
        if isinstance(right, str):
            raise self._operands.fault(f"A list of texts stands in brackets: [{quoted(right)}].", right_at)
        raise self._operands.fault(f"After in stands a list; {_written(right)} is {described(right)}.", right_at)

    def _checked(self, field: Field, value: str, at: ast.expr) -> str:
        """Returns a text that a field is compared with, if the field can ever be it."""
        if field.enumeration is not None and value not in field.names:
            close = nearest(value.upper().replace(" ", "_"), field.names)
            meant = f" Did you mean {quoted(close[0])}?" if close else ""
            raise self._operands.fault(
                f"{field.written} is never {quoted(value)}; it is {or_list(field.names)}.{meant}", at
            )
        if not value and field.source in _NO_TEXT_MEANS_UNKNOWN:
            raise self._operands.fault(
                f"{field.written} is unknown where it is empty; write known({field.written}).", at
            )
        return value

    def _mismatch(self, left: Operand, right: Operand, at: ast.expr) -> Exception:
        sides = f"{_written(left)} is {described(left)} and {_written(right)} is {described(right)}"
        return self._operands.fault(f"These do not go together: {sides}.", at)


def _numbers(left: Number, comparison: Comparison, right: Number) -> Condition:
    """Returns two numbers compared, the fixed one on the right."""
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Always(comparison.holds(left.value, right.value))
    if isinstance(left, Literal):
        return NumberCompare(right, comparison.mirrored, left)
    return NumberCompare(left, comparison, right)


def _is_text(field: Field) -> bool:
    return field.value_type in {ValueType.TEXT, ValueType.NAMED}


def _go_together(left: Operand, right: Operand) -> bool:
    if isinstance(left, Field) and isinstance(right, Field):
        return left.value_type is right.value_type and left.enumeration is right.enumeration
    if isinstance(left, Field):
        return (isinstance(right, str) and _is_text(left)) or (
            isinstance(right, bool) and left.value_type is ValueType.FLAG
        )
    return type(left) is type(right)


def _text(operand: Operand) -> str:
    return _written(operand) if isinstance(operand, str) else '"..."'


def _written(operand: Operand) -> str:
    """Returns an operand as a rule would write it, shortened where it is long."""
    if isinstance(operand, str):
        return quoted(operand)
    if isinstance(operand, bool):
        return str(operand)
    if isinstance(operand, Field):
        return operand.written
    if isinstance(operand, Literal):
        return number_text(operand.value)
    if isinstance(operand, TextList | NumberList):
        return list_written(operand.values)
    return "the number"
