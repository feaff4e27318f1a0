"""The feed's calendar: on which day a file tells what, and up to when it is complete."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.worlds.feed_spec import FeedSpec


def has_file(feed: FeedSpec, day: int) -> bool:
    """Returns whether a file comes at the midnight at which a day starts."""
    return day % feed.every_days == 0 and not _is_dead(feed, day)


def complete_through(feed: FeedSpec, day: int) -> int:
    """Returns the day up to whose start a file of this day is complete; it may be before day 0."""
    return day - feed.late_days


def arrival_day(feed: FeedSpec, time: NDArray[np.float64]) -> NDArray[np.int32]:
    """Returns the day of the first file that tells what happened at these times (days with fractions)."""
    # A file covers what happened before its day less the lateness.
    days = np.floor(time).astype(np.int64) + 1 + feed.late_days
    days += -days % feed.every_days
    if feed.dead_from_day is not None and feed.dead_to_day is not None:
        first = feed.dead_to_day + -feed.dead_to_day % feed.every_days
        days = np.where((days >= feed.dead_from_day) & (days < feed.dead_to_day), first, days)
    return days.astype(np.int32)


def next_file(feed: FeedSpec, day: NDArray[np.int32]) -> NDArray[np.int32]:
    """Returns the day of the first file after a file's day."""
    return arrival_day(feed, day.astype(np.float64) - feed.late_days)


def _is_dead(feed: FeedSpec, day: int) -> bool:
    return (
        feed.dead_from_day is not None and feed.dead_to_day is not None and feed.dead_from_day <= day < feed.dead_to_day
    )
