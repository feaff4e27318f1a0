"""The order of exclusive rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.exploration import ExclusiveRules, FixedPriority, TargetRule
from banditsvc.core.rule import FeatureType
from banditsvc.core.rule_order import RuleOrder, entry_ranks, rule_order
from banditsvc.core.rules import RuleFault

SCHEMA = {"open_issue": FeatureType.FLAG}
RULES = ExclusiveRules(
    rules=(
        TargetRule(campaign_id="winback", expression="recency_days > 180"),
        TargetRule(campaign_id="sale", expression="segment == 'gold'"),
        TargetRule(campaign_id="news", expression="not open_issue"),
    )
)
IDS = ("NO_CONTACT", "news", "sale", "sale", "winback")


def asked(recency_days: float | None = None, segment: str | None = None, *, issue: bool | None = None) -> RankInput:
    """Returns a request."""
    features = {} if issue is None else {"open_issue": issue}
    context = CustomerContext(recency_days=recency_days, segment=segment, features=features)
    return RankInput(portfolio_id="shop", customer_id="c", send_time_us=0, context=context)


@pytest.mark.parametrize(
    ("request_", "order"),
    [
        (asked(200.0, "gold", issue=False), ["winback", "sale b", "sale a", "news", "NO_CONTACT"]),
        (asked(20.0, "gold"), ["sale b", "sale a", "NO_CONTACT", "winback", "news"]),
        (asked(), ["NO_CONTACT", "winback", "sale b", "sale a", "news"]),
    ],
)
def test_what_matches_comes_first(request_: RankInput, order: list[str]) -> None:
    """Campaigns that match come in the order of the rules, then NO_CONTACT, then the fixed order; pairs stay so."""
    fixed_rank = np.array([3, 4, 2, 1, 0])
    names = np.array(["NO_CONTACT", "news", "sale a", "sale b", "winback"])
    ranks = rule_order(RULES, SCHEMA).ranks(request_, IDS, fixed_rank)
    assert order == names[np.argsort(ranks)].tolist()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    recency_days=st.one_of(st.none(), st.floats(0.0, 400.0)),
    segment=st.sampled_from([None, "gold", "silver"]),
    issue=st.sampled_from([None, True, False]),
    fixed_rank=st.permutations(range(len(IDS))),
)
def test_ranks_are_an_order(
    recency_days: float | None, segment: str | None, *, issue: bool | None, fixed_rank: list[int]
) -> None:
    """Whoever asks, each entry has a place of its own, and what matches no rule keeps its order."""
    request_ = asked(recency_days, segment, issue=issue)
    order = rule_order(RULES, SCHEMA)
    ranks = order.ranks(request_, IDS, np.array(fixed_rank))
    assert list(range(len(IDS))) == sorted(ranks.tolist())
    others = [k for k, name in enumerate(IDS) if name not in {*order.matches(request_), "NO_CONTACT"}]
    assert sorted(others, key=lambda k: fixed_rank[k]) == sorted(others, key=lambda k: ranks[k])


def test_other_explorations_keep_the_fixed_order() -> None:
    """Only exclusive rules have an order of their own."""
    fixed_rank = np.array([3, 4, 2, 1, 0])
    assert entry_ranks(FixedPriority(), SCHEMA, asked(200.0), IDS, fixed_rank) is fixed_rank
    expected = [1, 4, 3, 2, 0]
    assert expected == entry_ranks(RULES, SCHEMA, asked(200.0), IDS, fixed_rank).tolist()


def test_rules_that_do_not_fit_the_schema_are_refused() -> None:
    """A rule about a feature that the schema does not know is a fault."""
    with pytest.raises(RuleFault):
        RuleOrder(RULES, {})
