"""Log stretches: a portfolio's decisions in log order, rows of audiences' parts as the spans that they stand in."""

from __future__ import annotations

from collections.abc import Iterator

from banditsvc.core.decision import Decision
from banditsvc.ports import Recorded, Watermark
from banditsvc.store.part_span import PartSpan
from banditsvc.store.records_in_order import FOR_EVER
from banditsvc.store.sqlite_log import SqliteLog

Stretch = list[Recorded[Decision]] | PartSpan


def stretches(log: SqliteLog, portfolio_id: str, end: Watermark, after: int, limit: int) -> Iterator[Stretch]:
    """Yields the decisions after a position up to a watermark, at most limit at a time, none of them empty."""
    while after < end.position:
        # Every part up to the end is known at this time: who has a watermark has it from an earlier look at the log.
        rows = log.parts.next_rows(portfolio_id, after)
        before = FOR_EVER if rows is None else rows.position
        page = log.read_records(portfolio_id, after, before, limit) if after + 1 < before else []
        wanted = [one for one in page if one.position <= end.position and one.record_time_us <= end.time_us]
        if wanted:
            yield wanted
        if len(wanted) == limit:
            after = wanted[-1].position
            continue
        if len(wanted) < len(page) or rows is None or rows.part.record_time_us > end.time_us:
            return
        count = min(len(rows), end.position - rows.position + 1)
        yield from (rows.slice(start, min(start + limit, count)) for start in range(0, count, limit))
        after = rows.position + len(rows) - 1
