"""Inline check: rules and pins of campaigns that come with a request, refused before anything is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import RankInput
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules import RuleFault, parse_rule

MOST_CHARACTERS = 50_000
"""Of all conditions of a request's inline campaigns: they are read while other requests wait."""
_MOST_KEPT = 4_096


class _Condition(NamedTuple):
    path: str
    name: str
    expression: str
    of_campaign: bool


class InlineCheck:
    """Checks requests against one context schema; what was found right is not looked at again.

    Whether conditions can ever hold is not asked: that takes too long for a request.
    """

    __slots__ = ("_right", "_schema")

    def __init__(self, schema: Mapping[str, FeatureType]) -> None:
        self._schema = schema
        self._right: set[tuple[str, bool]] = set()

    def check(self, asked: RankInput) -> None:
        """Checks every campaign that a request gives inline.

        Raises:
            InvalidRequest: Rules or pins do not parse or do not fit the schema, or there are too many; it names all.
        """
        try:
            hash(asked.candidates)
        except TypeError:  # a campaign given inline has no hash
            self._check(asked)

    def _check(self, asked: RankInput) -> None:
        conditions = [
            condition
            for place, candidate in enumerate(asked.candidates)
            if not isinstance(candidate, str) and (candidate.rules or candidate.pins)
            for condition in _conditions(candidate, f"candidates[{place}].inline")
        ]
        if sum(len(condition.expression) for condition in conditions) > MOST_CHARACTERS:
            remedy = (
                f"must have at most {MOST_CHARACTERS:,} characters of rules and pins in all; put them in the catalogue"
            )
            raise InvalidRequest([FieldViolation("candidates", remedy)])
        violations = [violation for condition in conditions for violation in self._violations(condition)]
        if violations:
            raise InvalidRequest(violations)

    def _violations(self, condition: _Condition) -> Iterator[FieldViolation]:
        key = (condition.expression, condition.of_campaign)
        if key in self._right:
            return
        try:
            parse_rule(condition.expression, self._schema, of_campaign=condition.of_campaign)
        except RuleFault as fault:
            yield FieldViolation(condition.path, f"{condition.name}: {fault}")
            return
        if len(self._right) >= _MOST_KEPT:
            self._right.clear()
        self._right.add(key)


def _conditions(campaign: Campaign, path: str) -> Iterator[_Condition]:
    for place, rule in enumerate(campaign.rules):
        yield _Condition(f"{path}.rules[{place}].expression", f"rule {rule.name!r}", rule.expression, True)
    for place, pin in enumerate(campaign.pins):
        if pin.expression:
            yield _Condition(f"{path}.pins[{place}].expression", f"pin {pin.name!r}", pin.expression, False)
