"""Gauges of how far learning and its feeds are behind."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.portfolio import LearnerSpec, Portfolio
from banditsvc.ports import Progress
from banditsvc.rpc.metrics import Metrics
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.resources import Resources
from banditsvc.serving.rewarding import Rewarder
from banditsvc.settling import SettleLimit, settle_batch
from banditsvc.store import SqliteLog

MOST_COUNTED = 1000
"""Decisions that are due are counted up to here."""
COUNT_BATCH = 500


@dataclass(frozen=True, slots=True)
class Backlog:
    """What of one portfolio is not learned from yet."""

    unsettled: int
    due: int
    """Those that could be settled now, at most MOST_COUNTED."""
    lag_seconds: float
    """Log time that settling is behind."""


def measure_backlog(log: SqliteLog, portfolio_id: str, learner: LearnerSpec, progress: Progress | None) -> Backlog:
    """Returns the backlog of a portfolio. Reads the log, so it belongs in a thread of its own."""
    position = progress.position if progress else 0
    watermark = log.watermark()
    settled_through_us = progress.settled_through_us if progress else 0
    unsettled = log.count_decisions(portfolio_id, position)
    lag_us = max(0, watermark.time_us - settled_through_us) if unsettled else 0
    return Backlog(unsettled, _count_due(log, portfolio_id, learner, position, watermark.time_us), lag_us / 1e6)


def portfolios_to_measure(resources: Resources, active: ActivePortfolios) -> list[tuple[Portfolio, Progress | None]]:
    """Returns every portfolio with where its learner stands."""
    portfolios = [recorded.value for recorded in resources.portfolios()]
    return [(portfolio, active.progress(portfolio.portfolio_id)) for portfolio in portfolios]


def set_backlog(metrics: Metrics, portfolio_id: str, backlog: Backlog) -> None:
    """Sets the gauges of one portfolio's backlog."""
    metrics.unsettled.labels(portfolio_id).set(backlog.unsettled)
    metrics.learner_lag_seconds.labels(portfolio_id).set(backlog.lag_seconds)
    metrics.learner_lag_decisions.labels(portfolio_id).set(backlog.due)


def set_served(
    metrics: Metrics, portfolio: Portfolio, active: ActivePortfolios, rewarder: Rewarder, now_us: int
) -> None:
    """Sets the gauges of one portfolio's served model and of the feeds that it waits for."""
    portfolio_id = portfolio.portfolio_id
    served = active.get(portfolio_id)
    metrics.learned_count.labels(portfolio_id).set(served.model.learned.learned_count)
    metrics.feature_values.labels(portfolio_id).set(len(served.scorer.known_rows()))
    progress = active.progress(portfolio_id)
    if progress is not None:
        metrics.lapsed.labels(portfolio_id).set(progress.sums.lapsed_count)
        metrics.clipped.labels(portfolio_id).set(progress.sums.clipped_count)
    marks = rewarder.feed_marks(portfolio_id)
    for feed in portfolio.learner.settle.required_feeds:
        through_us = marks.complete_through(feed)
        name = f"{feed.type.name}:{feed.custom_type}" if feed.custom_type else feed.type.name
        lag_seconds = float("inf") if through_us is None else max(0.0, (now_us - through_us) / 1e6)
        metrics.feed_lag_seconds.labels(portfolio_id, name).set(lag_seconds)


def _count_due(log: SqliteLog, portfolio_id: str, learner: LearnerSpec, after: int, limit_us: int) -> int:
    due = 0
    has_more = True
    while has_more and due < MOST_COUNTED:
        batch = settle_batch(log, portfolio_id, learner, after, SettleLimit(limit_us), count=COUNT_BATCH)
        due += len(batch.settled)
        has_more = batch.has_more
        if batch.settled:
            after = batch.settled[-1].recorded.position
    return due
