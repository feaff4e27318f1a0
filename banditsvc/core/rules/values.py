"""Values of fields: what a rule sees of a customer, a request and a campaign."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.rules.fields import Field, Source, ValueType
from banditsvc.core.rules.vocabulary import FAVOURITES

Value = float | str | bool | int | tuple[str, ...] | Mapping[str, float]
"""A number, text, flag, number of a name, list of texts, or the favourites."""

NO_CAMPAIGN = Campaign(campaign_id="", cost=math.nan, value=math.nan, lever=math.nan)
"""Stands where a rule is asked without a campaign: all of it is unknown."""


def number(value: object) -> float:
    """Returns a value as a double, NaN where it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # a whole number beyond all doubles
        return math.nan


def value_of(field: Field, context: CustomerContext, asked: RankInput, campaign: Campaign | None) -> Value | None:
    """Returns the value of a field, None where it is unknown or of another type than declared.

    campaign.channel is the channel that the campaign would go out on: its own, or else that of the request.
    """
    value: Any = _stored(field, context, asked, NO_CAMPAIGN if campaign is None else campaign)
    if field.value_type is ValueType.NUMBER:
        double = number(value)
        return None if math.isnan(double) else double
    if field == FAVOURITES or field.source in {Source.REQUEST, Source.CAMPAIGN}:
        return value or None  # nothing given; no number of a name is 0
    is_fitting = isinstance(value, _TYPES[field.value_type])
    return value if is_fitting else None


_TYPES: Mapping[ValueType, type] = {
    ValueType.TEXT: str,
    ValueType.FLAG: bool,
    ValueType.TEXTS: tuple,
    ValueType.NAMED: int,
}


def _stored(field: Field, context: CustomerContext, asked: RankInput, campaign: Campaign) -> Any:
    if field.source is Source.FEATURE:
        return context.features.get(field.name)
    if field.source is Source.FAVOURITE:
        return context.favourites.get(field.name)
    if field.source is Source.CONTEXT:
        return getattr(context, field.name)
    if field.source is Source.REQUEST:
        return getattr(asked, field.name)
    if field.name == "channel":
        return campaign.channel or asked.channel
    return getattr(campaign, field.name)
