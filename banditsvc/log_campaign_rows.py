"""Campaigns as rows of the open form: of the catalogue, and as given with a request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.context import FeatureValue
from banditsvc.core.rule import Rule

Row = dict[str, Any]

_COLUMN_OF_FEATURE = {str: "text_features", bool: "flag_features", tuple: "list_features"}


def inline_campaign(campaign: Campaign) -> Row:
    """Returns a campaign as the struct log_schema.INLINE_CAMPAIGN."""
    return {
        "campaign_id": campaign.campaign_id,
        "type": enum_name(campaign.type),
        "kind": enum_name(campaign.kind),
        "category": campaign.category or None,
        "channel": campaign.channel or None,
        "offer_kind": campaign.offer_kind or None,
        "family": campaign.family or None,
        **features(campaign.features),
        "fixed_priority": campaign.fixed_priority,
        "start_time": campaign.start_time_us,
        "end_time": campaign.end_time_us,
        "treatments": [_treatment(treatment) for treatment in campaign.treatments],
        "cost": campaign.cost,
        "value": campaign.value,
        "lever": campaign.lever,
        "message_fields": list(campaign.message_fields.items()),
        "purpose": campaign.purpose or None,
        "placements": campaign.placements,
        "rules": [_rule(rule) for rule in campaign.rules],
        "learned_as": campaign.learned_as or None,
    }


def catalogue_campaign(campaign: Campaign) -> Row:
    """Returns what log_schema.CAMPAIGNS has of a campaign."""
    return {
        **inline_campaign(campaign),
        "display_name": campaign.display_name or None,
        "state": campaign.state.name,
        "renamed_from": campaign.renamed_from or None,
        "pins": [
            {
                "name": pin.name,
                "expression": pin.expression or None,
                "start_time": pin.start_time_us,
                "end_time": pin.end_time_us,
            }
            for pin in campaign.pins
        ],
    }


def features(named: Mapping[str, FeatureValue]) -> Row:
    """Returns the four columns of further features, each by the type of its values."""
    row: dict[str, list[tuple[str, FeatureValue]]] = {
        "number_features": [],
        "text_features": [],
        "flag_features": [],
        "list_features": [],
    }
    for name, value in named.items():
        row[_COLUMN_OF_FEATURE.get(type(value), "number_features")].append((name, value))
    return row


def enum_name(value: IntEnum | None) -> str | None:
    """Returns the name of a value, None for none."""
    return None if value is None else value.name


def _treatment(treatment: Treatment) -> Row:
    return {
        "treatment_id": treatment.treatment_id,
        "subject_line": treatment.subject_line or None,
        "tone": treatment.tone or None,
        "call_to_action": treatment.call_to_action or None,
        **features(treatment.features),
        "message_fields": list(treatment.message_fields.items()),
    }


def _rule(rule: Rule) -> Row:
    return {
        "name": rule.name,
        "expression": rule.expression,
        "stage": rule.stage.name,
        "reason": rule.reason or None,
    }
