"""Part jobs: what a worker process needs to decide any part of a run, and how it does."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.arrow_alone import keep_pandas_out
from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.canonical_order import SpilledRows
from banditsvc.audience.columns_at_hand import ColumnsAtHand
from banditsvc.audience.counters import counters_path, write_counters
from banditsvc.audience.decide_rows import decide_rows
from banditsvc.audience.pairs import Pairs
from banditsvc.audience.part_rows import part_rows
from banditsvc.audience.part_table import part_table
from banditsvc.audience.standings import KnownCustomers
from banditsvc.audience.write_part import write_part
from banditsvc.core.campaign import Campaign
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.room import Room
from banditsvc.core.run_terms import RunTerms
from banditsvc.log_file import read_log_file
from banditsvc.serving.active_as_of import active_as_of, settings_as_of
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.store import SqliteRegistry
from banditsvc.store.part_index import RowCustomers, write_index
from banditsvc.structured_logs import configure_logs
from banditsvc.worker_processes import begin_worker

REGISTRY_FILE = "learner.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What a run decides by: the settings as of a position of the log, and a model."""

    data: Path
    portfolio_id: str
    position: int
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJob:
    """All that is the same for the parts of a run."""

    versions: Versions
    terms: RunTerms
    rows: SpilledRows
    candidate_ids: tuple[str, ...]
    """What candidate lists name by place."""
    known: KnownCustomers
    decided: NDArray[np.uint64]
    """Hashes, rising, of customers of whom nobody is decided again, beside those who were left out of the rows."""
    pairs: Pairs | None = None
    counters: Path | None = None
    """Where to keep what was on record of the customers of each part."""
    prices: PortfolioPrices | None = None
    """By which the run decides."""

    def customers(self, number: int, catalogue: Mapping[str, Campaign]) -> AudienceRows:
        """Returns the customers of a part who are decided for."""
        rows = part_rows(self.rows, number, self.candidate_ids, self.known.of_part, left_out=self.decided)
        return rows if self.pairs is None else self.pairs.added(rows, number, catalogue)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedPart:
    """One part, decided and written, with its index beside it."""

    number: int
    path: Path
    rows: int
    size_bytes: int
    contacts: Mapping[str, int]
    """Contacts that take capacity, by campaign_id."""


def write_job(job: RunJob, path: Path) -> None:
    """Puts a job where workers read it.

    Raises:
        OSError: It cannot be written.
    """
    path.write_bytes(pickle.dumps(job))


def begin_deciding() -> None:
    """Readies a worker process: it shares the processors with others, and its standard output is the command's answer."""
    begin_worker()
    configure_logs("warning")
    keep_pandas_out()
    pa.set_memory_pool(pa.system_memory_pool())
    pa.set_cpu_count(1)
    # What is loaded stays: looking whether it is garbage took as long as a tenth of the deciding.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def decide_part(job_path: Path, number: int, rooms: Sequence[Room], path: Path) -> DecidedPart:
    """Decides one part and writes it to a file.

    Raises:
        OSError: It cannot be written.
    """
    job = _job(job_path)
    active = _priced(job_path)
    rows = job.customers(number, active.catalogue)
    if job.counters is not None:
        write_counters(rows, counters_path(job.counters, number))
    decided = decide_rows(active, rows, job.terms, rooms)
    table = part_table(active, rows, job.terms, decided)
    write_part(path, table, job.terms, number)
    # The service would make it otherwise, one part after the other, from what it reads.
    customers = RowCustomers(rows.hashes(), rows.rows, rows.customer_ids)
    write_index(path, (job.terms.run_id, number), ColumnsAtHand(table), customers)
    return DecidedPart(
        number=number,
        path=path,
        rows=len(rows),
        size_bytes=path.stat().st_size,
        contacts=decided.contacts,
    )


@lru_cache(maxsize=1)
def active_of(versions: Versions) -> ActivePortfolio:
    """Returns what decides by some versions."""
    with (
        closing(read_log_file(versions.data)) as log,
        closing(SqliteRegistry(versions.data / REGISTRY_FILE, read_only=True)) as registry,
    ):
        settings = settings_as_of(log, versions.position)
        return active_as_of(settings, registry, versions.portfolio_id, versions.model_version)


@lru_cache(maxsize=1)
def _priced(path: Path) -> ActivePortfolio:
    job = _job(path)
    return replace(active_of(job.versions), prices=job.prices)


@lru_cache(maxsize=1)
def _job(path: Path) -> RunJob:
    # Written by the run itself, into a directory of its own.
    job: RunJob = pickle.loads(path.read_bytes())  # noqa: S301
    return job
