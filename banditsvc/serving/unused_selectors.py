"""Unused selectors: limits that name campaigns, families, categories or channels which no campaign has."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from banditsvc.core.campaign import Campaign
from banditsvc.core.contact_policy import CampaignSelector, Capacity, ContactPolicy
from banditsvc.core.funnel_candidate import labels_of
from banditsvc.core.policy import Policy
from banditsvc.core.volume_minimum import VolumeMinimum

_LABELS = {"campaign_ids": "campaign_id", "families": "family", "categories": "category", "channels": "channel"}
"""Lists of a selector, and what a campaign calls its entry."""


def unused_selectors(
    policy: ContactPolicy,
    capacities: Sequence[Capacity],
    campaigns: Sequence[Campaign],
    owner: str,
    minimums: Sequence[VolumeMinimum] = (),
) -> Iterator[str]:
    """Yields, in words, each limit of an owner that selects by what no campaign has.

    A campaign without a channel goes out on that of the request, so it may have any.
    """
    if not campaigns:
        return  # a catalogue may come later, or with each request
    named = [(f"cap {cap.name!r}", cap.campaigns) for cap in policy.caps]
    for exclusion in policy.exclusions:
        named.append((f"first of exclusion {exclusion.name!r}", exclusion.first))
        named.append((f"second of exclusion {exclusion.name!r}", exclusion.second))
    named += [(f"capacity {capacity.name!r}", capacity.campaigns) for capacity in capacities]
    named += [(f"minimum {minimum.name!r}", minimum.campaigns) for minimum in minimums]
    catalogue = _Catalogue(campaigns)
    for name, selector in named:
        unknown = catalogue.unknown(selector)
        if not catalogue.has_any_of(selector):
            yield f"{name} of {owner} matches no campaign{': ' if unknown else ''}{unknown}"
        elif unknown:
            yield f"{name} of {owner} names what no campaign has: {unknown}"


def unused_limits(policy: Policy, campaigns: Sequence[Campaign], owner: str) -> Iterator[str]:
    """Yields, in words, each limit on exploration that names campaigns which are not in the catalogue."""
    known = {campaign.campaign_id for campaign in campaigns}
    for place, limit in enumerate(policy.limits):
        unknown = [campaign_id for campaign_id in limit.campaign_ids if campaign_id not in known]
        if known and unknown:
            yield f"limits[{place}] of the policy of {owner} names what no campaign has: campaign_ids {_listed(unknown)}"


class _Catalogue:
    """What the campaigns have, looked at once for any number of selectors."""

    def __init__(self, campaigns: Sequence[Campaign]) -> None:
        self._labels = [labels_of(campaign, "") for campaign in campaigns]
        self._known = {entries: {getattr(one, label) for one in self._labels} for entries, label in _LABELS.items()}

    def unknown(self, selector: CampaignSelector) -> str:
        """Returns the entries of a selector that no campaign has, such as `families 'coupons'`."""
        found = []
        for entries, known in self._known.items():
            unknown = [entry for entry in getattr(selector, entries) if entry not in known]
            if unknown and not (entries == "channels" and "" in known):
                found.append(f"{entries} {_listed(unknown)}")
        return ", ".join(found)

    def has_any_of(self, selector: CampaignSelector) -> bool:
        """Returns whether a selector matches some campaign.

        Types and kinds are left out of account: they are checked names, and that no campaign is of one yet is no mistake.
        """
        given = [entries for entries in _LABELS if getattr(selector, entries)]
        if len(given) == 1:  # as nearly always; all campaigns need not be gone through
            known = self._known[given[0]]
            return not known.isdisjoint(getattr(selector, given[0])) or (given[0] == "channels" and "" in known)
        selector = dataclasses.replace(selector, types=(), kinds=())
        anywhere = dataclasses.replace(selector, channels=())
        return any((selector if labels.channel else anywhere).matches(labels) for labels in self._labels)


def _listed(entries: Sequence[str]) -> str:
    return ", ".join(map(repr, entries))
