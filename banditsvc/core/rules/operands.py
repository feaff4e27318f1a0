"""Operands: the sides of a comparison, with their types."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TypeGuard

from banditsvc.core.rules.fault import RuleFault
from banditsvc.core.rules.fields import Field, ValueType, quoted, shortened
from banditsvc.core.rules.reading import Source
from banditsvc.core.rules.tree import Arithmetic, Literal, Negative, Number
from banditsvc.core.rules.vocabulary import OF_CAMPAIGN, Vocabulary, favourite, nearest, or_list

_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_FEATURES = 'features is followed by a name in brackets: features["any name"].'
_TRUE_NAMES = {"true": "True", "TRUE": "True", "false": "False", "FALSE": "False"}
_NOTHING_NAMES = frozenset(["null", "NULL", "none", "nil", "unknown"])


@dataclass(frozen=True, slots=True)
class TextList:
    """A literal list of texts."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberList:
    """A literal list of numbers."""

    values: tuple[float, ...]


Operand = Number | str | bool | TextList | NumberList
"""A field that is no number, or a number, or a literal."""


def is_number(operand: Operand) -> TypeGuard[Number]:
    """Returns whether an operand is a number, fixed or not."""
    if isinstance(operand, Field):
        return operand.value_type is ValueType.NUMBER
    return isinstance(operand, Literal | Negative | Arithmetic)


def described(operand: Operand) -> str:
    """Returns the type of an operand, for people."""
    if isinstance(operand, Field) and operand.value_type is not ValueType.NUMBER:
        return str(operand.value_type.value)
    if isinstance(operand, str):
        return ValueType.TEXT.value
    if isinstance(operand, bool):
        return ValueType.FLAG.value
    if isinstance(operand, TextList):
        return ValueType.TEXTS.value
    return "a list of numbers" if isinstance(operand, NumberList) else ValueType.NUMBER.value


def example(field: Field) -> str:
    """Returns a condition on a field that is none by itself."""
    name = field.written
    if field.value_type is ValueType.NUMBER:
        return f"{name} > 0"
    if field.value_type is ValueType.TEXTS:
        return f'"..." in {name}'
    return f"{name} == {quoted(field.names[0] if field.names else '...')}"


class OperandReader:
    """Reads operands by the vocabulary of one rule."""

    __slots__ = ("_source", "_vocabulary")

    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        self._source = source
        self._vocabulary = vocabulary

    def fault(self, text: str, node: ast.expr) -> RuleFault:
        """Returns a fault that points at a part."""
        return RuleFault(text, self._source.column(node))

    def operand(self, node: ast.expr) -> Operand:
        """Returns one side of a comparison.

        Raises:
            RuleFault: If it is no operand, names what is not known, or mixes types.
        """
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.List | ast.Tuple):
            return self._list(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            number = self._number(node.operand)
            return _negative(number) if isinstance(node.op, ast.USub) else number
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node)
        return self.field(node)

    def field(self, node: ast.expr) -> Field:
        """Returns the field that is named here.

        Raises:
            RuleFault: If none is, or it is not known.
        """
        if isinstance(node, ast.Name):
            return self._plain(node)
        if isinstance(node, ast.Attribute):
            return self._of_campaign(node)
        if isinstance(node, ast.Subscript):
            return self._in_brackets(node)
        raise self.fault(f"{self._source.written(node)} is nothing that a rule can compare.{_remedy(node)}", node)

    def _plain(self, node: ast.Name) -> Field:
        name = node.id
        if (field := self._vocabulary.plain(name)) is not None:
            return field
        if name in _TRUE_NAMES:
            raise self.fault(f"Write {_TRUE_NAMES[name]} with one capital letter.", node)
        if name in _NOTHING_NAMES:
            raise self.fault("Write known(x) or not known(x) to ask whether something is known.", node)
        if name == "campaign":
            raise self.fault("campaign is followed by a dot and what is meant of it: campaign.value.", node)
        if name == "features":
            raise self.fault(_FEATURES, node)
        if name == "known":
            raise self.fault("known is followed by a name in parentheses: known(segment).", node)
        close = self._vocabulary.closest(name)
        remedy = f"did you mean {or_list(close)}?" if close else "further features are named in the context schema."
        raise self.fault(f"{shortened(name)} is not known; {remedy} A text stands in quotes: {quoted(name)}.", node)

    def _of_campaign(self, node: ast.Attribute) -> Field:
        if not (isinstance(node.value, ast.Name) and node.value.id == "campaign"):
            name = shortened(node.attr)
            raise self.fault(f'Only campaign has a dot after it; write {name} or features["{name}"].', node)
        if not self._vocabulary.of_campaign:
            raise self.fault(
                f"This rule is about the customer alone; {self._source.written(node)} cannot stand here.", node
            )
        if (field := OF_CAMPAIGN.get(node.attr)) is not None:
            return field
        close = [OF_CAMPAIGN[name].written for name in nearest(node.attr, OF_CAMPAIGN)]
        remedy = f"did you mean {or_list(close)}?" if close else f"it is one of {or_list(OF_CAMPAIGN)}."
        raise self.fault(f"{self._source.written(node)} is not known; {remedy}", node)

    def _in_brackets(self, node: ast.Subscript) -> Field:
        of = node.value.id if isinstance(node.value, ast.Name) else ""
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if of not in {"features", "favourites"}:
            raise self.fault(
                f"Only favourites and features have brackets after them, {shortened(of) or 'this'} has none.", node
            )
        if not isinstance(key, str):
            raise self.fault(f'A name in quotes stands in the brackets: {of}["..."].', node)
        if of == "favourites":
            return favourite(key)
        if (field := self._vocabulary.feature(key)) is not None:
            return field
        raise self.fault(f"The context schema names no feature {quoted(key)}; add it there, with its type.", node)

    def _constant(self, node: ast.Constant) -> Operand:
        value = node.value
        if isinstance(value, str | bool):
            return value
        if isinstance(value, int | float):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isinf(number):
                raise self.fault("This number is too great.", node)
            return Literal(number)
        if value is None:
            raise self.fault("Write known(x) or not known(x) to ask whether something is known.", node)
        raise self.fault(f"{self._source.written(node)} is no number, text, True or False.", node)

    def _list(self, node: ast.List | ast.Tuple) -> TextList | NumberList:
        values = [self.operand(element) for element in node.elts if isinstance(element, ast.Constant | ast.UnaryOp)]
        texts = [value for value in values if isinstance(value, str)]
        numbers = [value.value for value in values if isinstance(value, Literal)]
        if texts and len(texts) == len(node.elts):
            return TextList(tuple(dict.fromkeys(texts)))
        if numbers and len(numbers) == len(node.elts):
            return NumberList(tuple(dict.fromkeys(numbers)))
        raise self.fault('A list has texts alone or numbers alone, at least one: ["gold", "silver"] or [4, 5].', node)

    def _arithmetic(self, node: ast.BinOp) -> Number:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            join = {ast.BitAnd: " Write and to join conditions.", ast.BitOr: " Write or to join conditions."}
            raise self.fault(f"Numbers are put together by + - * and / alone.{join.get(type(node.op), '')}", node)
        left, right = self._number(node.left), self._number(node.right)
        if operator == "/" and right == Literal(0.0):
            raise self.fault("This divides by zero, which is never known.", node)
        if not (isinstance(left, Literal) and isinstance(right, Literal)):
            return Arithmetic(operator, left, right)
        value = _value(operator, left.value, right.value)
        if not math.isfinite(value):
            raise self.fault("This number is too great.", node)
        return Literal(value)

    def _number(self, node: ast.expr) -> Number:
        operand = self.operand(node)
        if is_number(operand):
            return operand
        shown = self._source.written(node)
        raise self.fault(f"{shown} is {described(operand)}; only numbers can be calculated with.", node)


def _negative(number: Number) -> Number:
    return Literal(-number.value) if isinstance(number, Literal) else Negative(number)


def _value(operator: str, left: float, right: float) -> float:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    return left * right if operator == "*" else left / right


def _remedy(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return " The only function is known(x)."
    if isinstance(node, ast.Compare | ast.BoolOp) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
        return " A condition cannot be compared; join conditions by and or or."
    if isinstance(node, ast.Set | ast.Dict):
        return ' A list stands in brackets: ["gold", "silver"].'
    return " Rules have names, numbers, texts in quotes, comparisons, and, or, not, in and known(x)."
