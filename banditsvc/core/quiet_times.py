"""Quiet times: local times at which nothing goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact_policy import ContactPolicy, QuietTime
from banditsvc.core.limit_texts import quiet_text
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.time_zones import local_time

_NONE: frozenset[int] = frozenset()
_DAY = timedelta(days=1)


class QuietTimes:
    """The quiet times of several contact policies: all of them hold. Indexes count through the policies in order."""

    def __init__(self, policies: Sequence[ContactPolicy]) -> None:
        self._quiet = tuple(_Compiled.of(quiet) for policy in policies for quiet in policy.quiet_times)
        self.is_empty = not self._quiet
        """Whether there are none at all."""

    def quiet_at(self, send_time_us: int, zone: ZoneInfo) -> frozenset[int]:
        """Returns the indexes of the quiet times that hold at send_time, on some channel.

        What counts is what clocks of the zone show: an hour that they show twice is quiet twice.
        """
        if self.is_empty:
            return _NONE
        local = local_time(send_time_us, zone)
        today, clock = local.date(), local.time()
        return frozenset([place for place, quiet in enumerate(self._quiet) if quiet.holds(today, clock)]) or _NONE

    def rejection(self, labels: CampaignLabels, quiet: frozenset[int]) -> Rejection | None:
        """Returns why a campaign may not go out, by the first of these quiet times that holds for its channel.

        Transactional campaigns may always go out. Of a campaign without a channel only quiet times of all channels
        are heard.
        """
        if not quiet or labels.is_transactional:
            return None
        for place in sorted(quiet):
            held = self._quiet[place]
            if not held.channels or labels.channel in held.channels:
                return Rejection(labels.campaign_id, FunnelStage.VALIDITY, held.name, held.reason)
        return None


@dataclass(frozen=True, slots=True)
class _Compiled:
    name: str
    channels: frozenset[str]
    start: time
    end: time
    days: frozenset[int]
    first_date: date
    last_date: date
    reason: str

    @classmethod
    def of(cls, quiet: QuietTime) -> _Compiled:
        return cls(
            name=quiet.name,
            channels=frozenset(quiet.channels),
            start=quiet.start or time.min,
            end=quiet.end or time.min,  # of the next day
            days=frozenset(quiet.days or range(1, 8)),
            first_date=quiet.first_date or date.min,
            last_date=quiet.last_date or date.max,
            reason=quiet_text(quiet),
        )

    def holds(self, today: date, clock: time) -> bool:
        if self.end > self.start:
            return self.start <= clock < self.end and self._starts_on(today)
        if clock >= self.start and self._starts_on(today):
            return True
        return clock < self.end and self._starts_on(today - _DAY)

    def _starts_on(self, day: date) -> bool:
        return self.first_date <= day <= self.last_date and day.isoweekday() in self.days
