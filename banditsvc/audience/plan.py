"""Plans: a whole run that enters nothing in the log, with what it is about to send."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from banditsvc.audience.begun_run import BegunRun
from banditsvc.audience.part_job import DecidedPart, Versions, active_of
from banditsvc.audience.plan_manifest import MANIFEST, PlanManifest, PlannedPart, digests_of, settings_of
from banditsvc.audience.plan_tally import PlanTally, tally_part
from banditsvc.audience.run_directory import RunDirectory
from banditsvc.core.audience_run import AudienceRunState
from banditsvc.core.model import UNTRAINED
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.run_terms import RunTerms
from banditsvc.log_file import read_log_file
from banditsvc.serving.active_as_of import settings_as_of
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.store import SqliteRegistry
from banditsvc.usage_error import UsageError
from banditsvc.whole_file import whole_file

_BEGUN = "begun.json"


class PlanThere(UsageError):
    """A directory has a plan already, or parts of another one."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run that enters nothing in the log: a RunService."""

    begun: BegunRun

    def commit(self, part: DecidedPart) -> None:
        """Enters nothing."""

    def put_prices(self, prices: PortfolioPrices, active: ActivePortfolio) -> None:
        """Puts nothing to work."""

    def renewed(self) -> AbstractContextManager[None]:
        """Holds no lease."""
        return nullcontext()


def begin_plan(directory: RunDirectory, data: Path, registry_path: Path, terms: RunTerms) -> BegunRun:
    """Returns what a plan is held to: the settings, counters and model of now, or of when it was begun first.

    A plan is for its time of sending, whenever it is committed: that of the terms, which without one is now.

    Raises:
        PlanThere: The directory has a finished plan, or one of other terms that is not finished.
        NotFound: There is no such portfolio.
        OSError: It cannot be written.
    """
    path = directory.path / _BEGUN
    if (directory.path / MANIFEST).exists():
        raise PlanThere(f"{directory.path} has a plan already: send it with --commit, or name another directory")
    if path.exists():
        noted = json.loads(path.read_text("utf-8"))
        begun = BegunRun(
            **{**noted, "terms": RunTerms(**{**noted["terms"], "excluded": tuple(noted["terms"]["excluded"])})}
        )
        if not _is_same(begun.terms, terms):
            raise PlanThere(
                f"{directory.path} has the beginning of another plan: repeat its options, or name another directory"
            )
        return begun
    with closing(read_log_file(data)) as log:
        position = log.watermark().position
        state = settings_as_of(log, position).state(terms.portfolio_id)
        with closing(SqliteRegistry(registry_path, read_only=True)) as registry:
            progress = registry.progress(terms.portfolio_id)
    learned = progress.model_version if progress is not None else UNTRAINED
    begun = BegunRun(
        terms=replace(terms, has_send_time=True),
        position=position,
        counters_position=position,
        model_version=state.pinned_model_version or learned or UNTRAINED,
    )
    directory.path.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(json.dumps(asdict(begun)).encode())
    return begun


def finish_plan(directory: RunDirectory, begun: BegunRun, versions: Versions, parts: int) -> PlanManifest:
    """Writes and returns the manifest of a plan whose parts are all there.

    Raises:
        OSError: It cannot be written.
    """
    planned = [directory.kept(number) for number in range(parts)]
    manifest = PlanManifest(
        terms=begun.terms,
        position=begun.position,
        model_version=begun.model_version,
        settings=settings_of(active_of(versions)),
        parts=tuple([PlannedPart(rows=part.rows, contacts=dict(part.contacts)) for part in planned]),
        files=digests_of(directory.path),
    )
    manifest.write(directory.path)
    return manifest


def tally(paths: Iterable[Path], workers: Executor) -> PlanTally:
    """Returns the sums over the decisions of some parts.

    Raises:
        OSError: A part cannot be read.
    """
    total = PlanTally()
    for one in workers.map(tally_part, paths):
        total.add(one)
    return total


def last_run_parts(data: Path, portfolio_id: str, but_run_id: str) -> tuple[str, list[Path]]:
    """Returns the last run of a portfolio that has ended with parts, and these; an empty id where there is none."""
    with closing(read_log_file(data)) as log:
        runs = settings_as_of(log, log.watermark().position).state(portfolio_id).audience_runs
    for run_id, records in reversed(runs.items()):
        if run_id != but_run_id and records[-1].value.state is AudienceRunState.ENDED:
            last = RunDirectory(data / "audience" / run_id)
            parts = [last.part_path(number) for number in range(last.kept_parts())]
            if parts:
                return run_id, parts
    return "", []


def _is_same(begun: RunTerms, asked: RunTerms) -> bool:
    """Returns whether a plan is asked for again; times that are left to the plan are those of its beginning."""
    if not asked.has_send_time:
        asked = replace(asked, send_time_us=begun.send_time_us, has_send_time=True)
    return begun == replace(asked, now_us=begun.now_us, run_id=asked.run_id or begun.run_id)
