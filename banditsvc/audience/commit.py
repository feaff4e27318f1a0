"""Commits of plans: exactly what was planned, or nothing where something has changed since."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from banditsvc.audience.begun_run import RunService
from banditsvc.audience.counters import changed_customers, counters_path
from banditsvc.audience.limit_use import LimitUse, limit_uses
from banditsvc.audience.occasion import decided_on, is_among
from banditsvc.audience.part_job import DecidedPart, Versions, active_of
from banditsvc.audience.plan_manifest import NoPlan, PlanManifest, changes, digest_of, digests_of, settings_of
from banditsvc.audience.recorded_customers import merges_as_of, recorded_customers
from banditsvc.audience.rooms_between_parts import rooms_after
from banditsvc.audience.run_directory import RunDirectory
from banditsvc.audience.run_ended import RunCutShort, RunEnded
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.log_file import read_log_file
from banditsvc.part_file import PartFile
from banditsvc.serving.active_as_of import settings_as_of
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.capacity_rooms import capacity_rooms
from banditsvc.store.part_index import index_path
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.text_hashes import text_hashes
from banditsvc.usage_error import UsageError
from banditsvc.whole_file import sync_file

_ANEW = "Make it anew with rank-audience --plan, in another directory and with another --run-id"


class StalePlan(UsageError):
    """A plan that is not what would be decided now. Its text says what has changed, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCommit:
    """Puts the parts of a plan into the log."""

    plan: Path
    manifest: PlanManifest
    data: Path
    """Data directory of the service."""
    directory: RunDirectory
    """Where the log has the run's parts."""

    def check_parts(self) -> None:
        """Checks that the parts, and what belongs to them, are what was planned.

        Raises:
            NoPlan: A file is missing, or has changed.
        """
        planned, there = self.manifest.files, digests_of(self.plan)
        for name in sorted({*planned, *there}):
            if planned.get(name) != there.get(name):
                raise NoPlan(f"{self.plan / name} is not what was planned: make a plan anew, in another directory")

    def check(self, position: int, *, counters_position: int = 0, first: int = 0) -> None:
        """Checks that nothing has changed that the plan rests on.

        Args:
            position: Of the log, up to which settings are looked at.
            counters_position: Up to which contacts and consents are; by default up to the same.
            first: First part that is still to be sent.

        Raises:
            StalePlan: Campaigns, settings, counters of the plan's customers or what is left of capacity have changed.
        """
        faults = [f"  {one}" for one in self._changed(position, counters_position or position, first)]
        if faults:
            sent = sum(part.rows for part in self.manifest.parts[:first])
            told = f"the rest was not sent after {sent:,} decisions, which stand" if sent else "nothing was sent"
            raise StalePlan("\n".join([f"the plan is stale; {told}. Since it was made:", *faults]) + f"\n{_ANEW}")

    def check_sent(self, ended: RunEnded) -> None:
        """Checks that a run that has ended has sent the plan.

        Raises:
            RunCutShort: It has not sent all of it.
            UsageError: What it has sent is not of the plan.
        """
        sent = ended.begun.committed_parts
        for number in range(sent):
            path = self.directory.part_path(number)
            if self.manifest.files.get(path.name) != digest_of(path):
                raise UsageError(f"{ended}, which are not those of the plan\n{_ANEW}")
        if sent < len(self.manifest.parts):
            raise RunCutShort(f"{ended}, and the rest of the plan was not sent\n{_ANEW}", ended.begun)

    def send(self, service: RunService, committed: int, progress: Callable[[int], None]) -> None:
        """Enters the parts in the log that are not there yet; progress is told the decisions so far.

        The plan's decisions rest on its own prices alone. They are put to work as a run's are, but for where others have
        been put to work, or prices ended, since the plan was made: these are by what was left then.

        Raises:
            BanditError: The service refuses a part.
            OSError: The disk is full.
        """
        done, prices = 0, self.prices
        if prices is not None and not self._has_newer_prices():
            service.put_prices(prices, self._active(service.begun.position))
        with self.directory.work() as work:
            for number, planned in enumerate(self.manifest.parts):
                source = RunDirectory(self.plan).part_path(number)
                if not self.directory.part_path(number).exists():
                    copy = work / source.name
                    for one in (source, index_path(source)):
                        sync_file(Path(shutil.copyfile(one, work / one.name)))
                    self.directory.put(self._part(number, copy))
                if number >= committed:
                    service.commit(self._part(number, self.directory.part_path(number)))
                done += planned.rows
                progress(done)

    def contacts(self, first: int = 0) -> Counter[str]:
        """Returns the number of contacts that the plan makes from a part on, by campaign_id."""
        total: Counter[str] = Counter()
        for part in self.manifest.parts[first:]:
            total.update(part.contacts)
        return total

    @property
    def prices(self) -> PortfolioPrices | None:
        """Returns the prices of the plan's limits; None where it has none."""
        return RunDirectory(self.plan).kept_prices()

    def limit_uses(self) -> tuple[LimitUse, ...]:
        """Returns what the plan's contacts use of its limits."""
        catalogue = self._active(self.manifest.position).catalogue
        return limit_uses(self.prices, self.contacts(), catalogue, self.manifest.terms.channel)

    def _part(self, number: int, path: Path) -> DecidedPart:
        planned = self.manifest.parts[number]
        return DecidedPart(
            number=number,
            path=path,
            rows=planned.rows,
            size_bytes=path.stat().st_size,
            contacts=planned.contacts,
        )

    def _has_newer_prices(self) -> bool:
        with closing(read_log_file(self.data)) as log:
            settings = settings_as_of(log, log.watermark().position)
        newest = settings.state(self.manifest.terms.portfolio_id).prices
        return newest is not None and newest.position > self.manifest.position

    def _active(self, position: int) -> ActivePortfolio:
        return active_of(
            Versions(
                data=self.data,
                portfolio_id=self.manifest.terms.portfolio_id,
                position=position,
                model_version=self.manifest.model_version,
            )
        )

    def _changed(self, position: int, counters_position: int, first: int) -> Iterator[str]:
        manifest, active = self.manifest, self._active(position)
        yield from changes(manifest.settings, settings_of(active))
        with closing(read_log_file(self.data)) as log, self.directory.work() as work:
            rooms = capacity_rooms(log, active, manifest.terms)
            for room, after in zip(rooms, rooms_after(rooms, self.contacts(first)), strict=True):
                if after.left < 0:
                    yield f"capacity {room.name}: the plan takes more than is left of it"
            part_bits = (len(manifest.parts) - 1).bit_length()
            known = recorded_customers(
                log,
                active,
                manifest.terms,
                merges_as_of(log, active.organization.organization_id, counters_position),
                position=counters_position,
                part_bits=part_bits,
                directory=work / "known",
            )
            changed = sum(
                changed_customers(
                    known, number, RunDirectory(self.plan).part_path(number), counters_path(self.plan, number)
                )
                for number in range(first, len(manifest.parts))
            )
            decided = self._decided(log, active, counters_position, first)
        if decided:
            yield f"{_customers(decided)} of the plan have a decision for {manifest.terms.occasion} now"
        if changed:
            yield f"contacts or consents of {_customers(changed)} of the plan have changed"

    def _decided(self, log: SqliteLog, active: ActivePortfolio, position: int, first: int) -> int:
        """Returns how many customers of the parts to be sent have a decision for its occasion."""
        terms = self.manifest.terms
        merges = merges_as_of(log, active.organization.organization_id, position)
        decided = decided_on(log, terms.portfolio_id, terms.occasion, position, merges.survivors())
        if not len(decided):
            return 0
        count = 0
        for number in range(first, len(self.manifest.parts)):
            with closing(PartFile(RunDirectory(self.plan).part_path(number))) as file:
                ids = file.columns(["customer_id"]).column(0).cast(pa.string())
            count += int(is_among(text_hashes(ids), decided).sum())
        return count


def _customers(count: int) -> str:
    return "1 customer" if count == 1 else f"{count:,} customers"
