"""Columns of contexts as rules see them: the same as each context alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import Campaign
from banditsvc.core.context_columns import Coded, ContextColumns
from banditsvc.core.decision import RankInput
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules import RuleFault, compile_columns, compile_rule, parse_rule
from banditsvc.core.rules.context_rule_columns import context_rule_columns
from tests.core.context_columns_cases import random_columns, random_lists
from tests.core.rules.rule_cases import SCHEMA as RANDOM_SCHEMA
from tests.core.rules.rule_cases import asked, campaigns, rules

SCHEMA = {
    "plan": FeatureType.TEXT,
    "app": FeatureType.FLAG,
    "age": FeatureType.NUMBER,
    "balance": FeatureType.TEXT,
    "visits": FeatureType.FLAG,
    "segment": FeatureType.NUMBER,
    "missing": FeatureType.TEXTS,
    "push": FeatureType.FLAG,
    "tags": FeatureType.TEXTS,
    "words": FeatureType.TEXT,
}
RULES = (
    "recency_days < 7 or frequency >= 1 and monetary > 100",
    "r >= 3 and not f == 1 or m in [1, 2]",
    "segment in ['gold', '3'] or segment != 'silver' and known(r)",
    "lifecycle_stage == 'ACTIVE' or lifecycle_stage in ['NEW', 'LAPSED']",
    "favourites['shoes'] > 0.5 or favourites['no such'] > 0",
    "'bags' in favourites or '12' not in favourites and known(favourites)",
    "plan == 'a' or app and age < 50",
    "not app or age != 30",
    "push and 'sale' in tags or not push and 'x' not in tags",
    "known(push) and not known(tags) or known(words)",
    # Declared of another type than they are: unknown.
    "balance == '0.7' or visits or features['segment'] > 3 or 'x' in missing",
    "known(balance) or known(visits) or known(features['segment'])",
    # Nobody says them.
    "channel == 'email' or not known(placement) and recency_days >= 0",
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**9), rows=st.integers(0, 30))
def test_a_rule_holds_for_columns_as_for_each_context(seed: int, rows: int) -> None:
    """Each rule holds for the rows of columns for whose contexts it holds alone, unknown and mistyped ones included."""
    columns = random_columns(np.random.default_rng(seed), rows)
    nobody = RankInput(portfolio_id="shop", customer_id="c", send_time_us=0)
    for text in RULES:
        parsed = parse_rule(text, SCHEMA, of_campaign=False)
        holds = compile_rule(parsed)
        expected = [holds(columns.context(row), nobody, None) for row in range(rows)]
        assert expected == compile_columns(parsed)(context_rule_columns(parsed.fields, columns)).tolist(), text


@pytest.mark.parametrize("text", RULES)
def test_the_rules_tell_customers_apart(text: str) -> None:
    """Each rule of these laws holds for some of many customers or for none because nothing it names is known."""
    columns = random_columns(np.random.default_rng(3), 500)
    parsed = parse_rule(text, SCHEMA, of_campaign=False)
    held = compile_columns(parsed)(context_rule_columns(parsed.fields, columns))
    assert held.mean() < 1.0


def rule_columns(rng: np.random.Generator, rows: int) -> ContextColumns:
    """Returns contexts with what random rules name."""

    def coded(*names: str) -> Coded:
        return Coded(rng.integers(-1, len(names), size=rows), names)

    numbers = [0.0, 1.0, 3.0, 100.0, np.nan]
    return ContextColumns(
        rows=rows,
        recency_days=rng.choice(numbers, rows),
        frequency=rng.choice(numbers, rows),
        monetary=None if rng.random() < 0.2 else rng.choice(numbers, rows),
        r=rng.integers(0, 6, rows),
        f=rng.integers(0, 6, rows),
        segment=coded("shoes", "gold", "email"),
        lifecycle_stage=rng.integers(0, 8, rows),
        favourite_names=("shoes", "bags"),
        favourites=rng.choice([0.0, 0.5, 1.0], (rows, 2)),
        features={
            "open_issue": rng.random(rows) < 0.5,
            "app user": rng.integers(-1, 2, rows).astype(np.int8),
            "visited": random_lists(rng, rows, ("shoes", "bags")),
            "readiness": coded("gold", "bags"),
            "annual_purchase": rng.choice(numbers, rows),
            "segment": coded("shoes", "gold"),
        },
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    expression=rules, seed=st.integers(0, 10**9), channel=st.sampled_from(["", "email"]), campaign=st.none() | campaigns
)
def test_random_rules_hold_for_columns_as_for_each_context(
    expression: str, seed: int, channel: str, campaign: Campaign | None
) -> None:
    """What a rule says of a customer, a request and a campaign, it says on columns of customers for whom they are the same."""
    try:
        parsed = parse_rule(expression, RANDOM_SCHEMA)
    except RuleFault:
        reject()
    columns, request = rule_columns(np.random.default_rng(seed), 12), asked(channel)
    holds = compile_rule(parsed)
    expected = [holds(columns.context(row), request, campaign) for row in range(columns.rows)]
    seen = context_rule_columns(parsed.fields, columns, request, campaign)
    assert expected == compile_columns(parsed)(seen).tolist()
