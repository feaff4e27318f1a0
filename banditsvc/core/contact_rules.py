"""Contact rules: a cap or an exclusion of contact policy, made to run over the contacts of one customer."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact_policy import CampaignSelector, ContactCap, ContactExclusion
from banditsvc.core.contact_scopes import SCOPE_VALUES, ScopeValue
from banditsvc.core.limit_texts import cap_text, exclusion_text

LimitKey = tuple[int, ScopeValue]
"""A rule's index and what it counts apart: a scope value, for an exclusion FIRST or SECOND."""

FIRST = "first"
SECOND = "second"
_EVERYTHING = CampaignSelector()
_FOR_EVER_US = 1 << 62


class ContactRule(Protocol):
    """A cap or an exclusion."""

    name: str
    reach_us: int
    """Contacts this far away, or further, do not matter."""
    least: int
    """Fewer contacts of a key close nothing."""

    def keys_of(self, labels: CampaignLabels) -> tuple[LimitKey, ...]:
        """Returns the keys under which a campaign is counted, and at which it is refused once they are closed."""
        ...

    def closed_by(self, key: LimitKey, times: Sequence[int], time_us: int) -> LimitKey | None:
        """Returns the key that contacts counted under a key, at these times in order, close to one more at a time."""
        ...

    def reason(self, key: LimitKey) -> str:
        """Returns what the rule demands where a key is closed, in words."""
        ...


class CapRule:
    """A cap: contacts close their own key where one more would be too many, or too near."""

    def __init__(self, place: int, cap: ContactCap) -> None:
        most, window_us, gap_us = cap.max_contacts or 0, cap.window_us or 0, cap.min_gap_us or 0
        self.name = cap.name
        self.least = 1 if gap_us else most
        self.reach_us = max(window_us, gap_us)
        self._place = place
        self._cap = cap
        self._selects_all = cap.campaigns == _EVERYTHING
        self._value = SCOPE_VALUES[cap.per]
        self._gap_us = max(gap_us, window_us) if most == 1 else gap_us  # one in a window is a gap as long
        self._most = most if most > 1 else 0
        self._window_us = window_us

    def keys_of(self, labels: CampaignLabels) -> tuple[LimitKey, ...]:
        if self._selects_all or self._cap.campaigns.matches(labels):
            return ((self._place, self._value(labels)),)
        return ()

    def closed_by(self, key: LimitKey, times: Sequence[int], time_us: int) -> LimitKey | None:
        if self._gap_us and is_any_nearer(times, time_us, self._gap_us):
            return key
        if self._most and is_window_full(times, time_us, self._most, self._window_us):
            return key
        return None

    def reason(self, key: LimitKey) -> str:
        return cap_text(self._cap, key[1])


class ExclusionRule:
    """An exclusion: contacts with the first campaigns close the key of the second ones, and the reverse."""

    def __init__(self, place: int, exclusion: ContactExclusion) -> None:
        self.name = exclusion.name
        self.least = 1
        self.reach_us = _FOR_EVER_US if exclusion.window_us is None else exclusion.window_us
        self._exclusion = exclusion
        self._first: LimitKey = (place, FIRST)
        self._second: LimitKey = (place, SECOND)

    def keys_of(self, labels: CampaignLabels) -> tuple[LimitKey, ...]:
        first = (self._first,) if self._exclusion.first.matches(labels) else ()
        second = (self._second,) if self._exclusion.second.matches(labels) else ()
        return first + second

    def closed_by(self, key: LimitKey, times: Sequence[int], time_us: int) -> LimitKey | None:
        # One way, first ones matter up to time and second ones from it on. Of two at the same moment the first counts
        # as before, whichever was decided before: so the order in which they came does not matter.
        is_first, is_one_way = key == self._first, self._exclusion.one_way
        begin = (
            bisect_left(times, time_us) if is_one_way and not is_first else bisect_right(times, time_us - self.reach_us)
        )
        end = bisect_right(times, time_us) if is_one_way and is_first else bisect_left(times, time_us + self.reach_us)
        if begin >= end:
            return None
        return self._second if is_first else self._first

    def reason(self, key: LimitKey) -> str:
        return exclusion_text(self._exclusion, is_first=key == self._first)


def is_any_nearer(times: Sequence[int], time_us: int, gap_us: int) -> bool:
    """Returns whether any of the times, in order, is less than a gap away."""
    return bisect_right(times, time_us - gap_us) < bisect_left(times, time_us + gap_us)


def is_window_full(times: Sequence[int], time_us: int, most: int, window_us: int) -> bool:
    """Returns whether, with one more at a time, a half-open span of the window's length around it holds too many.

    It does where that time and some `most` neighbours among the times, which are in order, lie less than a window
    apart.
    """
    first = bisect_right(times, time_us - window_us)
    behind = bisect_left(times, time_us + window_us)
    for start in range(first, behind - most + 1):
        if max(times[start + most - 1], time_us) - min(times[start], time_us) < window_us:
            return True
    return False
