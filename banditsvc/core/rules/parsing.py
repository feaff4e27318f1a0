"""Parsing: from the text of a rule to its typed tree."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from banditsvc.core.rule import FeatureType
from banditsvc.core.rules.comparisons import ComparisonReader
from banditsvc.core.rules.fault import RuleFault
from banditsvc.core.rules.fields import Field, Source, ValueType, quoted
from banditsvc.core.rules.negation import negated
from banditsvc.core.rules.operands import Operand, OperandReader, described, example, is_number
from banditsvc.core.rules.reading import Source as RuleText
from banditsvc.core.rules.reading import read
from banditsvc.core.rules.tree import AllOf, Always, AnyOf, Condition, FlagIs, Known, fields_of, leaves
from banditsvc.core.rules.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A rule that reads and has the right types. Equal rules have equal trees."""

    expression: str
    condition: Condition
    """In normal form: negation stands only in the leaves."""

    @property
    def fields(self) -> frozenset[Field]:
        """Everything that it names."""
        return frozenset(field for leaf in leaves(self.condition) for field in fields_of(leaf))

    @property
    def names_campaign(self) -> bool:
        """Whether it depends on the campaign, and not on the customer and the request alone."""
        return any(field.source is Source.CAMPAIGN for field in self.fields)


def parse_rule(expression: str, schema: Mapping[str, FeatureType], *, of_campaign: bool = True) -> ParsedRule:
    """Returns a rule as its typed tree.

    Args:
        expression: The rule as written, at most 2,000 characters; docs/rules.md has the language.
        schema: Types of the further features of the context.
        of_campaign: Whether it may name campaign.*; pins and target rules may not.

    Raises:
        RuleFault: If it does not read as a rule, names what is not known, or compares what does not go together.
    """
    source = RuleText(expression)
    parser = _Parser(source, OperandReader(source, Vocabulary(schema, of_campaign=of_campaign)))
    return ParsedRule(expression, parser.condition(read(source)))


class _Parser:
    """Reads the conditions of one rule."""

    __slots__ = ("_comparisons", "_operands", "_source")

    def __init__(self, source: RuleText, operands: OperandReader) -> None:
        self._source = source
        self._operands = operands
        self._comparisons = ComparisonReader(operands)

    def condition(self, node: ast.expr) -> Condition:
        """Returns the condition that stands here."""
        if isinstance(node, ast.BoolOp):
            parts = tuple(self.condition(part) for part in node.values)
            return AllOf(parts) if isinstance(node.op, ast.And) else AnyOf(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return negated(self.condition(node.operand))
        if isinstance(node, ast.Compare):
            return self._comparisons.chain(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Tuple):
            remedy = "write numbers without a comma, and join conditions by and or or"
            raise self._operands.fault(f"A comma stands where a condition is needed; {remedy}.", node)
        if isinstance(node, ast.IfExp):
            raise self._operands.fault("if and else have no place in a rule; join conditions by and or or.", node)
        return self._bare(self._operands.operand(node), node)

    def _call(self, node: ast.Call) -> Condition:
        if not (isinstance(node.func, ast.Name) and node.func.id == "known"):
            raise self._operands.fault(f"{self._source.written(node.func)}(...) is not known; {_ONE_FUNCTION}", node)
        if len(node.args) != 1 or node.keywords:
            raise self._operands.fault("known asks of one name: known(segment).", node)
        return Known(self._operands.field(node.args[0]), True)

    def _bare(self, operand: Operand, node: ast.expr) -> Condition:
        """Returns a flag as a condition; everything else needs a comparison."""
        if isinstance(operand, bool):
            return Always(operand)
        if isinstance(operand, Field) and operand.value_type is ValueType.FLAG:
            return FlagIs(operand, True)
        raise self._no_condition(operand, node)

    def _no_condition(self, operand: Operand, node: ast.expr) -> RuleFault:
        if isinstance(operand, Field):
            remedy = f"compare it, such as {example(operand)}"
        elif isinstance(operand, str):
            remedy = f"write the comparison in full, or the texts as a list: in [{quoted(operand)}, ...]"
        elif is_number(operand):
            remedy = "compare it with another number"
        else:
            remedy = "write in before it, and a name before that"
        shown = self._source.written(node)
        return self._operands.fault(f"{shown} is {described(operand)} and no condition; {remedy}.", node)


_ONE_FUNCTION = "the only function is known(x)."
