"""The exclusive rules of a world: whom each campaign is for."""

from __future__ import annotations

from collections.abc import Iterable

from banditsvc.core.exploration import ExclusiveRules, TargetRule
from banditsvc.core.fixed_order import fixed_ranks
from simulators.engine.campaign_calendar import LiveCampaign

EVERYBODY = "frequency >= 0 or not known(frequency)"
"""Condition that every customer meets."""


def exclusive_rules(entries: Iterable[LiveCampaign]) -> ExclusiveRules:
    """Returns a rule for each campaign in the fixed order, those that are for everybody who is left at the end."""
    ruled = [(entry.campaign, entry.spec.rule) for entry in entries if entry.spec is not None]
    ranks = fixed_ranks([campaign for campaign, _ in ruled])
    order = sorted(range(len(ruled)), key=lambda place: (not ruled[place][1], ranks[place]))
    return ExclusiveRules(
        rules=tuple(
            [
                TargetRule(campaign_id=ruled[place][0].campaign_id, expression=ruled[place][1] or EVERYBODY)
                for place in order
            ]
        )
    )
