"""The rule language: conditions on a customer, a request and a campaign. docs/rules.md describes it."""

from banditsvc.core.rules.columns import Column, RuleColumns, columns_of
from banditsvc.core.rules.compiled_columns import ColumnRule, compile_columns
from banditsvc.core.rules.compiled_rule import CompiledRule, compile_rule
from banditsvc.core.rules.fault import NeverHold, RuleFault
from banditsvc.core.rules.parsing import ParsedRule, parse_rule
from banditsvc.core.rules.satisfiable import check_satisfiable

__all__ = [
    "Column",
    "ColumnRule",
    "CompiledRule",
    "NeverHold",
    "ParsedRule",
    "RuleColumns",
    "RuleFault",
    "check_satisfiable",
    "columns_of",
    "compile_columns",
    "compile_rule",
    "parse_rule",
]
