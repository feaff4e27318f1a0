"""Laws of what a rule could not tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext, FeatureValue
from banditsvc.core.decision import RankInput
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.core.rules import compile_rule, parse_rule
from banditsvc.core.unmet_rules import ExplainedRejection, explained_rejections, unknown_fields
from tests.serving.shop import PORTFOLIO

SCHEMA = {
    "member": FeatureType.FLAG,
    "spent": FeatureType.NUMBER,
    "plan": FeatureType.TEXT,
    "seen": FeatureType.TEXTS,
}


def asked(features: dict[str, FeatureValue] | None = None, **context: float) -> RankInput:
    """Returns a request for a customer."""
    known = CustomerContext(features=features or {}, **context)  # type: ignore[arg-type]
    return RankInput(portfolio_id="shop", customer_id="c", send_time_us=0, context=known)


def told(expression: str, request: RankInput, campaign: Campaign | None = None) -> tuple[str, ...]:
    """Returns what a rule could not tell."""
    return unknown_fields(parse_rule(expression, SCHEMA), SCHEMA, request, campaign)


@pytest.mark.parametrize(
    ("expression", "features", "expected"),
    [
        ("member", {}, ("member is not known",)),
        ("not member", {}, ("member is not known",)),
        ("member", {"member": "yes"}, ("member is a text, the schema says FLAG",)),
        ("spent > 100", {"spent": "1,500"}, ("spent is a text, the schema says NUMBER",)),
        ("plan == 'gold'", {"plan": 3.0}, ("plan is a number, the schema says TEXT",)),
        ("'a' in seen", {"seen": True}, ("seen is a flag, the schema says TEXTS",)),
        (
            "member",
            {"seen": ("a",), "membr": True},
            ("member is not known; membr was given, which the schema does not have",),
        ),
        ("member", {"member": False}, ()),
        ("member and spent > 100", {"spent": 5.0}, ()),
        ("member or spent > 100", {"spent": 5.0}, ("member is not known",)),
        ("(member and spent > 100) or plan == 'a'", {"spent": 5.0}, ("plan is not known",)),
        ("known(member)", {}, ("member is not known",)),
        ("not known(member)", {"member": True}, ()),
        ("favourites['shoes'] > 0.5", {}, ('favourites["shoes"] is not known',)),
        ("recency_days > 30", {}, ("recency_days is not known",)),
        ("spent / spent > 0", {"spent": 0.0}, ()),
    ],
)
def test_what_is_not_known_is_named(
    expression: str, features: dict[str, FeatureValue], expected: tuple[str, ...]
) -> None:
    """Fields that are unknown or of another type than the schema says are named where they keep a rule from holding."""
    assert expected == told(expression, asked(features))


VALUES: dict[str, st.SearchStrategy[FeatureValue]] = {
    "member": st.booleans(),
    "spent": st.sampled_from([0.0, 200.0]),
    "plan": st.sampled_from(["gold", "a"]),
}
RULES = st.recursive(
    st.sampled_from(["member", "not member", "spent > 100", "spent <= 100", "plan == 'gold'", "known(plan)"]),
    lambda parts: st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(lambda made: f"({' '.join(made)})"),
    max_leaves=5,
)


@settings(derandomize=True, max_examples=150)
@given(RULES, st.fixed_dictionaries({}, optional=VALUES), st.data())
def test_a_rule_that_is_false_blames_nothing_unknown(
    expression: str, features: dict[str, FeatureValue], data: st.DataObject
) -> None:
    """Where no unknown field is named, the rule does not hold, whatever the unknown ones are."""
    holds = compile_rule(parse_rule(expression, SCHEMA))
    request = asked(features)
    if holds(request.context, request, None) or told(expression, request):
        return
    whole = asked({name: features.get(name, data.draw(drawn)) for name, drawn in VALUES.items()})
    assert not holds(whole.context, whole, None)


def test_a_rejection_finds_its_rule() -> None:
    """The rule is the portfolio's or the campaign's with the rejection's name, stage and reason that does not hold."""
    rules = (Rule(name="members only", expression="spent > 100"),)
    portfolio = replace(PORTFOLIO, context_schema=SCHEMA, rules=rules)
    own = Rule(name="members only", expression="member", reason="for members")
    campaigns = {"a": Campaign(campaign_id="a", rules=(own,))}
    by_own = Rejection("a", FunnelStage.ELIGIBILITY, "members only", "for members")
    by_portfolio = Rejection("a", FunnelStage.ELIGIBILITY, "members only", "spent > 100")
    other = Rejection("b", FunnelStage.APPLICABILITY, "excluded", "the caller excluded it")
    explained = explained_rejections(asked({"spent": 3.0}), (by_own, by_portfolio, other), portfolio, campaigns)
    expected = (
        ExplainedRejection(rejection=by_own, expression="member", unknown_fields=("member is not known",)),
        ExplainedRejection(rejection=by_portfolio, expression="spent > 100"),
        ExplainedRejection(rejection=other),
    )
    assert expected == explained
