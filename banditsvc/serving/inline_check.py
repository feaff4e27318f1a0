"""Inline check: rules and pins of campaigns that come with a request, refused before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import RankInput
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.core.rule import FeatureType
from banditsvc.serving.rule_check import RuleCheck

_MOST_KEPT = 4_096

_Conditions = tuple[tuple[str, ...], tuple[str, ...]]
"""Expressions of a campaign's rules and of its pins."""


class InlineCheck:
    """Checks requests against one context schema; what was found right is not looked at again."""

    __slots__ = ("_right", "_schema")

    def __init__(self, schema: Mapping[str, FeatureType]) -> None:
        self._schema = schema
        self._right: set[_Conditions] = set()

    def check(self, asked: RankInput) -> None:
        """Checks every campaign that a request gives inline.

        Raises:
            InvalidRequest: Rules or pins do not parse, do not fit the schema or can never match; it names all of them.
        """
        try:
            hash(asked.candidates)
        except TypeError:  # a campaign given inline has no hash
            self._check(asked)

    def _check(self, asked: RankInput) -> None:
        violations: list[FieldViolation] = []
        for place, candidate in enumerate(asked.candidates):
            if not isinstance(candidate, str) and (candidate.rules or candidate.pins):
                violations += self._violations(candidate, f"candidates[{place}].inline")
        if violations:
            raise InvalidRequest(violations)

    def _violations(self, campaign: Campaign, path: str) -> list[FieldViolation]:
        conditions = (
            tuple([rule.expression for rule in campaign.rules]),
            tuple([pin.expression for pin in campaign.pins]),
        )
        if conditions in self._right:
            return []
        rule_check = RuleCheck(self._schema)
        rule_check.campaign(campaign, path)
        if not rule_check.violations:
            if len(self._right) >= _MOST_KEPT:
                self._right.clear()
            self._right.add(conditions)
        return rule_check.violations
