"""Ranks an audience: the run of a command, and of a program that has record batches."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from banditsvc.audience.check_terms import check_terms
from banditsvc.audience.new_terms import new_terms
from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.audience.read_audience import Audience, Progress, Remark
from banditsvc.audience.run import AudienceRun, RunResult
from banditsvc.audience.run_directory import RunDirectory
from banditsvc.audience.run_prices import LimitsUnmet
from banditsvc.audience.service_run import ServiceRun, begin_run, is_in_log, reading_position, release_run
from banditsvc.audience.source.batch_sources import GivenBatches
from banditsvc.client import Client
from banditsvc.core.run_terms import RunTerms
from banditsvc.import_files import Columns
from banditsvc.usage_error import UsageError

_NO_COLUMNS: Mapping[str, str] = {}


def rank_audience(
    batches: pa.RecordBatchReader,
    *,
    client: Client,
    data: str | Path,
    portfolio_id: str,
    run_id: str = "",
    occasion: str = "",
    send_time: datetime | None = None,
    channel: str = "",
    placement: str = "",
    excluded: Sequence[str] = (),
    defer_activation: bool = False,
    columns: Mapping[str, str] = _NO_COLUMNS,
    constants: Mapping[str, str] = _NO_COLUMNS,
    separators: Mapping[str, str] = _NO_COLUMNS,
    pairs: pa.RecordBatchReader | None = None,
    on_bad_row: str = OnBadRow.STOP,
    rejects: str | Path = "rejects.csv",
    workers: int = 0,
) -> RunResult:
    """Decides for every customer of an audience and logs the decisions; called again with the same run_id it goes on.

    A program that calls this does so below `if __name__ == "__main__":`, as it begins processes.

    Args:
        batches: Customers; read once.
        client: Of the service.
        data: Data directory of the service.
        portfolio_id: The portfolio.
        run_id: Names the run; by default a name is made.
        occasion: The moment that the decisions are for.
        send_time: When the campaigns go out, with a time zone; by default when the run begins.
        channel: Channel; campaigns of another one drop out.
        placement: Placement; campaigns for others drop out.
        excluded: Ids of campaigns that nobody gets.
        defer_activation: Whether contacts count only once they are activated.
        columns: Column by field, where they differ.
        constants: Value by field, for all rows.
        separators: What parts the texts of a cell that holds several, by field, where it is no list.
        pairs: Pairs of customer_id and campaign_id, which are the candidates, with features.NAME of the pair.
        on_bad_row: "stop" or "reject".
        rejects: Where rows go that cannot be used.
        workers: Processes that decide; by default one a processor.

    Raises:
        UsageError: The audience cannot be read or used, is another than before, or a worker was lost.
        BanditsvcError: The service refuses the run or a part.
        OSError: The disk is full.
    """
    audience = Audience(
        source=GivenBatches(batches),
        rejects=Path(rejects),
        columns=Columns(columns=columns, constants=constants, separators=separators),
        pairs=None if pairs is None else GivenBatches(pairs, "the pairs"),
        on_bad_row=OnBadRow(on_bad_row),
    )
    terms = new_terms(
        portfolio_id,
        run_id=run_id,
        occasion=occasion,
        send_time=send_time,
        channel=channel,
        placement=placement,
        excluded=excluded,
        defer_activation=defer_activation,
    )
    check_terms(Path(data), terms)
    return run_under_lease(client, audience, terms, Path(data), workers=workers)[0]


def run_under_lease(
    client: Client,
    audience: Audience,
    terms: RunTerms,
    data: Path,
    *,
    workers: int = 0,
    progress: Progress = lambda *_: None,
    remark: Remark = lambda _: None,
) -> tuple[RunResult, ServiceRun]:
    """Decides an audience into the log; returns what came of it, and the run, which has ended then.

    Raises what rank_audience does.
    """
    asked: list[RunTerms] = []
    begun: list[ServiceRun] = []

    def begin() -> ServiceRun:
        # The service may have begun it though its answer was not awaited.
        asked.append(terms)
        begun.append(begin_checked(client, terms, data))
        remark(f"run {terms.run_id}: should it break off, the same command with --run-id {terms.run_id} goes on")
        return begun[-1]

    run = AudienceRun(
        audience=audience,
        portfolio_id=terms.portfolio_id,
        occasion=terms.occasion,
        data=data,
        reading_position=reading_position(data, terms),
        begin=begin,
        directory=run_directory(data, terms.run_id),
        workers=workers or os.cpu_count() or 1,
        progress=progress,
        remark=remark,
    )
    try:
        result = run.run()
    except LimitsUnmet as error:
        begun[-1].end()
        raise LimitsUnmet(
            f"{error}\nThe run has ended without a decision: change the limits, and begin one of another --run-id"
        ) from None
    except BaseException:
        # Whatever it was, an interrupt too: by now the run's temporary files are gone, so that a full disk has room again.
        if asked:
            release_run(client, terms)
        raise
    begun[-1].end()
    return result, begun[-1]


def run_directory(data: Path, run_id: str) -> RunDirectory:
    """Returns where the log has the parts of a run."""
    return RunDirectory(data / "audience" / run_id)


def begin_checked(client: Client, terms: RunTerms, data: Path) -> ServiceRun:
    """Begins a run, and checks that the data directory is that of the service before anything is decided by it.

    Raises:
        UsageError: It is not, or the run has ended.
        BanditsvcError: The service refuses the run.
    """
    service = begin_run(client, terms)
    if not is_in_log(data, service.begun):
        # It may be half done: with the right directory it goes on.
        release_run(client, terms)
        raise UsageError(
            f"{data} is not the data directory of the service: its log does not have the run that it has begun; name it with --data"
        )
    return service
