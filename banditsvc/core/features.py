"""Features: how a context and a campaign become what Vowpal Wabbit learns from and the scorer scores by.

Three namespaces, of which `-q CA` crosses the first two:

- C, the context, on the shared example;
- A, the campaign, on its action example;
- M, the match, on the action example too: one feature whose value is the weight of the campaign's category among the
  customer's favourites, absent where it is not among them. No quadratic names it, so it is linear.

Vowpal Wabbit is given the three as (hash, value), pushed under "C", "A" and "M". Hashes are whole (64 bits); masked by the number of weights less one they are Vowpal Wabbit's own indices of the names
below, and pushed unmasked they mean the same.

Names of context features, each of value 1 but for favourites, which have their weight:

- `recency#i`, `frequency#i`, `monetary#i`: bin i by the edges of the EncoderSpec;
- `r=1` to `m=5`, `segment=gold`, `lifecycle_stage=ACTIVE`, `favourites=shoes`;
- `channel=email`, `placement=top`, where they are given;
- further features: `name=text`, `name=true`, `name=false`, one `name=text` for each text of a list, `name#empty` for
  an empty list, `name#i` for a number, by the spec's edges or else by logarithmic_bin;
- `NAME#unknown` where a built-in is not known (for favourites: none given), or where channel, placement or a further
  feature is not known and the spec names it (edges or crosses); else they are absent, because names are open;
- `n*FIRST*SECOND` for a cross of two of these, n the length of FIRST in characters, with the product of their values.

Names of campaign features: `id=`, `type=`, `kind=`, `category=`, `channel=`, `offer_kind=`, `family=`, absent if
empty; further ones as above, but a number enters as it is (`name` with that value).

In further names blanks, control characters and % = # * are escaped (%20 and so on), and a name of a built-in gets the
prefix `features.`, so that no two features share a name by accident; blanks at the end of a text do not count (see
feature_hash.py). Features of value 0 are left out: they say nothing.
"""

from __future__ import annotations

import math
from typing import TypeVar

from banditsvc.core.bins import Bins, logarithmic_bin
from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.encoded import NO_MATCH, EncodedCampaign, EncodedContext, pack
from banditsvc.core.feature_hash import feature_hash, namespace_hash
from banditsvc.core.portfolio import EncoderSpec

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
_ESCAPES = {code: f"%{code:02X}" for code in [*range(0x21), *map(ord, "%=#*")]}

_T = TypeVar("_T")
_Group = list[tuple[str, float]]
"""Named features of one part of a context. Never changed once made: the constants below are shared."""

_UNKNOWN: dict[str, _Group] = {name: [(f"{name}#unknown", 1.0)] for name in _ALWAYS_PRESENT}
_STAGES: dict[LifecycleStage, _Group] = {stage: [(f"lifecycle_stage={stage.name}", 1.0)] for stage in LifecycleStage}


def favourite_hash(category: str) -> int:
    """Returns the hash of a favourite as a context feature.

    Its lower 32 bits are those of its name; the upper ones, which no mask lets through, tell it from any other
    feature that shares them, so that a match is one comparison.
    """
    return _favourite_hash(_FAVOURITE + category)


def _favourite_hash(name: str) -> int:
    return feature_hash(name, CONTEXT_SEED) | (feature_hash(name, _FAVOURITE_SEED) | 1) << 32


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
        "_crosses",
        "_frequency",
        "_hashes",
        "_monetary",
        "_recency",
        "_required",
        "spec",
    )

    def __init__(self, spec: EncoderSpec) -> None:
        self.spec = spec
        self._recency = Bins("recency", spec.recency_edges)
        self._frequency = Bins("frequency", spec.frequency_edges)
        self._monetary = Bins("monetary", spec.monetary_edges)
        self._bins = {name: Bins(base_name(name), edges) for name, edges in spec.number_edges.items()}
        self._crosses = tuple((_crossed_name(first), _crossed_name(second)) for first, second in spec.crosses)
        crossed = {name for cross in self._crosses for name in cross}
        named = crossed | {base_name(name) for name in spec.number_edges}
        self._required = tuple(sorted(named - _ALWAYS_PRESENT))
        self._hashes: dict[str, int] = {}
        self._base_names: dict[str, str] = {}

    def context(self, context: CustomerContext, channel: str = "", placement: str = "") -> EncodedContext:
        """Returns the features of a context; channel and placement are those of the request, empty if not given."""
        named = self.context_names(context, channel, placement)
        return EncodedContext(*pack([(self._context_hash(name), value) for name, value in named]))

    def context_names(
        self, context: CustomerContext, channel: str = "", placement: str = ""
    ) -> list[tuple[str, float]]:
        """Returns the same features by name, in no order: what stock Vowpal Wabbit would be given in namespace C."""
        groups = self._groups(context, channel, placement)
        return [(name, value) for group in groups.values() for name, value in group if value]

    def campaign(self, campaign: Campaign) -> EncodedCampaign:
        """Returns the features of a campaign; its state, times and priority are none. To be kept by the caller."""
        named = self.campaign_names(campaign)
        hashes, values = pack((feature_hash(name, CAMPAIGN_SEED), value) for name, value in named)
        match_hash = favourite_hash(campaign.category) if campaign.category else NO_MATCH
        return EncodedCampaign(hashes + values + match_hash.to_bytes(8, "big"), hashes, values, match_hash)

    def campaign_names(self, campaign: Campaign) -> list[tuple[str, float]]:
        """Returns the same features by name, sorted: what stock Vowpal Wabbit would be given in namespace A."""
        texts = {
            "id": campaign.campaign_id,
            "type": campaign.type.name if campaign.type is not None else "",
            "kind": campaign.kind.name if campaign.kind is not None else "",
            "category": campaign.category,
            "channel": campaign.channel,
            "offer_kind": campaign.offer_kind,
            "family": campaign.family,
        }
        named = [(f"{name}={text}", 1.0) for name, text in texts.items() if text]
        for name, value in campaign.features.items():
            base = self._base_name(name)
            if isinstance(value, str | bool | tuple):
                named += _categories(base, value)
            elif not math.isnan(value):
                named.append((base, float(value)))
        return sorted((name, value) for name, value in named if value)

    def _groups(self, context: CustomerContext, channel: str, placement: str) -> dict[str, _Group]:
        """Returns the named features of each part of a context, crosses included."""
        stage = context.lifecycle_stage
        favourites = context.favourites
        groups: dict[str, _Group] = {
            "recency": [(self._recency.name(context.recency_days), 1.0)],
            "frequency": [(self._frequency.name(context.frequency), 1.0)],
            "monetary": [(self._monetary.name(context.monetary), 1.0)],
            "r": _UNKNOWN["r"] if context.r is None else [(f"r={context.r}", 1.0)],
            "f": _UNKNOWN["f"] if context.f is None else [(f"f={context.f}", 1.0)],
            "m": _UNKNOWN["m"] if context.m is None else [(f"m={context.m}", 1.0)],
            "segment": _UNKNOWN["segment"] if context.segment is None else [("segment=" + context.segment, 1.0)],
            "lifecycle_stage": _UNKNOWN["lifecycle_stage"] if stage is None else _STAGES[stage],
            "favourites": [(_FAVOURITE + category, weight) for category, weight in favourites.items()]
            or _UNKNOWN["favourites"],
        }
        if channel:
            groups["channel"] = [("channel=" + channel, 1.0)]
        if placement:
            groups["placement"] = [("placement=" + placement, 1.0)]
        for name, value in context.features.items():
            self._add_further(groups, name, value)
        for name in self._required:
            if name not in groups:
                groups[name] = [(f"{name}#unknown", 1.0)]
        for first, second in self._crosses:
            groups[f"{first}*{second}"] = _cross(groups[first], groups[second])
        return groups

    def _add_further(self, groups: dict[str, _Group], name: str, value: FeatureValue) -> None:
        base = self._base_name(name)
        if isinstance(value, str | bool | tuple):
            groups[base] = _categories(base, value)
        elif name in self._bins:
            groups[base] = [(self._bins[name].name(value), 1.0)]
        elif not math.isnan(value):
            groups[base] = [(f"{base}#{logarithmic_bin(value)}", 1.0)]

    def _base_name(self, name: str) -> str:
        return self._base_names.get(name) or _remember(self._base_names, name, base_name(name))

    def _context_hash(self, name: str) -> int:
        found = self._hashes.get(name)
        if found is None:
            found = _favourite_hash(name) if name.startswith(_FAVOURITE) else feature_hash(name, CONTEXT_SEED)
            _remember(self._hashes, name, found)
        return found


def _remember(cache: dict[str, _T], name: str, value: _T) -> _T:
    """Caches a value, starting afresh at the limit: names come from callers."""
    if len(cache) >= _CACHE_LIMIT:
        cache.clear()
    cache[name] = value
    return value


def _crossed_name(name: str) -> str:
    """Returns the group that a cross means: a context feature of that name, or else a further one."""
    return name if name in _CONTEXT_BUILT_IN else base_name(name)


def _cross(first: _Group, second: _Group) -> _Group:
    return [(f"{len(a)}*{a}*{b}", x * y) for a, x in first for b, y in second]


def _categories(base: str, value: str | bool | tuple[str, ...]) -> _Group:
    """Returns the one-hot features of a text, a flag or a list of texts."""
    if isinstance(value, str):
        return [(f"{base}={value}", 1.0)]
    if isinstance(value, bool):
        return [(f"{base}=true" if value else f"{base}=false", 1.0)]
    return [(f"{base}={text}", 1.0) for text in set(value)] or [(f"{base}#empty", 1.0)]
