"""Logged decisions read from a log of the service, for evaluating other policies on them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from banditsvc.log_file import read_log_file
from banditsvc.log_time import log_span
from banditsvc.open_log import Log
from banditsvc.reports.joined_between import joined_between, merges_of
from banditsvc.store.sqlite_log import SqliteLog
from offline_eval.logged import (
    CatalogueOrder,
    JoinedReader,
    Logged,
    LogParts,
    ReadingSettings,
    joined_columns,
    whole_log,
)


def logged_of_log(
    path: str | Path,
    portfolio_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    settings: ReadingSettings | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> Logged:
    """Returns the decisions of a portfolio that can be evaluated, recorded at since <= time < until.

    Ids that were merged are one customer. The service may go on meanwhile.

    Args:
        path: Data directory of the service, or its log file, which is read only.
        portfolio_id: The portfolio.
        since: Log time, with a time zone; None means from the first decision.
        until: Log time, with a time zone; None means to the last.
        settings: How the log is read.
        progress: Told again and again how many decisions were read, and how many there are at most.

    Raises:
        NotFound: There is no such portfolio.
        StoreError: There is no log, or it cannot be read.
        ValueError: A time has no time zone.
        LogRefused: No decision can be evaluated, or too many are at fault.
    """
    settings = settings or ReadingSettings()
    span = log_span(since, until)
    with closing(read_log_file(path)) as log:
        return whole_log(log_parts_of(log, portfolio_id, *span, settings=settings, progress=progress))


def log_parts_of(
    log: SqliteLog,
    portfolio_id: str,
    since_us: int | None,
    until_us: int | None,
    *,
    settings: ReadingSettings,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> LogParts:
    """Returns the same part by part, of an open log, which stays open.

    Raises:
        NotFound: There is no such portfolio.
    """
    tables = Log(log)
    merges = merges_of(log, tables.organization_id(portfolio_id))
    reader = JoinedReader(
        catalogue=CatalogueOrder(tables.campaign_batches(portfolio_id)),
        reward_range=settings.reward_range or tables.reward_range(portfolio_id),
        labels=settings.labels,
        with_contexts=settings.with_contexts,
        pooled=settings.pooled,
        customer_of=merges.survivor,
        ids_are_unique=True,
    )
    columns = joined_columns(with_contexts=settings.with_contexts, pooled=settings.pooled, labels=settings.labels)
    batches = joined_between(log, portfolio_id, since_us, until_us, columns=columns, progress=progress)
    return LogParts(f"portfolio {portfolio_id}", reader.read(batches), reader.left_out)
