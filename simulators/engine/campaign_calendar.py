"""The calendar: which campaigns are live on a day, weekly ones under the ids of their weeks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT, NO_CONTACT_CAMPAIGN, Campaign
from banditsvc.core.times import DAY_US
from simulators.engine.keyed_draws import Stream, name_code, normal, population_keys
from simulators.engine.world_time import start_us
from simulators.worlds.campaign_span import campaign_spans
from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.world_spec import WorldSpec


@dataclass(frozen=True, slots=True, eq=False)
class LiveCampaign:
    """A campaign as it goes out: one of the world's, or one week's of a weekly one."""

    campaign: Campaign
    place: int
    """Among all campaigns of the calendar."""
    spec: CampaignSpec | None
    """None for NO_CONTACT."""
    effect: CampaignSpec | None
    """By what its customers buy: spec, and for NO_CONTACT the world's without_contact in that form, if it has one."""
    code: int
    """What stands for it in keys of draws."""
    first_day: int
    end_day: int
    """The first day on which it is over."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveCampaigns:
    """The campaigns that are live on a day, sorted by campaign_id."""

    entries: tuple[LiveCampaign, ...]
    campaigns: tuple[Campaign, ...]
    places: NDArray[np.intp]
    """Place of each among all campaigns of the calendar."""
    codes: NDArray[np.uint64]


class CampaignCalendar:
    """All campaigns of a world, sorted by campaign_id, with the days on which they are live."""

    def __init__(self, spec: WorldSpec) -> None:
        made = [one for campaign in spec.campaigns for one in _instances(campaign, spec)]
        if spec.no_contact:
            made.append((NO_CONTACT_CAMPAIGN, None, 0, spec.days))
        made.sort(key=lambda one: one[0].campaign_id)
        alone = _without_contact(spec)
        self.entries = tuple(
            [
                LiveCampaign(campaign, place, of, of or alone, name_code(campaign.campaign_id), first, end)
                for place, (campaign, of, first, end) in enumerate(made)
            ]
        )
        self._of_day: dict[int, LiveCampaigns] = {}

    def live(self, day: int) -> LiveCampaigns:
        """Returns the campaigns of a day."""
        found = self._of_day.get(day)
        if found is None:
            entries = tuple([one for one in self.entries if one.first_day <= day < one.end_day])
            known = next((other for other in self._of_day.values() if other.entries == entries), None)
            found = self._of_day[day] = known or _live(entries)
        return found

    def id_offsets(self, seeds: Sequence[int]) -> NDArray[np.float64]:
        """Returns how far the log-odds of each campaign are from its family's, shape (seeds, campaigns)."""
        keys = population_keys(seeds, 1)
        offsets = np.zeros((len(seeds), len(self.entries)))
        for entry in self.entries:
            if entry.spec is not None and entry.spec.id_spread > 0.0:
                offsets[:, entry.place] = entry.spec.id_spread * normal(keys, Stream.CAMPAIGN, 0, entry.code)
        return offsets


def _without_contact(spec: WorldSpec) -> CampaignSpec | None:
    alone = spec.without_contact
    if alone is None:
        return None
    return CampaignSpec(
        campaign_id=NO_CONTACT,
        base_rate=alone.base_rate,
        odds=alone.odds,
        order_value=alone.order_value,
        delay=alone.delay,
    )


def _live(entries: tuple[LiveCampaign, ...]) -> LiveCampaigns:
    return LiveCampaigns(
        entries,
        tuple([one.campaign for one in entries]),
        np.array([one.place for one in entries], dtype=np.intp),
        np.array([one.code for one in entries], dtype=np.uint64),
    )


def _instances(spec: CampaignSpec, world: WorldSpec) -> Iterator[tuple[Campaign, CampaignSpec | None, int, int]]:
    for span in campaign_spans(spec, world.days):
        if spec.weekly:
            times = [start_us(world) + day * DAY_US for day in (span.first_day, span.end_day)]
            campaign = _campaign(spec, span.campaign_id, spec.campaign_id, *times)
        else:
            campaign = _campaign(spec, span.campaign_id, spec.family, None, None)
        yield campaign, spec, span.first_day, span.end_day


def _campaign(
    spec: CampaignSpec, campaign_id: str, family: str, start_time_us: int | None, end_time_us: int | None
) -> Campaign:
    return Campaign(
        campaign_id=campaign_id,
        type=spec.type,
        kind=spec.kind,
        category=spec.category,
        offer_kind=spec.offer_kind,
        family=family,
        fixed_priority=spec.fixed_priority,
        start_time_us=start_time_us,
        end_time_us=end_time_us,
        cost=spec.cost,
    )
