"""Laws of what a rule means: one tree, two back ends, three-valued logic with the unknown rejecting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType
from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.rules import ParsedRule, RuleFault, columns_of, compile_columns, compile_rule, parse_rule
from banditsvc.core.rules.columns import Column, Row, RuleColumns
from banditsvc.core.rules.negation import negated
from tests.core.rules.rule_cases import SCHEMA, asked, means, rows, rules

laws = settings(max_examples=120, deadline=None, derandomize=True)
NOBODY = CustomerContext()
SALE = Campaign(campaign_id="sale", value=10.0)


def parsed(expression: str) -> ParsedRule:
    """Returns a rule by the schema of these tests."""
    return parse_rule(expression, SCHEMA)


def parsed_or_rejected(expression: str) -> ParsedRule:
    """Returns a random rule, if it can be one at all: calculated constants may be too great."""
    try:
        return parsed(expression)
    except RuleFault:
        reject()


def holds(
    expression: str, context: CustomerContext = NOBODY, campaign: Campaign | None = SALE, channel: str = ""
) -> bool:
    """Returns whether a rule holds, by both back ends."""
    rule, row = parsed(expression), (context, asked(channel), campaign)
    one = compile_rule(rule)(*row)
    assert [one] == compile_columns(rule)(columns_of(rule.fields, [row])).tolist()
    return one


@given(expression=rules, some=st.lists(rows, min_size=1, max_size=4))
@laws
def test_both_back_ends_mean_the_same(expression: str, some: list[Row]) -> None:
    """On every customer a compiled rule, the same on columns, and three-valued logic agree."""
    rule = parsed_or_rejected(expression)
    expected = [means(expression, row) for row in some]
    assert expected == [compile_rule(rule)(*row) for row in some]
    assert expected == compile_columns(rule)(columns_of(rule.fields, some)).tolist()


@given(expression=rules)
@laws
def test_negating_twice_changes_nothing(expression: str) -> None:
    """The negation of the negation is the rule."""
    condition = parsed_or_rejected(expression).condition
    assert condition == negated(negated(condition))


@given(expression=rules, row=rows)
@laws
def test_a_rule_and_its_negation_never_both_hold(expression: str, row: Row) -> None:
    """At most one of a rule and its negation holds, and a rule without a campaign never raises."""
    rule, opposite = parsed_or_rejected(expression), parsed(f"not ({expression})")
    assert not (compile_rule(rule)(*row) and compile_rule(opposite)(*row))
    without = (row[0], row[1], None)
    assert compile_columns(rule)(columns_of(rule.fields, [without])).tolist() == [compile_rule(rule)(*without)]


@pytest.mark.parametrize(
    ("features", "expected"), [({"open_issue": True}, False), ({"open_issue": False}, True), ({}, False)]
)
def test_no_selling_while_an_issue_is_open(features: dict[str, FeatureValue], expected: bool) -> None:
    """Only a customer known to have no open issue is sold to."""
    assert expected == holds("not open_issue", CustomerContext(features=features))


@pytest.mark.parametrize(
    ("own", "requested", "readiness", "expected"),
    [
        ("email", "", "interested", False),
        ("email", "", "ready", True),
        ("email", "", None, False),
        ("push", "", "interested", True),
        ("push", "", None, True),
        ("", "email", "interested", False),
        ("", "push", "interested", True),
        ("", "", "interested", False),
    ],
)
def test_no_email_while_only_interested(own: str, requested: str, readiness: str | None, expected: bool) -> None:
    """An e-mail needs a readiness known to be another; the channel is the campaign's own, or else the request's."""
    rule = 'campaign.channel != "email" or readiness != "interested"'
    context = CustomerContext(features={} if readiness is None else {"readiness": readiness})
    assert expected == holds(rule, context, Campaign(campaign_id="news", channel=own), requested)


@pytest.mark.parametrize(
    ("value", "purchase", "expected"), [(5.0, 100.0, True), (5.1, 100.0, False), (0.0, None, False)]
)
def test_an_offer_of_at_most_five_per_cent(value: float, purchase: float | None, expected: bool) -> None:
    """An offer is bounded by a share of annual purchase, and an unknown purchase allows none."""
    context = CustomerContext(features={} if purchase is None else {"annual_purchase": purchase})
    campaign = Campaign(campaign_id="offer", value=value)
    assert expected == holds("campaign.value <= 0.05 * annual_purchase", context, campaign)


def test_an_unknown_part_does_not_spoil_a_true_one() -> None:
    """With or, one part that is true is enough; with and, one that is unknown is too much."""
    gold = CustomerContext(segment="gold")
    assert holds('segment == "gold" or monetary > 100', gold)
    assert not holds('segment == "gold" and monetary > 100', gold)


@pytest.mark.parametrize(
    "name", ["recency_days", "r", "annual_purchase", 'favourites["shoes"]', "campaign.fixed_priority"]
)
@pytest.mark.parametrize("sign", ["<", "<=", "==", "!=", ">=", ">"])
def test_what_is_unknown_holds_neither_way(name: str, sign: str) -> None:
    """A comparison with an unknown number is false, and so is its negation, and so is calculating with it."""
    for rule in (f"{name} {sign} 3", f"not ({name} {sign} 3)", f"1 {sign} 2 * {name}", f"not (1 {sign} -{name})"):
        assert not holds(rule)


@pytest.mark.parametrize("value", ["7", True, ("7",), math.nan, 10**400])
def test_a_number_of_another_type_is_unknown(value: FeatureValue) -> None:
    """A feature that is no number where the schema says number is unknown."""
    context = CustomerContext(features={"annual_purchase": value})
    rules_of_it = ("annual_purchase > 3", "annual_purchase <= 3", "annual_purchase != 3", "known(annual_purchase)")
    assert [False] * 4 == [holds(rule, context) for rule in rules_of_it]
    assert holds("not known(annual_purchase)", context)


@pytest.mark.parametrize("value", [7, 7.0, np.float64(7.0)])
def test_every_kind_of_number_is_a_double(value: float) -> None:
    """Whole numbers and those of numpy count as numbers, and division is never whole."""
    context = CustomerContext(features={"annual_purchase": value}, recency_days=value)
    assert holds("annual_purchase / 2 == 3.5 and recency_days / 2 == 3.5 and annual_purchase in [7]", context)


def test_dividing_by_zero_is_unknown() -> None:
    """A number divided by zero is unknown both ways, and raises nothing."""
    context = CustomerContext(monetary=100.0, frequency=0.0)
    assert not holds("monetary / frequency > 3", context)
    assert not holds("not (monetary / frequency > 3)", context)


def test_numbers_too_great_are_harmless() -> None:
    """What grows beyond all doubles is greater than any of them; what then has no value is unknown."""
    context = CustomerContext(monetary=1e308, frequency=1e308)
    assert holds("monetary * frequency > 1e308", context)
    assert not holds("monetary * frequency - monetary * frequency == 0", context)
    assert not holds("monetary * frequency - monetary * frequency != 0", context)


def test_names_of_stages_types_and_kinds_are_compared_by_name() -> None:
    """A name holds of its own value alone, and every name can be written."""
    for stage in LifecycleStage:
        context = CustomerContext(lifecycle_stage=stage)
        assert [stage] == [s for s in LifecycleStage if holds(f'lifecycle_stage == "{s.name}"', context)]
    for type_ in CampaignType:
        campaign = Campaign(campaign_id="sale", type=type_)
        assert [type_] != [t for t in CampaignType if holds(f'campaign.type != "{t.name}"', NOBODY, campaign)]
        assert [type_] == [t for t in CampaignType if holds(f'campaign.type in ["{t.name}"]', NOBODY, campaign)]
    for kind in CampaignKind:
        assert holds(f'campaign.kind == "{kind.name}"', NOBODY, Campaign(campaign_id="sale", kind=kind))


def test_features_in_brackets_go_past_built_in_names() -> None:
    """A feature named like a built-in field is reached by brackets, and the bare name means the field."""
    context = CustomerContext(segment="gold", features={"segment": "silver"})
    assert holds('segment == "gold" and features["segment"] == "silver"', context)


def test_texts_of_a_rule_are_never_run() -> None:
    """Whatever stands in quotes is a text to compare with, and nothing else."""
    for text in ('"', "{0}", "constant_0", "') or True or ('", "__import__", "\u2028", "%s"):
        quote = "'" if '"' in text else '"'
        if quote == "'" and "'" in text:
            continue
        assert holds(f"segment == {quote}{text}{quote}", CustomerContext(segment=text))
        assert not holds(f"segment == {quote}{text}{quote}", CustomerContext(segment="other"))


def test_a_column_of_one_row_stands_for_all() -> None:
    """A campaign's value need not be repeated for each customer, and a field without a column is unknown."""
    rule = parsed("campaign.value <= monetary and not known(segment)")
    monetary, value = (next(field for field in rule.fields if field.name == name) for name in ("monetary", "value"))
    columns = {
        monetary: Column(np.array([1.0, 5.0, 9.0]), np.array([True, True, False])),
        value: Column(np.array([5.0]), np.array([True])),
    }
    assert [False, True, False] == compile_columns(rule)(RuleColumns(3, columns)).tolist()
    assert [True] * 3 == compile_columns(parsed("True"))(RuleColumns(3, {})).tolist()


def test_a_rule_knows_whether_it_names_the_campaign() -> None:
    """A rule names the campaign where a field of it does, negated or not."""
    assert parsed('segment == "gold" or not (campaign.cost > 1)').names_campaign
    assert not parsed('segment == "gold" and channel == "email"').names_campaign


def test_what_nests_deepest_still_runs() -> None:
    """The deepest rule that is read is also compiled, in every direction that it can nest."""
    for rule in (
        "not " * 44 + "(r > 3)",
        "1 / (" * 44 + "r" + ")" * 44 + " > 0",
        "r" + " + 1" * 44 + " > 0",
        "(r > 3 and (r > 3 or " * 22 + "r > 3" + "))" * 22,
        "-(" * 44 + "r" + ")" * 44 + " > 0",
    ):
        assert holds(rule, CustomerContext(r=5))
