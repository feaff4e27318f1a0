"""Rule check: rules that do not parse, do not fit the context's schema or can never match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from banditsvc.core.campaign import Campaign
from banditsvc.core.errors import FieldViolation
from banditsvc.core.exploration import ExclusiveRules, Exploration
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.core.rules import NeverHold, ParsedRule, RuleFault, check_satisfiable, parse_rule


class RuleCheck:
    """Checks rules against one context schema and notes what is wrong with them."""

    def __init__(self, schema: Mapping[str, FeatureType], shared: Sequence[Rule] = ()) -> None:
        """Takes the schema, and the portfolio's rules that hold beside those of each campaign."""
        self._schema = schema
        self._shared = shared
        self.violations: list[FieldViolation] = []

    def rules(self, rules: Sequence[Rule], path: str) -> None:
        """Checks rules that hold together, each for itself and all of them."""
        noted = len(self.violations)
        parsed = [
            self._parse(rule.expression, f"{path}[{place}].expression", f"rule {rule.name!r}: ", of_campaign=True)
            for place, rule in enumerate(rules)
        ]
        whole = [rule for rule in parsed if rule is not None]
        if len(self.violations) == noted and len(whole) > 1:
            self._check_satisfiable(whole, path, "the rules together: ")

    def campaign(self, campaign: Campaign, path: str) -> None:
        """Checks a campaign's rules, also together with those of the portfolio, and its pins."""
        noted = len(self.violations)
        self.rules(campaign.rules, f"{path}.rules")
        if len(self.violations) == noted:
            self.together(campaign, f"{path}.rules")
        for place, pin in enumerate(campaign.pins):
            if pin.expression:
                where = f"{path}.pins[{place}].expression"
                self._parse(pin.expression, where, f"pin {pin.name!r}: ", of_campaign=False)

    def together(self, campaign: Campaign, path: str) -> None:
        """Checks that a campaign's rules can hold together with the portfolio's, where each list for itself can."""
        own = _possible(campaign.rules, self._schema)
        if not (own and self._possible_shared):
            return
        try:
            check_satisfiable([*self._possible_shared, *own])
        except NeverHold as fault:
            rules = [
                *(f"rule {rule.name!r} of the portfolio" for rule in self._shared),
                *(f"rule {rule.name!r} of campaign {campaign.campaign_id!r}" for rule in campaign.rules),
            ]
            names = " and ".join(rules[place] for place in fault.places)
            self.violations.append(FieldViolation(path, f"{names}: {fault}"))

    def exploration(self, exploration: Exploration, path: str) -> None:
        """Checks the rules of mutually exclusive rules; other explorations have none."""
        if isinstance(exploration, ExclusiveRules):
            for place, rule in enumerate(exploration.rules):
                where = f"{path}.exclusive_rules.rules[{place}].expression"
                self._parse(rule.expression, where, f"rule for {rule.campaign_id!r}: ", of_campaign=False)

    @cached_property
    def _possible_shared(self) -> Sequence[ParsedRule]:
        return _possible(self._shared, self._schema)

    def _parse(self, expression: str, path: str, name: str, *, of_campaign: bool) -> ParsedRule | None:
        try:
            parsed = parse_rule(expression, self._schema, of_campaign=of_campaign)
        except RuleFault as fault:
            self.violations.append(FieldViolation(path, f"{name}{fault}"))
            return None
        self._check_satisfiable([parsed], path, name)
        return parsed

    def _check_satisfiable(self, rules: Sequence[ParsedRule], path: str, name: str) -> None:
        try:
            check_satisfiable(rules)
        except RuleFault as fault:
            self.violations.append(FieldViolation(path, f"{name}{fault}"))


def _possible(rules: Sequence[Rule], schema: Mapping[str, FeatureType]) -> Sequence[ParsedRule]:
    """Returns rules that can hold together; none where they cannot, or where one of them does not parse."""
    try:
        parsed = [parse_rule(rule.expression, schema) for rule in rules]
        check_satisfiable(parsed)
    except RuleFault:
        return ()
    return parsed
