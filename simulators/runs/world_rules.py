"""The exclusive rules of a world: whom each campaign is for."""

from __future__ import annotations

from collections.abc import Iterable

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.exploration import ExclusiveRules, TargetRule
from simulators.engine.campaign_calendar import LiveCampaign

EVERYBODY = "frequency >= 0 or not known(frequency)"
"""Condition that every customer meets."""


def exclusive_rules(entries: Iterable[LiveCampaign]) -> ExclusiveRules:
    """Returns a rule for each campaign, by campaign_id, those that are for everybody who is left at the end."""
    rules = [
        (entry.campaign.campaign_id, entry.spec.rule)
        for entry in entries
        if entry.spec is not None and entry.campaign.campaign_id != NO_CONTACT
    ]
    rules.sort(key=lambda one: (not one[1], one[0]))
    return ExclusiveRules(
        rules=tuple([TargetRule(campaign_id=campaign_id, expression=rule or EVERYBODY) for campaign_id, rule in rules])
    )
