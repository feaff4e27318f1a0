"""The log for researchers: Arrow and pandas tables, read while the service runs or when it does not.

    with open_log("data") as log:
        joined = log.joined("shop").to_pandas()

Columns and their meaning: banditsvc.log_schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import pyarrow as pa

from banditsvc.core.errors import NotFound
from banditsvc.core.portfolio import LearnerSpec, Portfolio
from banditsvc.joined_rows import joined_rows
from banditsvc.log_exclusion_rows import exclusion_rows
from banditsvc.log_file import read_log_file
from banditsvc.log_position import position_before
from banditsvc.log_rows import (
    activation_row,
    campaign_row,
    consent_row,
    decision_row,
    enrollment_row,
    merge_row,
    outcome_row,
)
from banditsvc.log_schema import (
    ACTIVATIONS,
    CAMPAIGNS,
    CONSENTS,
    DECISIONS,
    ENROLLMENTS,
    EXCLUSIONS,
    JOINED,
    MERGES,
    OUTCOMES,
)
from banditsvc.log_stretches import stretches
from banditsvc.log_time import log_time
from banditsvc.part_batches import decision_batch, joined_batch
from banditsvc.ports import CampaignVersion, Recorded, Watermark
from banditsvc.row_batch import row_batch
from banditsvc.settings_history import SettingsHistory
from banditsvc.store.part_span import PartSpan
from banditsvc.store.sqlite_log import SqliteLog

BATCH_ROWS = 5_000
"""Rows of a record batch, and so of what is held in memory at a time."""

T = TypeVar("T")


def open_log(path: str | Path) -> Log:
    """Returns the log of a data directory, or of a log file, for reading only.

    Raises:
        StoreMissing: There is no log.
        StoreMismatch: The file is no log, or was written by another version of the software.
    """
    return Log(read_log_file(path))


class Log:
    """The tables of a log. Each ends at the last commit before it was asked for.

    Every table comes whole as a pyarrow.Table, or in record batches, which need memory for one batch only.
    """

    def __init__(self, log: SqliteLog) -> None:
        """Takes over an open log; close closes it."""
        self._log = log

    def portfolio_ids(self) -> list[str]:
        """Returns the ids of all portfolios, in order."""
        found = {recorded.value.portfolio_id for recorded in self._portfolios()}
        return sorted(found)

    def organization_id(self, portfolio_id: str) -> str:
        """Returns the organization that a portfolio belongs to.

        Raises:
            NotFound: There is no such portfolio.
        """
        found = [one.value.organization_id for one in self._portfolios() if one.value.portfolio_id == portfolio_id]
        if not found:
            raise NotFound("portfolio", portfolio_id)
        return found[-1]

    def reward_range(self, portfolio_id: str) -> tuple[float, float]:
        """Returns the least and the greatest reward by the portfolio's settings now.

        Raises:
            NotFound: There is no such portfolio.
        """
        reward = self._learner(portfolio_id, self._log.watermark().time_us).reward
        return reward.least, reward.greatest

    def watermark(self) -> Watermark:
        """Returns how far the log is complete now."""
        return self._log.watermark()

    def decisions(self, portfolio_id: str) -> pa.Table:
        """Returns all decisions; columns log_schema.DECISIONS."""
        return pa.Table.from_batches(self.decision_batches(portfolio_id), DECISIONS)

    def outcomes(self, portfolio_id: str) -> pa.Table:
        """Returns all revisions of all outcomes; columns log_schema.OUTCOMES."""
        return pa.Table.from_batches(self.outcome_batches(portfolio_id), OUTCOMES)

    def activations(self, portfolio_id: str) -> pa.Table:
        """Returns all activations; columns log_schema.ACTIVATIONS."""
        return pa.Table.from_batches(self.activation_batches(portfolio_id), ACTIVATIONS)

    def campaigns(self, portfolio_id: str) -> pa.Table:
        """Returns the catalogue in all versions; columns log_schema.CAMPAIGNS."""
        return pa.Table.from_batches(self.campaign_batches(portfolio_id), CAMPAIGNS)

    def consents(self, organization_id: str) -> pa.Table:
        """Returns all that the customers of an organization said of consent; columns log_schema.CONSENTS."""
        return pa.Table.from_batches(self.consent_batches(organization_id), CONSENTS)

    def merges(self, organization_id: str) -> pa.Table:
        """Returns all merges of customer ids of an organization; columns log_schema.MERGES."""
        return pa.Table.from_batches(self.merge_batches(organization_id), MERGES)

    def enrollments(self, portfolio_id: str) -> pa.Table:
        """Returns all enrollments in a portfolio but those by Rank; columns log_schema.ENROLLMENTS."""
        return pa.Table.from_batches(self.enrollment_batches(portfolio_id), ENROLLMENTS)

    def exclusions(self, portfolio_id: str) -> pa.Table:
        """Returns all exclusions of a portfolio and their ends; columns log_schema.EXCLUSIONS."""
        return pa.Table.from_batches(self.exclusion_batches(portfolio_id), EXCLUSIONS)

    def joined(
        self, portfolio_id: str, as_of: datetime | None = None, *, learner: LearnerSpec | None = None
    ) -> pa.Table:
        """Returns all decisions with their rewards; columns log_schema.JOINED. See joined_batches."""
        return pa.Table.from_batches(self.joined_batches(portfolio_id, as_of, learner=learner), JOINED)

    def decision_batches(self, portfolio_id: str, *, through: Watermark | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the decisions up to a watermark, by default the present one."""
        end = through or self._log.watermark()
        return (
            decision_batch(stretch, DECISIONS)
            if isinstance(stretch, PartSpan)
            else row_batch(map(decision_row, stretch), DECISIONS)
            for stretch in stretches(self._log, portfolio_id, end, 0, BATCH_ROWS)
        )

    def outcome_batches(self, portfolio_id: str, *, through: Watermark | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the outcomes up to a watermark, by default the present one."""
        pages = self._pages(self._log.read_outcomes, portfolio_id, through)
        return (row_batch(map(outcome_row, page), OUTCOMES) for page in pages)

    def activation_batches(self, portfolio_id: str, *, through: Watermark | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the activations up to a watermark, by default the present one."""
        pages = self._pages(self._log.read_activations, portfolio_id, through)
        return (row_batch(map(activation_row, page), ACTIVATIONS) for page in pages)

    def campaign_batches(self, portfolio_id: str, *, through: Watermark | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the versions of the campaigns up to a watermark, by default the present one."""
        pages = self._pages(self._read_campaigns, portfolio_id, through)
        return (row_batch(map(campaign_row, page), CAMPAIGNS) for page in pages)

    def consent_batches(self, organization_id: str, *, through: Watermark | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the consents of an organization up to a watermark, by default the present one."""
        pages = self._pages(self._log.read_consents, organization_id, through)
        return (row_batch(map(consent_row, page), CONSENTS) for page in pages)

    def merge_batches(self, organization_id: str, *, through: Watermark | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the merges of an organization up to a watermark, by default the present one."""
        end = (through or self._log.watermark()).position
        merges = [one for one in self._log.read_merges(organization_id, 0) if one.position <= end]
        pages = (merges[start : start + BATCH_ROWS] for start in range(0, len(merges), BATCH_ROWS))
        return (row_batch(map(merge_row, page), MERGES) for page in pages)

    def enrollment_batches(self, portfolio_id: str, *, through: Watermark | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the enrollments in a portfolio up to a watermark, by default the present one."""
        pages = self._pages(self._log.read_enrollments, portfolio_id, through)
        return (row_batch(map(enrollment_row, page), ENROLLMENTS) for page in pages)

    def exclusion_batches(self, portfolio_id: str, *, through: Watermark | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the exclusions of a portfolio up to a watermark, by default the present one, in one batch."""
        end = (through or self._log.watermark()).position
        found = [one for one in self._log.read_exclusions(portfolio_id) if one.position <= end]
        return iter([row_batch(exclusion_rows(found), EXCLUSIONS)])

    def joined_batches(
        self,
        portfolio_id: str,
        as_of: datetime | None = None,
        *,
        learner: LearnerSpec | None = None,
        since: datetime | None = None,
        columns: Sequence[str] = tuple(JOINED.names),
    ) -> Iterator[pa.RecordBatch]:
        """Yields the decisions recorded by as_of, with what was known of them by then.

        Args:
            portfolio_id: The portfolio.
            as_of: Log time, with a time zone; by default, and at most, the last commit.
            learner: What rewards are made by; by default the portfolio's settings at as_of.
            since: Log time, with a time zone, from which on decisions are wanted; by default all are.
            columns: Those that are wanted; by default all of log_schema.JOINED. Fewer are read faster.

        Raises:
            ValueError: as_of or since has no time zone.
            NotFound: The portfolio does not exist at as_of, and no learner is given.
        """
        mark = self._mark_as_of(as_of)
        rewarded_by = learner or self._learner(portfolio_id, mark.time_us)
        settings = SettingsHistory(self._log.read_resources(0), portfolio_id)
        after = 0 if since is None else position_before(self._log, portfolio_id, log_time("since", since))
        schema = pa.schema([JOINED.field(name) for name in columns], JOINED.metadata)
        return (
            joined_batch(self._log, rewarded_by, stretch, mark.time_us, settings, schema=schema)
            if isinstance(stretch, PartSpan)
            else row_batch(joined_rows(self._log, rewarded_by, stretch, mark.time_us, settings), schema)
            for stretch in stretches(self._log, portfolio_id, mark, after, BATCH_ROWS)
        )

    def close(self) -> None:
        """Closes the log; closing twice does nothing."""
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _mark_as_of(self, as_of: datetime | None) -> Watermark:
        mark = self._log.watermark()
        if as_of is None:
            return mark
        return Watermark(mark.position, min(log_time("as_of", as_of), mark.time_us))

    def _learner(self, portfolio_id: str, as_of_us: int) -> LearnerSpec:
        versions = [
            recorded.value.learner
            for recorded in self._portfolios()
            if recorded.value.portfolio_id == portfolio_id and recorded.record_time_us <= as_of_us
        ]
        if not versions:
            raise NotFound("portfolio", portfolio_id)
        return versions[-1]

    def _portfolios(self) -> list[Recorded[Portfolio]]:
        return [
            Recorded(recorded.position, recorded.record_time_us, recorded.value)
            for recorded in self._log.read_resources(0)
            if isinstance(recorded.value, Portfolio)
        ]

    def _read_campaigns(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[CampaignVersion]]:
        versions = [
            Recorded(recorded.position, recorded.record_time_us, recorded.value)
            for recorded in self._log.read_resources(after)
            if isinstance(recorded.value, CampaignVersion) and recorded.value.portfolio_id == portfolio_id
        ]
        return versions[:limit]

    def _pages(
        self, read: Callable[[str, int, int], list[Recorded[T]]], owner_id: str, through: Watermark | None
    ) -> Iterator[list[Recorded[T]]]:
        end = through or self._log.watermark()
        after = 0
        while after < end.position:
            page = read(owner_id, after, BATCH_ROWS)
            wanted = [one for one in page if one.position <= end.position and one.record_time_us <= end.time_us]
            if wanted:
                yield wanted
            if len(wanted) < BATCH_ROWS:
                return
            after = wanted[-1].position
