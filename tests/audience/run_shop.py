"""A shop on disk whose audiences are decided, for tests."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from banditsvc.audience.begun_run import BegunRun
from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.audience.part_job import DecidedPart
from banditsvc.audience.plan import PlannedRun
from banditsvc.audience.read_audience import Audience
from banditsvc.audience.run import AudienceRun, RunResult
from banditsvc.audience.run_directory import RunDirectory
from banditsvc.audience.source.batch_sources import open_source
from banditsvc.core.contact_policy import Capacity
from banditsvc.core.model import UNTRAINED
from banditsvc.core.run_terms import RunTerms
from banditsvc.store import SqliteLog, SqliteRegistry
from tests.serving.shop import START_US, Shop
from tests.serving.stories import organization

TERMS = RunTerms(run_id="night", portfolio_id="shop", send_time_us=START_US, now_us=START_US, has_send_time=True)


@dataclass(frozen=True, slots=True)
class Committed(PlannedRun):
    """A run whose parts are noted as they would be entered in the log, until it is to fail."""

    numbers: list[int] = field(default_factory=list)
    fail_at: int = -1
    kill_at: int = -1
    """Part after which a worker is killed."""

    def commit(self, part: DecidedPart) -> None:
        if part.number == self.fail_at:
            raise OSError(28, "No space left on device")
        if part.number == self.kill_at:
            multiprocessing.active_children()[0].kill()
        self.numbers.append(part.number)


def make_shop(data: Path, *, capacities: Sequence[Capacity] = ()) -> int:
    """Makes a data directory with a shop of three campaigns, and returns the position of its log."""

    async def made() -> int:
        with closing(SqliteLog(data / "log.db")) as log:
            shop = await Shop(log=log).open()
            if capacities:
                await shop.resources.update_organization(organization(capacities=tuple(capacities)))
            position = log.watermark().position
            await shop.committer.close()
            return position

    data.mkdir()
    SqliteRegistry(data / "learner.db").close()
    return asyncio.run(made())


def write_customers(path: Path, rows: int, order: Sequence[int] | None = None) -> Path:
    """Writes customers of whom this and that is known, in some order."""
    numbers = np.arange(rows)
    table = pa.table(
        {
            "customer_id": [f"c{number}" for number in numbers],
            "recency_days": (numbers % 90).astype(np.float64),
            "segment": [("gold", "silver", None)[number % 3] for number in numbers],
            "features.age": (20 + numbers % 50).astype(np.float64),
        }
    )
    pq.write_table(table if order is None else table.take(pa.array(order)), path)
    return path


def run_audience(
    source: Path,
    data: Path,
    directory: Path,
    position: int,
    *,
    workers: int = 1,
    fail_at: int = -1,
    kill_at: int = -1,
    model_version: str = UNTRAINED,
    counters_position: int | None = None,
    committed_parts: int = 0,
    pairs: Path | None = None,
) -> tuple[RunResult, list[int]]:
    """Decides an audience, and returns what came of it and the parts that were entered."""
    begun = BegunRun(
        terms=TERMS,
        position=position,
        counters_position=position if counters_position is None else counters_position,
        model_version=model_version,
        committed_parts=committed_parts,
    )
    service = Committed(begun, fail_at=fail_at, kill_at=kill_at)
    result = AudienceRun(
        audience=Audience(
            source=open_source(source),
            rejects=directory.with_name("rejects.csv"),
            on_bad_row=OnBadRow.REJECT,
            pairs=None if pairs is None else open_source(pairs),
        ),
        portfolio_id="shop",
        occasion="",
        data=data,
        reading_position=position,
        begin=lambda: service,
        directory=RunDirectory(directory),
        workers=workers,
    ).run()
    return result, service.numbers


def parts_of(directory: Path) -> dict[str, bytes]:
    """Returns the content of each part."""
    return {path.name: path.read_bytes() for path in sorted(directory.glob("part-*.parquet"))}
