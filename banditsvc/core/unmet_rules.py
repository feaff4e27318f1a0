"""Unmet rules: whether a rule dropped a campaign because it was false, or because something was not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import FeatureValue
from banditsvc.core.decision import RankInput
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rejection import Rejection
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.core.rules import ParsedRule, RuleFault, compile_rule, parse_rule
from banditsvc.core.rules.fields import Field, Source
from banditsvc.core.rules.tree import AllOf, Always, AnyOf, Condition, Known, Leaf, fields_of
from banditsvc.core.rules.values import value_of
from banditsvc.core.rules.vocabulary import nearest

_IsUnknown = Callable[[Field], bool]
_Holds = Callable[[Leaf], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRejection:
    """A rejection, and what a rule could not tell."""

    rejection: Rejection
    expression: str = ""
    """Condition that did not hold; empty where no rule dropped it, or the rule is not known any more."""
    unknown_fields: tuple[str, ...] = ()
    """What would have had to be known for the rule to hold, such as "member is not known"; empty where it is false."""


def explained_rejections(
    asked: RankInput,
    rejections: tuple[Rejection, ...],
    portfolio: Portfolio,
    campaigns: Mapping[str, Campaign],
) -> tuple[ExplainedRejection, ...]:
    """Returns the rejections of a decision in their order, those by a rule with what was not known.

    Args:
        asked: The request as logged.
        rejections: Of the decision.
        portfolio: Its settings as of the decision.
        campaigns: The rejected campaigns as of the decision, by id, as far as they are known.
    """
    return tuple(_explained(asked, one, portfolio, campaigns.get(one.campaign_id)) for one in rejections)


def _explained(
    asked: RankInput, rejection: Rejection, portfolio: Portfolio, campaign: Campaign | None
) -> ExplainedRejection:
    """Returns one rejection; several rules may have its name, the first that does not hold dropped it."""
    faulty = None
    for rule in (*portfolio.rules, *(campaign.rules if campaign else ())):
        if not _is_of(rule, rejection):
            continue
        try:
            parsed = parse_rule(rule.expression, portfolio.context_schema)
        except RuleFault:
            faulty = faulty or ExplainedRejection(rejection=rejection, expression=rule.expression)
            continue
        if not compile_rule(parsed)(asked.context, asked, campaign):
            unknown = unknown_fields(parsed, portfolio.context_schema, asked, campaign)
            return ExplainedRejection(rejection=rejection, expression=rule.expression, unknown_fields=unknown)
    return faulty or ExplainedRejection(rejection=rejection)


def _is_of(rule: Rule, rejection: Rejection) -> bool:
    return (rule.name, rule.stage) == (rejection.rule, rejection.stage) and (
        rejection.reason.startswith("the rule cannot be read") or rejection.reason == (rule.reason or rule.expression)
    )


def unknown_fields(
    parsed: ParsedRule, schema: Mapping[str, FeatureType], asked: RankInput, campaign: Campaign | None
) -> tuple[str, ...]:
    """Returns what a rule that does not hold could not tell, in words, by name.

    Only what stands between the rule and being true is named: where the rest of the rule is false whatever is not
    known, there is nothing to name.

    Args:
        parsed: The rule.
        schema: Types of the further features.
        asked: The request.
        campaign: The campaign that it was asked for, None where it is not known.
    """
    context = asked.context

    def is_unknown(field: Field) -> bool:
        return value_of(field, context, asked, campaign) is None

    def holds(leaf: Leaf) -> bool:
        return compile_rule(ParsedRule(parsed.expression, leaf))(context, asked, campaign)

    found = _needed(parsed.condition, is_unknown, holds) or frozenset()
    said = {_said(field, schema, context.features) for field in found}
    return tuple(sorted(said))


def _needed(condition: Condition, is_unknown: _IsUnknown, holds: _Holds) -> frozenset[Field] | None:
    """Returns the unknown fields without which a condition could hold; None where it is false whatever they are."""
    if isinstance(condition, AllOf):
        parts = [_needed(part, is_unknown, holds) for part in condition.parts]
        known = [part for part in parts if part is not None]
        return frozenset[Field]().union(*known) if len(known) == len(parts) else None
    if isinstance(condition, AnyOf):
        found = [part for each in condition.parts if (part := _needed(each, is_unknown, holds)) is not None]
        return frozenset[Field]().union(*found) if found else None
    if isinstance(condition, Always):
        return frozenset() if condition.holds else None
    unknown = frozenset(field for field in fields_of(condition) if is_unknown(field))
    if isinstance(condition, Known):
        if holds(condition):
            return frozenset()
        return unknown if condition.holds else None
    if unknown:
        return unknown
    return frozenset() if holds(condition) else None


def _said(field: Field, schema: Mapping[str, FeatureType], features: Mapping[str, FeatureValue]) -> str:
    """Returns what is not known of a field, and why."""
    if field.source is not Source.FEATURE:
        return f"{field.written} is not known"
    given = features.get(field.name)
    if given is not None:
        return f"{field.written} is {_kind(given)}, the schema says {schema[field.name].name}"
    strangers = {name.casefold(): name for name in features if name not in schema}
    close = nearest(field.name.casefold(), strangers)
    hint = f"; {strangers[close[0]]} was given, which the schema does not have" if close else ""
    return f"{field.written} is not known{hint}"


def _kind(value: FeatureValue) -> str:
    if isinstance(value, bool):
        return "a flag"
    if isinstance(value, str):
        return "a text"
    return "a list of texts" if isinstance(value, tuple) else "a number"
