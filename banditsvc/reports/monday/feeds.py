"""How far behind the feeds are that a portfolio's learning waits for."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.portfolio import Portfolio
from banditsvc.ports import DecisionLog


@dataclass(frozen=True, slots=True)
class FeedLag:
    """One required feed."""

    name: str
    """Its type, and its own name where the type is CUSTOM."""
    lag_us: int | None
    """Log time since it was complete; None where it has never said so."""


def feed_lags(log: DecisionLog, portfolio: Portfolio, now_us: int) -> tuple[FeedLag, ...]:
    """Returns the lag of each feed that the portfolio requires."""
    marks = FeedMarks((one.record_time_us, one.value) for one in log.read_feed_marks(portfolio.portfolio_id))
    found = []
    for feed in portfolio.learner.settle.required_feeds:
        through_us = marks.complete_through(feed)
        name = f"{feed.type.name}:{feed.custom_type}" if feed.custom_type else feed.type.name
        found.append(FeedLag(name, None if through_us is None else max(0, now_us - through_us)))
    return tuple(found)
