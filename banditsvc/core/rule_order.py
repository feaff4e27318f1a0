"""Rule order: where ExclusiveRules are at work, the order in which a customer's rules put what is eligible."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.decision import RankInput
from banditsvc.core.exploration import ExclusiveRules, Exploration
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules import CompiledRule, ParsedRule, RuleFault, compile_rule, parse_rule

_MOST_KEPT = 64


class RuleOrder:
    """Ranks entries by exclusive rules. Pure, and compiled once; threads may share it."""

    __slots__ = ("_conditions",)

    def __init__(self, exclusive: ExclusiveRules, schema: Mapping[str, FeatureType]) -> None:
        """Compiles the rules.

        Args:
            exclusive: The rules.
            schema: Types of the further features that they may name.

        Raises:
            RuleFault: A rule does not parse, or does not fit the schema; the text names its campaign.
        """
        self._conditions: list[tuple[str, CompiledRule]] = [
            (campaign_id, compile_rule(parsed)) for campaign_id, parsed in parsed_rules(exclusive, schema)
        ]

    def matches(self, asked: RankInput) -> list[str]:
        """Returns the campaigns whose rules the customer matches, in the order of the rules."""
        return [campaign_id for campaign_id, holds in self._conditions if holds(asked.context, asked, None)]

    def ranks(
        self, asked: RankInput, campaign_ids: tuple[str, ...], fixed_rank: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Returns each entry's place: those that match in the order of the rules, NO_CONTACT, then the fixed order.

        Args:
            asked: The request.
            campaign_ids: Campaign of each entry.
            fixed_rank: Place of each in the fixed order, shape (K,). Entries of one campaign keep their order.
        """
        rule_of: dict[str, int] = {}
        for place, campaign_id in enumerate(self.matches(asked)):
            rule_of.setdefault(campaign_id, place)
        count = len(self._conditions)
        rule_of.setdefault(NO_CONTACT, count)
        tiers = np.array([rule_of.get(campaign_id, count + 1) for campaign_id in campaign_ids], dtype=np.int64)
        ranks = np.empty(len(tiers), dtype=np.int64)
        ranks[np.lexsort((fixed_rank, tiers))] = np.arange(len(tiers))
        return ranks


def parsed_rules(exclusive: ExclusiveRules, schema: Mapping[str, FeatureType]) -> list[tuple[str, ParsedRule]]:
    """Returns the campaign of each rule, and the rule. Arguments and errors are those of RuleOrder."""
    found = []
    for rule in exclusive.rules:
        try:
            found.append((rule.campaign_id, parse_rule(rule.expression, schema, of_campaign=False)))
        except RuleFault as fault:
            raise RuleFault(f"the rule of campaign {rule.campaign_id!r}: {fault}") from fault
    return found


def rule_order(exclusive: ExclusiveRules, schema: Mapping[str, FeatureType]) -> RuleOrder:
    """Returns the order of some rules, compiled when first asked for. Arguments and errors are those of RuleOrder."""
    return _compiled(exclusive, tuple(sorted(schema.items())))


@lru_cache(maxsize=_MOST_KEPT)
def _compiled(exclusive: ExclusiveRules, schema: tuple[tuple[str, FeatureType], ...]) -> RuleOrder:
    return RuleOrder(exclusive, dict(schema))


def entry_ranks(
    exploration: Exploration,
    schema: Mapping[str, FeatureType],
    asked: RankInput,
    campaign_ids: tuple[str, ...],
    fixed_rank: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Returns the fixed_rank that an exploration is to be given for one request: for exclusive rules their order.

    Arguments and errors are those of RuleOrder and its ranks.
    """
    if isinstance(exploration, ExclusiveRules):
        return rule_order(exploration, schema).ranks(asked, campaign_ids, fixed_rank)
    return fixed_rank
