"""Feed marks: up to when the feeds of a portfolio were complete, as of any moment."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from banditsvc.core.outcome import Feed, FeedMark


class FeedMarks:
    """The marks of one portfolio in the order in which they were recorded. An earlier mark changes nothing."""

    __slots__ = ("_by_feed",)

    def __init__(self, recorded: Iterable[tuple[int, FeedMark]] = ()) -> None:
        """Takes (record_time_us, mark) pairs in log order."""
        self._by_feed: dict[tuple[int, str], tuple[list[int], list[int]]] = {}
        for record_time_us, mark in recorded:
            self.add(record_time_us, mark)

    def add(self, record_time_us: int, mark: FeedMark) -> None:
        """Takes in a mark that was recorded after all others."""
        through, recorded = self._by_feed.setdefault((mark.feed.type, mark.feed.custom_type), ([], []))
        if not through or mark.complete_through_us > through[-1]:
            through.append(mark.complete_through_us)
            recorded.append(record_time_us)

    def complete_time(self, feeds: Sequence[Feed], through_us: int) -> int | None:
        """Returns the log time from which on every feed was known to be complete through a moment.

        None says that some feed is not complete yet; 0 that there is no feed to wait for.
        """
        latest = 0
        for feed in feeds:
            through, recorded = self._by_feed.get((feed.type, feed.custom_type), ((), ()))
            place = bisect_left(through, through_us)
            if place == len(through):
                return None
            latest = max(latest, recorded[place])
        return latest

    def complete_through(self, feed: Feed) -> int | None:
        """Returns the latest moment through which a feed is complete, None where it has no mark."""
        through, _ = self._by_feed.get((feed.type, feed.custom_type), ((), ()))
        return through[-1] if through else None
