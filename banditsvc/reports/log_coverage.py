"""The coverage report over a log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from banditsvc.log_file import read_log_file
from banditsvc.log_time import log_span
from banditsvc.reports.log_choices import choices_of
from offline_eval.coverage import CoverageReport, CoverageSettings, coverage_report


def coverage_of_log(
    path: str | Path,
    portfolio_id: str,
    *,
    settings: CoverageSettings | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> CoverageReport:
    """Returns the coverage of the decisions logged at since <= time < until; the service may go on meanwhile.

    Args:
        path: Data directory of the service, or its log file; read only.
        portfolio_id: The portfolio.
        settings: How coverage is judged; by default by segment, with anytime intervals of 95 %.
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
    return coverage_report(choices, settings or CoverageSettings())
