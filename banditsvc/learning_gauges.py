"""Gauges of how far learning and its feeds are behind."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import Gauge

from banditsvc.core.choice import Choice
from banditsvc.core.portfolio import LearnerSpec, Portfolio
from banditsvc.core.settle import Settlement, SettleState, settle
from banditsvc.core.times import SECOND_US
from banditsvc.evidence import histories_of
from banditsvc.ports import DecisionLog, Progress, Recorded
from banditsvc.rpc.metrics import Metrics
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.resources import Resources
from banditsvc.serving.rewarding import Rewarder
from banditsvc.settling import terms_of

MOST_LOOKED_AT = 250
"""How many of the next unsettled decisions are looked at: callers wait for no more than a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What of one portfolio is not learned from yet."""

    unsettled: int
    """Decisions beyond the learner's position, tests included."""
    due: int
    """Those that are due to be learned from, also behind one that is open, among the next MOST_LOOKED_AT."""
    lag_seconds: float
    """Log time that settling is behind: since it last looked, or since the first of those due was due."""
    open_head_seconds: float
    """Log time since the first decision that is still open was recorded; 0 when none stands behind it in line."""


def open_head_gauge(metrics: Metrics) -> Gauge:
    """Returns the gauge of open_head_seconds, new in the registry of these metrics."""
    return Gauge(
        "banditsvc_open_head_seconds",
        "Age of the first open decision when others stand behind it in line.",
        ["portfolio"],
        registry=metrics.registry,
    )


def measure_backlog(log: DecisionLog, portfolio_id: str, learner: LearnerSpec, progress: Progress | None) -> Backlog:
    """Returns the backlog of a portfolio. Reads the log, so it belongs in a thread of its own."""
    position = progress.position if progress else 0
    now_us = log.watermark().time_us
    unsettled = log.count_decisions(portfolio_id, position)
    looks = _look(log, portfolio_id, learner, position, now_us)
    due_us = [stand.due_us for _, stand in looks if stand.state is SettleState.SETTLED]
    looked_us = progress.settled_through_us if progress else 0
    since_us = min([*due_us, looked_us, now_us]) if unsettled else now_us
    opened = [place for place, (_, stand) in enumerate(looks) if stand.state is SettleState.OPEN]
    holds_back = bool(opened) and opened[0] + 1 < unsettled
    head_us = looks[opened[0]][0].record_time_us if holds_back else now_us
    return Backlog(unsettled, len(due_us), (now_us - since_us) / SECOND_US, max(0, now_us - head_us) / SECOND_US)


def portfolios_to_measure(resources: Resources, active: ActivePortfolios) -> list[tuple[Portfolio, Progress | None]]:
    """Returns every portfolio with where its learner stands."""
    portfolios = [recorded.value for recorded in resources.portfolios()]
    return [(portfolio, active.progress(portfolio.portfolio_id)) for portfolio in portfolios]


def set_backlog(metrics: Metrics, open_head: Gauge, portfolio_id: str, backlog: Backlog) -> None:
    """Sets the gauges of one portfolio's backlog."""
    metrics.unsettled.labels(portfolio_id).set(backlog.unsettled)
    metrics.learner_lag_seconds.labels(portfolio_id).set(backlog.lag_seconds)
    metrics.learner_lag_decisions.labels(portfolio_id).set(backlog.due)
    open_head.labels(portfolio_id).set(backlog.open_head_seconds)


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
        metrics.drift.labels(portfolio_id).set(progress.sums.drift_count)
        metrics.clipped.labels(portfolio_id).set(progress.sums.clipped_count)
    marks = rewarder.feed_marks(portfolio_id)
    for feed in portfolio.learner.settle.required_feeds:
        through_us = marks.complete_through(feed)
        name = f"{feed.type.name}:{feed.custom_type}" if feed.custom_type else feed.type.name
        lag_seconds = float("inf") if through_us is None else max(0.0, (now_us - through_us) / 1e6)
        metrics.feed_lag_seconds.labels(portfolio_id, name).set(lag_seconds)


def _look(
    log: DecisionLog, portfolio_id: str, learner: LearnerSpec, after: int, limit_us: int
) -> list[tuple[Recorded[Choice], Settlement]]:
    """Returns where each of the next decisions stands for itself, whatever the line waits for."""
    terms = terms_of(log, portfolio_id, learner)
    decisions = log.read_choices(portfolio_id, after, MOST_LOOKED_AT)
    return [
        (decision, settle(history, terms, limit_us))
        for decision, history in zip(decisions, histories_of(log, decisions), strict=True)
    ]
