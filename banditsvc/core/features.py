"""Features: how a context and a campaign become what Vowpal Wabbit learns from and the scorer scores by.

Three namespaces, of which `-q CA` crosses the first two:

- C, the context, on the shared example;
- A, the campaign, on its action example;
- M, the match, on the action example too: one feature whose value is the weight of the campaign's category among the
  customer's favourites, absent where it is not among them. No quadratic names it, so it is linear.

Vowpal Wabbit is given the three as (hash, value), pushed under "C", "A" and "M". Hashes are whole (64 bits); masked
by the number of weights less one they are Vowpal Wabbit's own indices of the names below, and pushed unmasked they mean
the same.

Names of context features, each of value 1 but for favourites, which have their weight:

- `recency#i`, `frequency#i`, `monetary#i`: bin i by the edges of the EncoderSpec;
- `r=1` to `m=5`, `segment=gold`, `lifecycle_stage=ACTIVE`, `favourites=shoes`;
- `channel=email`, `placement=top`, where they are given;
- further features: `name=text`, `name=true`, `name=false`, one `name=text` for each text of a list, `name#empty` for
  an empty list, `name#i` for a number, by the spec's edges or else by logarithmic_bin;
- `calendar#day_of_week=monday` and others of the send time, where the spec asks for them (see calendar_features.py);
- `NAME#unknown` where a built-in is not known (for favourites: none given), or where channel, placement or a further
  feature is not known and the spec names it (edges or crosses); else they are absent, because names are open;
- `n*FIRST*SECOND` for a cross of two of these, n the length of FIRST in characters, with the product of their values.

Names of campaign features: `id=`, `type=`, `kind=`, `category=`, `channel=`, `offer_kind=`, `family=`, absent if
empty; further ones as above, but a number enters as it is (`name` with that value).

A pair of campaign and treatment has these and, as further ones, those of the treatment: `treatment=n*ID*TREATMENT_ID`,
n the length of the campaign's id in characters; `subject_line=`, `tone=`, `call_to_action=`, absent if empty; and its
own further ones. They stand in for further ones of the campaign that have the same name. So treatments of one campaign
differ, and what is learned of a tone carries over to other campaigns.

A renamed campaign goes on under the id that it is learned_as; segments and categories (the campaign's, and those among
the favourites) under the former names that the EncoderSpec gives, looked up once.

In further names blanks, control characters and % = # * are escaped (%20 and so on), and a name of a built-in gets the
prefix `features.`, so that no two features share a name by accident; blanks at the end of a text do not count (see
feature_hash.py). Features of value 0 are left out: they say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from banditsvc.core.bins import Bins, logarithmic_bin
from banditsvc.core.calendar_features import calendar_groups, calendar_key
from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.encoded import NO_MATCH, EncodedCampaign, EncodedContext, pack
from banditsvc.core.feature_hash import feature_hash, namespace_hash
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.core.time_zones import zone

CONTEXT_SEED = namespace_hash("C")
CAMPAIGN_SEED = namespace_hash("A")
MATCH_HASH = feature_hash("favourite", namespace_hash("M"))
"""Hash of the match feature, `favourite` in namespace M."""

_FAVOURITE = "favourites="
_FAVOURITE_SEED = namespace_hash("favourite identity")
_CACHE_LIMIT = 65_536
_ALWAYS_PRESENT = frozenset(
    ["recency", "frequency", "monetary", "r", "f", "m", "segment", "lifecycle_stage", "favourites"]
)
_CONTEXT_BUILT_IN = _ALWAYS_PRESENT | {"channel", "placement"}
_BUILT_IN = _CONTEXT_BUILT_IN | {"id", "type", "kind", "category", "offer_kind", "family"}
_ANCESTRY = ("type", "kind", "category", "family", "id", "treatment")
_ESCAPES = {code: f"%{code:02X}" for code in [*range(0x21), *map(ord, "%=#*")]}

_CATEGORICAL = (str, bool, tuple)
"""A union would be made anew at each look."""

_T = TypeVar("_T")
Group = list[tuple[str, float]]
"""Named features of one part of a context. Never changed once made: the constants below are shared."""

_UNKNOWN: dict[str, Group] = {name: [(f"{name}#unknown", 1.0)] for name in _ALWAYS_PRESENT}
_R, _F, _M = (
    {None: _UNKNOWN[name]} | {score: [(f"{name}={score}", 1.0)] for score in range(1, 6)} for name in ("r", "f", "m")
)
"""The features of scores, all that are legal."""
_STAGES: dict[LifecycleStage, Group] = {stage: [(f"lifecycle_stage={stage.name}", 1.0)] for stage in LifecycleStage}


def context_hash(name: str) -> int:
    """Returns the hash of a context feature by its name.

    Of a favourite the lower 32 bits are those of its name; the upper ones, which no mask lets through, tell it from any
    other feature that shares them, so that a match is one comparison.
    """
    hashed = feature_hash(name, CONTEXT_SEED)
    if name.startswith(_FAVOURITE):
        hashed |= (feature_hash(name, _FAVOURITE_SEED) | 1) << 32
    return hashed


@lru_cache(_CACHE_LIMIT)
def campaign_hash(name: str) -> int:
    """Returns the hash of a campaign's feature by its name. Campaigns that callers describe come with the same ones again."""
    return feature_hash(name, CAMPAIGN_SEED)


def favourite_hash(category: str) -> int:
    """Returns the hash of a favourite as a context feature."""
    return context_hash(_FAVOURITE + category)


def base_name(name: str) -> str:
    """Returns a further feature's name as features are named by it."""
    if name in _BUILT_IN or name.startswith("features."):
        return "features." + name.translate(_ESCAPES)
    return name.translate(_ESCAPES)


class Encoder:
    """Makes features by one EncoderSpec. Pure: its caches change no result, and threads may share it."""

    __slots__ = (
        "_base_names",
        "_bins",
        "_calendar_zone",
        "_former_categories",
        "_former_segments",
        "_frequency",
        "_hashes",
        "_monetary",
        "_recency",
        "_required",
        "crosses",
        "spec",
    )

    def __init__(self, spec: EncoderSpec) -> None:
        self.spec = spec
        self._former_segments = spec.segment_renamed_from
        self._former_categories = spec.category_renamed_from
        self._recency = Bins("recency", spec.recency_edges)
        self._frequency = Bins("frequency", spec.frequency_edges)
        self._monetary = Bins("monetary", spec.monetary_edges)
        self._bins = {name: Bins(base_name(name), edges) for name, edges in spec.number_edges.items()}
        self._calendar_zone = zone(spec.calendar_time_zone or "UTC")
        calendar = {feature.name.lower(): calendar_key(feature) for feature in spec.calendar_features}
        self.crosses = tuple(
            (calendar.get(first) or _crossed_name(first), calendar.get(second) or _crossed_name(second))
            for first, second in spec.crosses
        )
        crossed = {name for pair in self.crosses for name in pair}
        named = crossed | {base_name(name) for name in spec.number_edges}
        self._required = tuple(sorted(named - _ALWAYS_PRESENT))
        self._hashes: dict[str, int] = {}
        self._base_names: dict[str, str] = {}

    def context(
        self, context: CustomerContext, channel: str = "", placement: str = "", send_time_us: int = 0
    ) -> EncodedContext:
        """Returns the features of a context; channel, placement and send time are those of the request, empty if not given."""
        known, groups = self._hashes, self.groups(context, channel, placement, send_time_us)
        features = [
            (known.get(name) or _remember(known, name, context_hash(name)), value)
            for group in groups.values()
            for name, value in group
            if value
        ]
        return EncodedContext(*pack(features))

    def context_names(
        self, context: CustomerContext, channel: str = "", placement: str = "", send_time_us: int = 0
    ) -> list[tuple[str, float]]:
        """Returns the same features by name, in no order: what stock Vowpal Wabbit would be given in namespace C."""
        groups = self.groups(context, channel, placement, send_time_us)
        return [(name, value) for group in groups.values() for name, value in group if value]

    def groups(self, context: CustomerContext, channel: str, placement: str, send_time_us: int = 0) -> dict[str, Group]:
        """Returns the named features of each part of a context, crosses included, by the part's name."""
        stage = context.lifecycle_stage
        favourites = context.favourites
        if self._former_categories:
            favourites = self._former_favourites(favourites)
        segment = context.segment
        groups: dict[str, Group] = {
            "recency": self._recency.feature(context.recency_days),
            "frequency": self._frequency.feature(context.frequency),
            "monetary": self._monetary.feature(context.monetary),
            "r": _R.get(context.r) or [(f"r={context.r}", 1.0)],
            "f": _F.get(context.f) or [(f"f={context.f}", 1.0)],
            "m": _M.get(context.m) or [(f"m={context.m}", 1.0)],
            "segment": _UNKNOWN["segment"]
            if segment is None
            else [("segment=" + self._former_segments.get(segment, segment), 1.0)],
            "lifecycle_stage": _UNKNOWN["lifecycle_stage"] if stage is None else _STAGES[stage],
            "favourites": [(_FAVOURITE + category, weight) for category, weight in favourites.items()]
            or _UNKNOWN["favourites"],
        }
        if channel:
            groups["channel"] = [("channel=" + channel, 1.0)]
        if placement:
            groups["placement"] = [("placement=" + placement, 1.0)]
        if self.spec.calendar_features:
            groups |= calendar_groups(self.spec.calendar_features, send_time_us, self._calendar_zone)
        for name, value in context.features.items():
            self._add_further(groups, name, value)
        for name in self._required:
            if name not in groups:
                groups[name] = [(f"{name}#unknown", 1.0)]
        for first, second in self.crosses:
            groups[f"{first}*{second}"] = cross(groups[first], groups[second])
        return groups

    def campaign(self, campaign: Campaign, treatment: Treatment | None = None) -> EncodedCampaign:
        """Returns the features of a campaign, or of its pair with a treatment. To be kept by the caller.

        Its state, times, priority, lever, cost and value are none.
        """
        named = self.campaign_names(campaign, treatment)
        hashes, values = pack((campaign_hash(name), value) for name, value in named)
        match_hash = favourite_hash(self._former_category(campaign.category)) if campaign.category else NO_MATCH
        key = hashes + values + match_hash.to_bytes(8, "big")
        return EncodedCampaign(key, hashes, values, match_hash, _ancestry(named))

    def entries(self, campaign: Campaign) -> list[EncodedCampaign]:
        """Returns the features of each of a campaign's treatments, in their order; without any, of the campaign."""
        return [self.campaign(campaign, treatment) for treatment in campaign.treatments or (None,)]

    def campaign_names(self, campaign: Campaign, treatment: Treatment | None = None) -> list[tuple[str, float]]:
        """Returns the same features by name, sorted: what stock Vowpal Wabbit would be given in namespace A."""
        texts = {
            "id": campaign.learned_as or campaign.campaign_id,
            "type": campaign.type.name if campaign.type is not None else "",
            "kind": campaign.kind.name if campaign.kind is not None else "",
            "category": self._former_category(campaign.category),
            "channel": campaign.channel,
            "offer_kind": campaign.offer_kind,
            "family": campaign.family,
        }
        named = [(f"{name}={text}", 1.0) for name, text in texts.items() if text]
        further = campaign.features if treatment is None else with_treatment(campaign, treatment)
        for name, value in further.items():
            named += self.further_names(name, value)
        return sorted((name, value) for name, value in named if value)

    def further_names(self, name: str, value: FeatureValue) -> Group:
        """Returns the named features that a further one gives a campaign; those of value 0 count for nothing."""
        base = self._base_name(name)
        if isinstance(value, _CATEGORICAL):
            return _categories(base, value)
        return [] if math.isnan(value) else [(base, float(value))]

    def _former_category(self, category: str) -> str:
        return self._former_categories.get(category, category)

    def _former_favourites(self, favourites: Mapping[str, float]) -> Mapping[str, float]:
        former: dict[str, float] = {}
        # In one order: two that have become one add up to the same sum whichever came first.
        for category, weight in sorted(favourites.items()):
            name = self._former_category(category)
            former[name] = former.get(name, 0.0) + weight
        return former

    def _add_further(self, groups: dict[str, Group], name: str, value: FeatureValue) -> None:
        base = self._base_names.get(name) or self._base_name(name)
        if isinstance(value, _CATEGORICAL):
            groups[base] = _categories(base, value)
        elif name in self._bins:
            groups[base] = self._bins[name].feature(value)
        elif not math.isnan(value):
            groups[base] = [(f"{base}#{logarithmic_bin(value)}", 1.0)]

    def _base_name(self, name: str) -> str:
        return self._base_names.get(name) or _remember(self._base_names, name, base_name(name))


def _remember(cache: dict[str, _T], name: str, value: _T) -> _T:
    """Caches a value, starting afresh at the limit: names come from callers."""
    if len(cache) >= _CACHE_LIMIT:
        cache.clear()
    cache[name] = value
    return value


def _ancestry(named: Sequence[tuple[str, float]]) -> tuple[int, ...]:
    """Returns the hashes of what a campaign is, from the widest kind to itself; a name comes once in it."""
    by_kind = {name.partition("=")[0]: name for name, _ in named}
    return tuple(campaign_hash(by_kind[kind]) for kind in _ANCESTRY if kind in by_kind)


def with_treatment(campaign: Campaign, treatment: Treatment) -> dict[str, FeatureValue]:
    """Returns the further features of a pair of campaign and treatment."""
    learned_as = campaign.learned_as or campaign.campaign_id
    texts = {
        "subject_line": treatment.subject_line,
        "tone": treatment.tone,
        "call_to_action": treatment.call_to_action,
        "treatment": f"{len(learned_as)}*{learned_as}*{treatment.treatment_id}",
    }
    return {**campaign.features, **treatment.features, **{name: text for name, text in texts.items() if text}}


def _crossed_name(name: str) -> str:
    """Returns the group that a cross means: a context feature of that name, or else a further one."""
    return name if name in _CONTEXT_BUILT_IN else base_name(name)


def cross(first: Group, second: Group) -> Group:
    """Returns the crossed features of two parts."""
    return [(f"{len(a)}*{a}*{b}", x * y) for a, x in first for b, y in second]


def _categories(base: str, value: str | bool | tuple[str, ...]) -> Group:
    """Returns the one-hot features of a text, a flag or a list of texts."""
    if isinstance(value, str):
        return [(f"{base}={value}", 1.0)]
    if isinstance(value, bool):
        return [(f"{base}=true" if value else f"{base}=false", 1.0)]
    return [(f"{base}={text}", 1.0) for text in set(value)] or [(f"{base}#empty", 1.0)]
