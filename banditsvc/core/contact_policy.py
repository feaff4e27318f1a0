"""Contact policy: how often and when a customer is contacted, and how much there may be in all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import IntEnum

from banditsvc.core.campaign_labels import CampaignLabels


class ContactScope(IntEnum):
    """What is counted apart."""

    OVERALL = 1
    CHANNEL = 2
    CAMPAIGN = 3
    TYPE = 4
    FAMILY = 5


class CapacityPeriod(IntEnum):
    """Calendar span of send_time."""

    TOTAL = 1
    DAY = 2
    WEEK = 3
    """From Monday."""
    MONTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSelector:
    """Campaigns that match every tuple that is not empty, each by one of its entries."""

    campaign_ids: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    types: tuple[int, ...] = ()
    kinds: tuple[int, ...] = ()

    def matches(self, campaign: CampaignLabels) -> bool:
        """Returns whether a campaign is selected."""
        return (
            (not self.campaign_ids or campaign.campaign_id in self.campaign_ids)
            and (not self.families or campaign.family in self.families)
            and (not self.categories or campaign.category in self.categories)
            and (not self.channels or campaign.channel in self.channels)
            and (not self.types or campaign.type in self.types)
            and (not self.kinds or campaign.kind in self.kinds)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCap:
    """At most max_contacts in any span of window_us, or at least min_gap_us between two, or both."""

    name: str
    campaigns: CampaignSelector = CampaignSelector()
    per: ContactScope = ContactScope.OVERALL
    max_contacts: int | None = None
    window_us: int | None = None
    """Set together with max_contacts. Two contacts exactly this far apart are in no common window."""
    min_gap_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactExclusion:
    """Keeps two kinds of campaigns from the same customer within window_us; None means for ever."""

    name: str
    first: CampaignSelector
    second: CampaignSelector
    window_us: int | None = None
    one_way: bool = False
    """Only a second after a first is excluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietTime:
    """Local times at which nothing goes out; it starts on a day that is selected and may end on the next."""

    name: str
    channels: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    """1 is Monday, 7 is Sunday; empty means every day."""
    start: time | None = None
    end: time | None = None
    """Both None: the whole day. end <= start: it ends on the next day."""
    first_date: date | None = None
    last_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """At most max_contacts and max_cost in all, over the customers."""

    name: str
    campaigns: CampaignSelector = CampaignSelector()
    per: ContactScope = ContactScope.OVERALL
    max_contacts: int | None = None
    max_cost: float | None = None
    period: CapacityPeriod = CapacityPeriod.TOTAL


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """Limits on the contacts of a customer. Transactional campaigns are exempt and do not count."""

    caps: tuple[ContactCap, ...] = ()
    exclusions: tuple[ContactExclusion, ...] = ()
    quiet_times: tuple[QuietTime, ...] = ()
