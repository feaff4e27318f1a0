"""Reasons of rejections as people read them."""

from __future__ import annotations

from banditsvc.core.rejection import FunnelStage
from banditsvc.core.rules import RuleFault
from banditsvc.core.rules.reading import Source, read

_OF_RULES = (FunnelStage.ELIGIBILITY.name, FunnelStage.APPLICABILITY.name, FunnelStage.SUITABILITY.name)
"""Stages in which rules drop campaigns."""


def reason_text(stage: str, reason: str) -> str:
    """Returns the reason, which for a rule without words of its own is its expression, as what the rule needs.

    Args:
        stage: Short name of the stage.
        reason: As logged.
    """
    return f"needs: {reason}" if stage in _OF_RULES and _is_expression(reason) else reason


def _is_expression(text: str) -> bool:
    """Returns whether a text reads as a rule."""
    try:
        read(Source(text))
    except RuleFault:
        return False
    return True
