"""Completeness: up to when all orders are known."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.outcome import Feed
from banditsvc.lift_tables.scope import LiftScope
from banditsvc.ports import DecisionLog, Watermark


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """Up to when the orders of a scope are known."""

    through_us: int
    """0 where a feed that is waited for has no mark yet."""
    waiting_for: str
    """The feed that is furthest behind, such as `CONVERSION of portfolio crm`; empty where the log itself is."""


def complete_through(log: DecisionLog, scope: LiftScope, mark: Watermark) -> Complete:
    """Returns up to when the orders are known: to the log's last commit, or as far as the required feeds are complete."""
    found = Complete(through_us=mark.time_us, waiting_for="")
    for portfolio in scope.portfolios:
        marks = FeedMarks((one.record_time_us, one.value) for one in log.read_feed_marks(portfolio.portfolio_id))
        for feed in portfolio.learner.settle.required_feeds:
            through_us = marks.complete_through(feed) or 0
            if through_us < found.through_us:
                name = f"{_name(feed)} of portfolio {portfolio.portfolio_id}"
                found = Complete(through_us=through_us, waiting_for=name)
    return found


def _name(feed: Feed) -> str:
    return f"{feed.type.name} {feed.custom_type}" if feed.custom_type else feed.type.name
