"""Negation, pushed to the leaves: and becomes or, a comparison its opposite, and what is unknown stays false."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.core.rules.tree import AllOf, Always, AnyOf, Condition, FlagIs, NumberCompare


def negated(condition: Condition) -> Condition:
    """Returns the condition that holds, where all is known, exactly where this one does not."""
    if isinstance(condition, AllOf):
        return AnyOf(tuple(negated(part) for part in condition.parts))
    if isinstance(condition, AnyOf):
        return AllOf(tuple(negated(part) for part in condition.parts))
    if isinstance(condition, NumberCompare):
        return replace(condition, comparison=condition.comparison.negated)
    if isinstance(condition, FlagIs):
        return replace(condition, value=not condition.value)
    if isinstance(condition, Always):
        return Always(not condition.holds)
    return replace(condition, holds=not condition.holds)
