"""The funnel report over a log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from banditsvc.core.decision import DecidedBy
from banditsvc.core.errors import NotFound
from banditsvc.core.portfolio import Portfolio
from banditsvc.log_file import read_log_file
from banditsvc.ports import CampaignVersion, DecisionLog
from banditsvc.reports.decision_outline import outline_of_decision
from banditsvc.reports.decisions_between import decisions_between
from banditsvc.reports.funnel_report import FunnelReport
from banditsvc.reports.funnel_tally import FunnelTally

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def funnel_of_log(
    path: str | Path,
    portfolio_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> FunnelReport:
    """Returns the report on the decisions logged at since <= time < until; the service may go on meanwhile.

    Args:
        path: Data directory of the service, or its log file; read only.
        portfolio_id: The portfolio.
        since: With a time zone; None means from the first decision.
        until: With a time zone; None means to the last.
        progress: Told again and again how many decisions were read, and how many there are.

    Raises:
        NotFound: There is no such portfolio.
        StoreError: There is no log, or it cannot be read.
        ValueError: A time has no time zone.
    """
    with closing(read_log_file(path)) as log:
        return funnel_of(log, portfolio_id, (_log_time(since), _log_time(until)), progress)


def funnel_of(
    log: DecisionLog, portfolio_id: str, span: tuple[int | None, int | None], progress: Callable[[int, int], None]
) -> FunnelReport:
    """Returns the same of an open log, between two log times; None is no end.

    Raises:
        NotFound: There is no such portfolio.
    """
    states = _catalogue(log, portfolio_id)
    tally = FunnelTally(portfolio_id)
    total, done = log.count_decisions(portfolio_id, 0), 0
    for page in decisions_between(log, portfolio_id, *span):
        for recorded in page:
            # History did not go through the funnel.
            if not recorded.value.input.is_test and recorded.value.decided_by is not DecidedBy.HISTORICAL:
                tally.add(outline_of_decision(recorded.value))
        done += len(page)
        progress(done, max(done, total))
    return tally.report().with_catalogue(states)


def _catalogue(log: DecisionLog, portfolio_id: str) -> dict[str, str]:
    """Returns the state now of each campaign.

    Raises:
        NotFound: There is no such portfolio.
    """
    is_known = False
    states: dict[str, str] = {}
    for recorded in log.read_resources(0):
        match recorded.value:
            case Portfolio(portfolio_id=known) if known == portfolio_id:
                is_known = True
            case CampaignVersion(portfolio_id=owner, campaign=campaign) if owner == portfolio_id:
                states[campaign.campaign_id] = campaign.state.name
    if not is_known:
        raise NotFound("portfolio", portfolio_id)
    return states


def _log_time(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a time needs a time zone, such as datetime.UTC")
    return (moment - _EPOCH) // timedelta(microseconds=1)
