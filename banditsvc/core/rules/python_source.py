"""Python source of a rule, for one customer.

A number is a double, NaN where it is unknown, so that every comparison with it is false but !=, which is written as
< or >; any other value is None where it is unknown. No word of a rule enters the source: texts are bound to names.
"""

from __future__ import annotations

import math
from collections import Counter

from banditsvc.core.rules.fields import Field, Source, ValueType
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
    fields_of,
    leaves,
)
from banditsvc.core.rules.values import NO_CAMPAIGN, number
from banditsvc.core.rules.vocabulary import FAVOURITES

RULE = "rule"
"""Name of the function that the source defines."""
_CLASSES = {ValueType.TEXT: "str", ValueType.FLAG: "bool", ValueType.TEXTS: "tuple"}


class PythonSource:
    """The source of one rule and the names that it needs."""

    __slots__ = ("_bound", "_kept", "_variables", "names", "text")

    def __init__(self, condition: Condition) -> None:
        self.names: dict[str, object] = {"nan": math.nan, "number": number, "no_campaign": NO_CAMPAIGN}
        self._bound: dict[object, str] = {}
        self._kept: dict[Field, str] = {}
        self._variables = 0
        counts = Counter(field for leaf in leaves(condition) for field in fields_of(leaf))
        lines = [f"def {RULE}(context, asked, campaign):"]
        if any(field.source is Source.CAMPAIGN for field in counts):
            lines.append(" if campaign is None: campaign = no_campaign")
        for field, count in counts.items():
            if count > 1:  # what is asked more than once is read once
                value, name = self._value(field), self._variable()
                lines.append(f" {name} = {value}")
                self._kept[field] = name
        self.text = "\n".join([*lines, f" return {self._condition(condition)}", ""])

    def _condition(self, condition: Condition) -> str:
        if isinstance(condition, AllOf | AnyOf):
            join = " and " if isinstance(condition, AllOf) else " or "
            return f"({join.join(self._condition(part) for part in condition.parts)})"
        if isinstance(condition, Always):
            return str(condition.holds)
        return f"({self._leaf(condition)})"

    def _leaf(self, leaf: Leaf) -> str:
        if isinstance(leaf, NumberCompare):
            return self._number_compare(leaf)
        if isinstance(leaf, NumberIn):
            values = self._name(frozenset(leaf.values))
            known = self._variable()
            among = f"({known} := {self._number(leaf.number)})"
            return f"{among} in {values}" if leaf.holds else f"{among} == {known} and {known} not in {values}"
        if isinstance(leaf, TextIn):
            return self._text_in(leaf)
        if isinstance(leaf, TextSame):
            left, right = self._variable(), self._variable()
            known = f"({left} := {self._value(leaf.left)}) is not None and ({right} := {self._value(leaf.right)})"
            return f"{known} is not None and {left} {_equal(leaf.holds)} {right}"
        if isinstance(leaf, FlagIs):
            return f"{self._stored(leaf.field)} is {leaf.value}"
        if isinstance(leaf, Contains):
            return self._contains(leaf)
        return self._known(leaf.field, holds=leaf.holds)

    def _number_compare(self, leaf: NumberCompare) -> str:
        left, right = self._number(leaf.left), self._number(leaf.right)
        if leaf.comparison is not Comparison.NOT_EQUAL:
            return f"{left} {leaf.comparison.value} {right}"
        first, second = self._variable(), self._variable()
        return f"({first} := {left}) < ({second} := {right}) or {first} > {second}"

    def _text_in(self, leaf: TextIn) -> str:
        members = leaf.field.enumeration
        values = [value if members is None else int(members[value]) for value in leaf.values]
        if len(values) == 1:
            compared = f"{_equal(leaf.holds)} {self._name(values[0])}"
        else:
            compared = f"{_in(leaf.holds)} {self._name(frozenset(values))}"
        if leaf.holds:  # no text and no name is None
            return f"{self._value(leaf.field)} {compared}"
        known = self._variable()
        return f"({known} := {self._value(leaf.field)}) is not None and {known} {compared}"

    def _contains(self, leaf: Contains) -> str:
        within = self._variable()
        known = f"({within} := {self._value(leaf.within)}) is not None"
        if isinstance(leaf.text, str):
            return f"{known} and {self._name(leaf.text)} {_in(leaf.holds)} {within}"
        text = self._variable()
        known += f" and ({text} := {self._value(leaf.text)}) is not None"
        return f"{known} and {text} {_in(leaf.holds)} {within}"

    def _known(self, field: Field, *, holds: bool) -> str:
        if field.value_type is not ValueType.NUMBER:
            return f"{self._value(field)} is {'not ' if holds else ''}None"
        known = self._variable()
        return f"({known} := {self._value(field)}) {_equal(holds)} {known}"

    def _number(self, tree: Number) -> str:
        if isinstance(tree, Literal):
            return f"({tree.value!r})"
        if isinstance(tree, Field):
            return self._value(tree)
        if isinstance(tree, Negative):
            return f"(-{self._number(tree.operand)})"
        left, right = self._number(tree.left), self._number(tree.right)
        if tree.operator != "/" or isinstance(tree.right, Literal):
            return f"({left} {tree.operator} {right})"
        divisor = self._variable()
        return f"({left} / {divisor} if ({divisor} := {right}) else nan)"

    def _value(self, field: Field) -> str:
        """Returns an expression of a field's value: a double, or None where it is unknown."""
        if field in self._kept:
            return self._kept[field]
        stored = self._stored(field)
        if field == FAVOURITES or field.source is Source.REQUEST:
            return f"({stored} or None)"
        if field.value_type is ValueType.NUMBER:
            value = self._variable()
            usual = f"{value} * 1.0 if ({value} := {stored}).__class__ is int"
            if not field.is_whole:
                usual = f"{value} if ({value} := {stored}).__class__ is float"
            return f"({usual} else number({value}))"
        if field.source is Source.CAMPAIGN and field.value_type is ValueType.TEXT:
            return f"({stored} or asked.channel or None)" if field.name == "channel" else f"({stored} or None)"
        if field.source is not Source.FEATURE:
            return stored
        value = self._variable()
        return f"({value} if isinstance({value} := {stored}, {_CLASSES[field.value_type]}) else None)"

    def _stored(self, field: Field) -> str:
        """Returns an expression of what stands for a field in the context, the request or the campaign."""
        if field in self._kept:
            return self._kept[field]
        if field.source is Source.FEATURE:
            return f"context.features.get({self._name(field.name)})"
        if field.source is Source.FAVOURITE:
            return f"context.favourites.get({self._name(field.name)})"
        owner = {Source.CONTEXT: "context", Source.REQUEST: "asked", Source.CAMPAIGN: "campaign"}[field.source]
        return f"{owner}.{field.name}"  # a name of the vocabulary, not of the rule

    def _name(self, value: object) -> str:
        """Returns the name to which a constant is bound."""
        name = self._bound.setdefault(value, f"constant_{len(self._bound)}")
        self.names[name] = value
        return name

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"


def _equal(holds: bool) -> str:
    return "==" if holds else "!="


def _in(holds: bool) -> str:
    return "in" if holds else "not in"
