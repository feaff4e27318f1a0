"""Choices read from a log, for everything that evaluates decisions by their probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pyarrow as pa

from banditsvc.core.merges import Merges
from banditsvc.log_time import EPOCH
from banditsvc.open_log import Log
from banditsvc.ports import CampaignVersion, DecisionLog
from banditsvc.store.sqlite_log import SqliteLog
from offline_eval.choices import COLUMNS, Choices, read_choices


def choices_of(
    log: SqliteLog,
    portfolio_id: str,
    since_us: int | None,
    until_us: int | None,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> Choices:
    """Returns the decisions recorded at since <= time < until, with what is known now of them and their rewards.

    Ids that were merged are one customer, and campaigns have the families that the catalogue gives them now.

    Args:
        log: The log; left open.
        portfolio_id: The portfolio.
        since_us: Log time; None means from the first decision.
        until_us: Log time; None means to the last.
        progress: Told again and again how many decisions were read, and how many there are at most.

    Raises:
        NotFound: There is no such portfolio.
    """
    tables = Log(log)
    merges = _merges(log, tables.organization_id(portfolio_id))
    since = None if since_us is None else EPOCH + timedelta(microseconds=since_us)
    total, done = log.count_decisions(portfolio_id, 0), 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(done, max(done, total))

    batches = _until(tables.joined_batches(portfolio_id, since=since, columns=COLUMNS), until_us)
    choices = read_choices(batches, _families(log, portfolio_id), customer_of=merges.survivor, on_read=tell)
    return choices.between(since_us, until_us)


def _until(batches: Iterator[pa.RecordBatch], until_us: int | None) -> Iterator[pa.RecordBatch]:
    """Yields batches up to the first that begins at a time or after it."""
    for batch in batches:
        if until_us is not None and batch["record_time"].cast(pa.int64())[0].as_py() >= until_us:
            return
        yield batch


def _merges(log: DecisionLog, organization_id: str) -> Merges:
    return Merges((one.record_time_us, one.value) for one in log.read_merges(organization_id, 0))


def _families(log: DecisionLog, portfolio_id: str) -> dict[str, str]:
    """Returns the family now of each campaign of the catalogue."""
    families: dict[str, str] = {}
    for recorded in log.read_resources(0):
        match recorded.value:
            case CampaignVersion(portfolio_id=owner, campaign=campaign) if owner == portfolio_id:
                families[campaign.campaign_id] = campaign.family
    return families
