"""Audience limits: capacities and minimums as single numbers over all customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact_policy import CampaignSelector, Capacity, ContactScope
from banditsvc.core.contact_scopes import SCOPE_VALUES, ScopeValue
from banditsvc.core.organization import Organization
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.volume_minimum import VolumeMinimum


class LimitKind(IntEnum):
    """What is counted, and whether there is to be much or little of it."""

    MOST_CONTACTS = 1
    MOST_COST = 2
    LEAST_CONTACTS = 3
    LEAST_SHARE = 4


class LimitOwner(IntEnum):
    """Whose limit it is."""

    ORGANIZATION = 1
    PORTFOLIO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceLimit:
    """One number: of a capacity, what it counts apart and whether contacts or cost; or a minimum."""

    owner: LimitOwner
    name: str
    kind: LimitKind
    campaigns: CampaignSelector
    per: ContactScope = ContactScope.OVERALL
    value: ScopeValue = ""
    """What is counted apart: a channel, campaign, type or family; empty for OVERALL."""
    share: float = 0.0
    """Of LEAST_SHARE."""

    @property
    def is_least(self) -> bool:
        """Whether it is a minimum."""
        return self.kind in {LimitKind.LEAST_CONTACTS, LimitKind.LEAST_SHARE}

    def counts(self, labels: CampaignLabels) -> bool:
        """Returns whether contacts with a campaign are counted."""
        is_contact = labels.campaign_id != NO_CONTACT
        return is_contact and self.campaigns.matches(labels) and SCOPE_VALUES[self.per](labels) == self.value

    def use(self, labels: CampaignLabels) -> float:
        """Returns what one contact with a campaign uses: contacts, cost, or what it adds to a share short of it."""
        if labels.campaign_id == NO_CONTACT:
            return 0.0
        is_selected = self.counts(labels)
        if self.kind is LimitKind.LEAST_SHARE:
            return float(is_selected) - self.share
        if not is_selected:
            return 0.0
        return labels.cost if self.kind is LimitKind.MOST_COST else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """All that limits volumes in a portfolio."""

    organization: tuple[Capacity, ...] = ()
    portfolio: tuple[Capacity, ...] = ()
    minimums: tuple[VolumeMinimum, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is limited."""
        return not (self.organization or self.portfolio or self.minimums)

    @property
    def least_contacts(self) -> dict[str, int]:
        """Returns min_contacts by the name of the minimum."""
        return {one.name: one.min_contacts for one in self.minimums if one.min_contacts is not None}

    def limits(self, labels: Sequence[CampaignLabels]) -> tuple[AudienceLimit, ...]:
        """Returns the limits that some campaigns have a part in, each once, in the order of the settings."""
        contacts = [one for one in labels if one.campaign_id != NO_CONTACT]
        found: dict[AudienceLimit, None] = {}
        for owner, capacities in (
            (LimitOwner.ORGANIZATION, self.organization),
            (LimitOwner.PORTFOLIO, self.portfolio),
        ):
            for capacity in capacities:
                found |= dict.fromkeys(_of_capacity(owner, capacity, contacts))
        return (*found, *map(_of_minimum, self.minimums))


def limit_settings(organization: Organization, portfolio: Portfolio) -> LimitSettings:
    """Returns what limits volumes in a portfolio."""
    return LimitSettings(
        organization=organization.capacities, portfolio=portfolio.capacities, minimums=portfolio.minimums
    )


def _of_capacity(owner: LimitOwner, capacity: Capacity, labels: Sequence[CampaignLabels]) -> Iterator[AudienceLimit]:
    kinds = [
        kind
        for kind, most in ((LimitKind.MOST_CONTACTS, capacity.max_contacts), (LimitKind.MOST_COST, capacity.max_cost))
        if most is not None
    ]
    for one in labels:
        if capacity.campaigns.matches(one):
            for kind in kinds:
                yield AudienceLimit(
                    owner=owner,
                    name=capacity.name,
                    kind=kind,
                    campaigns=capacity.campaigns,
                    per=capacity.per,
                    value=SCOPE_VALUES[capacity.per](one),
                )


def _of_minimum(minimum: VolumeMinimum) -> AudienceLimit:
    return AudienceLimit(
        owner=LimitOwner.PORTFOLIO,
        name=minimum.name,
        kind=LimitKind.LEAST_CONTACTS if minimum.min_share is None else LimitKind.LEAST_SHARE,
        campaigns=minimum.campaigns,
        share=minimum.min_share or 0.0,
    )
