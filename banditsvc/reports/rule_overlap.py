"""Rule overlap: how many customers match none, one or several of the rules that are meant to exclude each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

from banditsvc.core.decision import RankInput
from banditsvc.core.exploration import ExclusiveRules
from banditsvc.core.rule import FeatureType
from banditsvc.core.rule_order import RuleOrder

MOST_SAMPLES = 5
"""Row numbers kept as examples."""


@dataclass(slots=True)
class Matches:
    """Customers of one kind, with a few examples."""

    customers: int = 0
    rows: list[int] = field(default_factory=list)
    """Row numbers of the first of them."""

    def add(self, row: int) -> None:
        """Counts a customer."""
        self.customers += 1
        if len(self.rows) < MOST_SAMPLES:
            self.rows.append(row)


@dataclass(slots=True, kw_only=True)
class RuleMatches:
    """What one rule matches."""

    campaign_id: str
    expression: str
    matched: Matches = field(default_factory=Matches)
    alone: int = 0
    """Customers that match no other rule."""
    served: int = 0
    """Customers for whom it is the first rule that matches, which is the one that counts."""


class RuleOverlap:
    """Counts customers by the rules that they match."""

    def __init__(self, rules: ExclusiveRules, schema: Mapping[str, FeatureType]) -> None:
        """Compiles the rules, each for another campaign.

        Raises:
            RuleFault: One does not parse, or does not fit the schema; the text names its campaign.
        """
        self.rules = [RuleMatches(campaign_id=rule.campaign_id, expression=rule.expression) for rule in rules.rules]
        self.customers = 0
        self.none = Matches()
        self.one = 0
        self.several = Matches()
        self.pairs: dict[tuple[str, str], Matches] = {}
        """Customers who match both, by the campaigns of two rules in their order."""
        self._of_campaign = {rule.campaign_id: rule for rule in self.rules}
        self._order = RuleOrder(rules, schema)

    def add(self, row: int, asked: RankInput) -> None:
        """Counts the customer of a row."""
        self.customers += 1
        matched = [self._of_campaign[campaign_id] for campaign_id in self._order.matches(asked)]
        for rule in matched:
            rule.matched.add(row)
        if not matched:
            self.none.add(row)
            return
        matched[0].served += 1
        if len(matched) == 1:
            self.one += 1
            matched[0].alone += 1
            return
        self.several.add(row)
        for first, second in combinations(matched, 2):
            self.pairs.setdefault((first.campaign_id, second.campaign_id), Matches()).add(row)

    def plain(self) -> dict[str, object]:
        """Returns the counts as values for JSON."""
        return {
            "customers": self.customers,
            "none": _plain(self.none),
            "one": self.one,
            "several": _plain(self.several),
            "rules": [
                {
                    "campaign_id": rule.campaign_id,
                    "expression": rule.expression,
                    "matched": rule.matched.customers,
                    "alone": rule.alone,
                    "served": rule.served,
                }
                for rule in self.rules
            ],
            "overlaps": [
                {"first": first, "second": second, **_plain(both)} for (first, second), both in self.commonest()
            ],
        }

    def commonest(self) -> list[tuple[tuple[str, str], Matches]]:
        """Returns the pairs of rules that overlap, the greatest overlap first."""
        return sorted(self.pairs.items(), key=lambda pair: (-pair[1].customers, pair[0]))


def _plain(matches: Matches) -> dict[str, object]:
    return {"customers": matches.customers, "rows": list(matches.rows)}
