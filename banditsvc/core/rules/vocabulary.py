"""The vocabulary: every name that a rule may use, and the nearest one to a name that it may not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from banditsvc.core.campaign import GREATEST_LEVER, LEAST_LEVER, CampaignKind, CampaignType
from banditsvc.core.context import LifecycleStage
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules.fields import Field, Source, ValueType

_NUMBER, _TEXT, _NAMED = ValueType.NUMBER, ValueType.TEXT, ValueType.NAMED

FAVOURITES = Field(Source.CONTEXT, "favourites", ValueType.TEXTS)
"""The favourites as a list; a customer without any has unknown favourites."""

BUILT_IN: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(Source.CONTEXT, "recency_days", _NUMBER, 0.0),
        Field(Source.CONTEXT, "frequency", _NUMBER, 0.0),
        Field(Source.CONTEXT, "monetary", _NUMBER, 0.0),
        Field(Source.CONTEXT, "r", _NUMBER, 1.0, 5.0, is_whole=True),
        Field(Source.CONTEXT, "f", _NUMBER, 1.0, 5.0, is_whole=True),
        Field(Source.CONTEXT, "m", _NUMBER, 1.0, 5.0, is_whole=True),
        Field(Source.CONTEXT, "segment", _TEXT),
        Field(Source.CONTEXT, "lifecycle_stage", _NAMED, enumeration=LifecycleStage),
        FAVOURITES,
        Field(Source.REQUEST, "channel", _TEXT),
        Field(Source.REQUEST, "placement", _TEXT),
    )
}

OF_CAMPAIGN: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(Source.CAMPAIGN, "campaign_id", _TEXT, is_always_known=True),
        Field(Source.CAMPAIGN, "type", _NAMED, enumeration=CampaignType),
        Field(Source.CAMPAIGN, "kind", _NAMED, enumeration=CampaignKind),
        Field(Source.CAMPAIGN, "category", _TEXT),
        Field(Source.CAMPAIGN, "channel", _TEXT),
        Field(Source.CAMPAIGN, "offer_kind", _TEXT),
        Field(Source.CAMPAIGN, "family", _TEXT),
        Field(Source.CAMPAIGN, "purpose", _TEXT),
        Field(Source.CAMPAIGN, "cost", _NUMBER, 0.0, is_always_known=True),
        Field(Source.CAMPAIGN, "value", _NUMBER, 0.0, is_always_known=True),
        Field(Source.CAMPAIGN, "lever", _NUMBER, LEAST_LEVER, GREATEST_LEVER, is_always_known=True),
        Field(Source.CAMPAIGN, "fixed_priority", _NUMBER, is_whole=True),
    )
}

_TYPES = {
    FeatureType.NUMBER: ValueType.NUMBER,
    FeatureType.TEXT: ValueType.TEXT,
    FeatureType.FLAG: ValueType.FLAG,
    FeatureType.TEXTS: ValueType.TEXTS,
}


def favourite(name: str) -> Field:
    """Returns the weight of one favourite as a field."""
    return Field(Source.FAVOURITE, name, ValueType.NUMBER, 0.0)


class Vocabulary:
    """The names that rules of one portfolio may use."""

    __slots__ = ("_features", "of_campaign")

    def __init__(self, schema: Mapping[str, FeatureType], *, of_campaign: bool) -> None:
        self._features = {name: Field(Source.FEATURE, name, _TYPES[type_]) for name, type_ in schema.items()}
        self.of_campaign = of_campaign

    def plain(self, name: str) -> Field | None:
        """Returns the field of a bare name: a built-in one, or else a feature of the schema."""
        return BUILT_IN.get(name) or self._features.get(name)

    def feature(self, name: str) -> Field | None:
        """Returns the feature of the schema with this name, whatever built-in has it too."""
        return self._features.get(name)

    def closest(self, name: str) -> list[str]:
        """Returns up to three ways to write what may have been meant by an unknown name, the nearest first."""
        fields = [*BUILT_IN.values(), *self._features.values(), *(OF_CAMPAIGN.values() if self.of_campaign else ())]
        written = {field.name.casefold(): field.written for field in reversed(fields)}
        return [written[key] for key in nearest(name.casefold(), written)]


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Returns up to three of the known names that are like this one, the nearest first."""
    return difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)


def or_list(names: Iterable[str]) -> str:
    """Returns the names as `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
