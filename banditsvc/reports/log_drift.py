"""The drift report over a log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from banditsvc.log_file import read_log_file
from banditsvc.log_time import log_span
from banditsvc.reports.log_choices import choices_of
from banditsvc.reports.log_settings import settings_of
from offline_eval.drift import DriftReport, DriftSettings, drift_report


def drift_of_log(
    path: str | Path,
    portfolio_id: str,
    *,
    settings: DriftSettings | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> DriftReport:
    """Returns what changed over the decisions logged at since <= time < until; the service may go on meanwhile.

    Days are those of the portfolio's time zone.

    Args:
        path: Data directory of the service, or its log file; read only.
        portfolio_id: The portfolio.
        settings: How changes are looked for.
        since: With a time zone; None means from the first decision.
        until: With a time zone; None means to the last.
        progress: Told again and again how many decisions were read, and how many there are at most.

    Raises:
        NotFound: There is no such portfolio.
        StoreError: There is no log, or it cannot be read.
        ValueError: A time has no time zone.
    """
    span = log_span(since, until)
    with closing(read_log_file(path)) as log:
        choices = choices_of(log, portfolio_id, *span, progress=progress)
        stored = settings_of(log)
        portfolio = stored.state(portfolio_id).portfolio.value
        organization = stored.organization(portfolio.organization_id).value
    return drift_report(choices, settings or DriftSettings(), portfolio.time_zone or organization.time_zone)
