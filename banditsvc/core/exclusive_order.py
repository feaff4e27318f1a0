"""Exclusive rules on columns: the order in which the rules put the campaigns of each of many customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.decision import RankInput
from banditsvc.core.exploration import ExclusiveRules
from banditsvc.core.rule import FeatureType
from banditsvc.core.rule_order import parsed_rules
from banditsvc.core.rules import compile_columns
from banditsvc.core.rules.context_rule_columns import context_rule_columns
from banditsvc.core.rules.fields import Field


class ExclusiveOrder:
    """Orders campaigns by exclusive rules as RuleOrder does for one customer. Pure, and compiled once."""

    def __init__(self, exclusive: ExclusiveRules, schema: Mapping[str, FeatureType]) -> None:
        """Compiles the rules.

        Args:
            exclusive: The rules.
            schema: Types of the further features that they may name.

        Raises:
            RuleFault: A rule does not parse, or does not fit the schema; the text names its campaign.
        """
        self._fields: set[Field] = set()
        self._rules = []
        for campaign_id, parsed in parsed_rules(exclusive, schema):
            self._fields |= parsed.fields
            self._rules.append((campaign_id, compile_columns(parsed)))

    def order(
        self,
        columns: ContextColumns,
        campaign_ids: Sequence[str],
        fixed_rank: NDArray[np.int64],
        asked: RankInput | None = None,
    ) -> NDArray[np.int64]:
        """Returns a number for each entry of each row, the first with the least: shape (rows, entries).

        First those whose rule the customer matches, in the order of the rules, then NO_CONTACT, then the fixed order.

        Args:
            columns: The customers.
            campaign_ids: Campaign of each entry.
            fixed_rank: Place of each in the fixed order, shape (entries,). Entries of one campaign keep their order.
            asked: What all are asked about; see context_rule_columns.
        """
        count, ids = len(self._rules), np.array(campaign_ids, dtype=np.object_)
        tiers = np.full((columns.rows, len(ids)), count + 1, dtype=np.int64)
        tiers[:, ids == NO_CONTACT] = count
        seen = context_rule_columns(self._fields, columns, asked)
        # Of several rules for one campaign the first that matches counts, even for NO_CONTACT.
        for place, (campaign_id, holds) in reversed(list(enumerate(self._rules))):
            mine = np.flatnonzero(ids == campaign_id)
            if len(mine):
                tiers[np.ix_(holds(seen), mine)] = place
        return tiers * len(ids) + fixed_rank
