"""The log as Parquet files, for tools that read nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

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
from banditsvc.log_time import EPOCH
from banditsvc.open_log import Log
from banditsvc.whole_file import whole_file

Progress = Callable[[str, int], None]
"""Called with a file's name and the rows written to it so far."""


def write_parquet(
    log: Log, portfolio_id: str, directory: str | Path, progress: Progress | None = None
) -> dict[str, int]:
    """Writes the decisions, outcomes, activations, campaigns, enrollments, exclusions and the joined table of a portfolio,
    and the consents and merges of its organization, each to a file of that name, such as decisions.parquet.

    All end at the same commit. A file appears whole or not at all: an older one of its name stays until then.

    Returns:
        The number of rows of each file.

    Raises:
        NotFound: The portfolio does not exist; nothing was written.
        OSError: A file cannot be written.
    """
    mark = log.watermark()
    joined = log.joined_batches(portfolio_id, EPOCH + timedelta(microseconds=mark.time_us))
    organization_id = log.organization_id(portfolio_id)
    least, greatest = log.reward_range(portfolio_id)
    told = {**JOINED.metadata, "least_reward": repr(least), "greatest_reward": repr(greatest)}
    tables: dict[str, tuple[pa.Schema, Iterable[pa.RecordBatch]]] = {
        "decisions.parquet": (DECISIONS, log.decision_batches(portfolio_id, through=mark)),
        "outcomes.parquet": (OUTCOMES, log.outcome_batches(portfolio_id, through=mark)),
        "activations.parquet": (ACTIVATIONS, log.activation_batches(portfolio_id, through=mark)),
        "campaigns.parquet": (CAMPAIGNS, log.campaign_batches(portfolio_id, through=mark)),
        "enrollments.parquet": (ENROLLMENTS, log.enrollment_batches(portfolio_id, through=mark)),
        "exclusions.parquet": (EXCLUSIONS, log.exclusion_batches(portfolio_id, through=mark)),
        "consents.parquet": (CONSENTS, log.consent_batches(organization_id, through=mark)),
        "merges.parquet": (MERGES, log.merge_batches(organization_id, through=mark)),
        # Whoever evaluates rewards needs to know between what they lie, and the columns do not tell it.
        "joined.parquet": (JOINED.with_metadata(told), joined),
    }
    Path(directory).mkdir(parents=True, exist_ok=True)
    return {
        name: _write(Path(directory) / name, schema, batches, progress) for name, (schema, batches) in tables.items()
    }


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], progress: Progress | None) -> int:
    rows = 0
    with whole_file(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            # One row group a batch, so that reading needs no more memory than writing.
            writer.write_batch(batch)
            rows += batch.num_rows
            if progress is not None:
                progress(path.name, rows)
    return rows
