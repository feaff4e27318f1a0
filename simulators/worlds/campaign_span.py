"""Spans of campaigns: on which days one is live under which id, weekly ones under the ids of their weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulators.worlds.campaign_spec import CampaignSpec

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class CampaignSpan:
    """One id of a campaign, with its days."""

    campaign_id: str
    first_day: int
    end_day: int
    """The first day on which it is over."""


def campaign_spans(spec: CampaignSpec, days: int) -> Iterator[CampaignSpan]:
    """Yields the ids of a campaign in a run of so many days; one for each week, from Monday on, where it is weekly."""
    end = days if spec.end_day is None else min(spec.end_day, days)
    if not spec.weekly:
        yield CampaignSpan(spec.campaign_id, spec.start_day, end)
        return
    for monday in range(spec.start_day - spec.start_day % DAYS_A_WEEK, end, DAYS_A_WEEK):
        campaign_id = f"{spec.campaign_id}-w{monday // DAYS_A_WEEK + 1:02d}"
        yield CampaignSpan(campaign_id, max(monday, spec.start_day), min(monday + DAYS_A_WEEK, end))
