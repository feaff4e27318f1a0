"""Rules of the funnel: parsed and compiled once, whoever names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules import ParsedRule, RuleFault, compile_rule, parse_rule

RuleTest = Callable[[CustomerContext, RankInput, Campaign | None], bool]
"""Says whether a rule holds for a customer, a request and, where it names the campaign, a campaign."""

_MOST_CACHED = 8_192


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FunnelRule:
    """One expression, ready to run."""

    expression: str
    names_campaign: bool
    """Whether it must be asked for each campaign apart."""
    holds: RuleTest
    parsed: ParsedRule | None
    """The same as a tree; None for one that can no longer be parsed."""
    fault: str = ""
    """What is wrong with that one: it holds for nobody."""


class RuleBook:
    """Rules over one context schema. Pure: its cache, which is bounded, changes no result."""

    __slots__ = ("_compiled", "_parsed", "schema")

    def __init__(self, schema: Mapping[str, FeatureType]) -> None:
        self.schema = dict(schema)
        self._parsed: dict[tuple[str, bool], ParsedRule] = {}
        self._compiled: dict[tuple[str, bool], FunnelRule] = {}

    def parse(self, expression: str, *, of_campaign: bool = True) -> ParsedRule:
        """Returns the parsed rule.

        Raises:
            RuleFault: It does not parse or type-check, or it names the campaign where there is none.
        """
        key = (expression, of_campaign)
        parsed = self._parsed.get(key)
        if parsed is None:
            if len(self._parsed) >= _MOST_CACHED:
                self._parsed.clear()
            parsed = self._parsed[key] = parse_rule(expression, self.schema, of_campaign=of_campaign)
        return parsed

    def rule(self, expression: str, *, of_campaign: bool = True) -> FunnelRule:
        """Returns the rule ready to run, one for an expression; what does not parse holds for nobody."""
        key = (expression, of_campaign)
        rule = self._compiled.get(key)
        if rule is None:
            if len(self._compiled) >= _MOST_CACHED:
                self._compiled.clear()
            rule = self._compiled[key] = self._compile(expression, of_campaign=of_campaign)
        return rule

    def _compile(self, expression: str, *, of_campaign: bool) -> FunnelRule:
        try:
            parsed = self.parse(expression, of_campaign=of_campaign)
        except RuleFault as fault:
            return FunnelRule(expression=expression, names_campaign=False, holds=_never, parsed=None, fault=str(fault))
        if not of_campaign:
            return self.rule(expression)
        return FunnelRule(
            expression=expression, names_campaign=parsed.names_campaign, holds=compile_rule(parsed), parsed=parsed
        )


def _never(context: CustomerContext, asked: RankInput, campaign: Campaign | None) -> bool:  # noqa: ARG001
    return False
