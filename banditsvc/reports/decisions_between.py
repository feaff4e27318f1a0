"""Decisions between two moments, found without reading the log from its beginning."""

from __future__ import annotations

from collections.abc import Iterator

from banditsvc.core.decision import Decision
from banditsvc.log_position import position_before
from banditsvc.ports import DecisionLog, Recorded

PAGE = 2_000
"""Decisions held in memory at a time."""


def decisions_between(
    log: DecisionLog, portfolio_id: str, since_us: int | None, until_us: int | None
) -> Iterator[list[Recorded[Decision]]]:
    """Yields the decisions recorded at since <= time < until, in log order, page by page.

    Args:
        log: The log.
        portfolio_id: The portfolio.
        since_us: Log time; None means from the first decision.
        until_us: Log time; None means to the last.
    """
    after = 0 if since_us is None else position_before(log, portfolio_id, since_us)
    while page := log.read_decisions(portfolio_id, after, PAGE):
        after = page[-1].position
        wanted = [one for one in page if until_us is None or one.record_time_us < until_us]
        if wanted:
            yield wanted
        if len(wanted) < len(page):
            return
