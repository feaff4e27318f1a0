"""Run directories: the parts of a run, and what it must be the same by when it goes on."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from banditsvc.audience.canonical_order import SpilledRows
from banditsvc.audience.part_job import DecidedPart
from banditsvc.audience.rooms_between_parts import rooms_after
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.room import Room
from banditsvc.open_part import open_part
from banditsvc.store.codec import PRICES_KIND, decode_resource, encode_resource
from banditsvc.store.part_index import index_path
from banditsvc.usage_error import UsageError
from banditsvc.whole_file import sync_directory, whole_file

WORK = "work"
"""Of temporary files."""
_AUDIENCE = "audience.json"
_ROOMS = "rooms.json"
_PRICES = "prices.bin"
_LOCK = "lock"


class OtherAudience(UsageError):
    """A run is to go on with another audience than it was begun with."""


class RunUnderWay(UsageError):
    """Two processes are at one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceMark:
    """What tells an audience from others."""

    customers: int
    """Rows that could be read."""
    digest: str
    """Of them, their pairs included, in any order."""
    parts: int
    """That they are divided into."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """Where the parts of a run are, under their final names: whole, right and on disk."""

    path: Path

    @contextmanager
    def work(self) -> Iterator[Path]:
        """Gives a directory for temporary files; one that a killed run left behind is cleared away.

        The run's own directory is made for it, and goes again where nothing has come of the run, as it was refused.

        Raises:
            RunUnderWay: Another process is at the same run.
            OSError: It cannot be made.
        """
        work = self.path / WORK
        is_new = not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunUnderWay(f"another process is at the run in {self.path}: wait until it has ended") from None
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
                if is_new and [one.name for one in self.path.iterdir()] == [_LOCK]:
                    shutil.rmtree(self.path, ignore_errors=True)

    def begin(self, mark: AudienceMark) -> None:
        """Notes what audience it is of.

        Raises:
            OtherAudience: It is of another one.
            OSError: It cannot be written.
        """
        if not self._is_begun(mark):
            self._note(_AUDIENCE, asdict(mark))

    def has_all(self, mark: AudienceMark, entered: int) -> bool:
        """Returns whether the parts that are in the log are all of an audience's.

        Raises:
            OtherAudience: They are of another one.
        """
        return self._is_begun(mark) and entered == mark.parts

    def drop_outdated(self, position: int, entered: int) -> None:
        """Takes away finished parts that were decided by contacts as of another position, and are not in the log.

        Args:
            position: Of the log, up to which contacts count for the run now.
            entered: Parts that are in the log: these stand.
        """
        noted = self._noted(_ROOMS)
        if noted is None or noted["position"] == position:
            return
        # The last one first: what is there are always the first ones.
        for number in reversed(range(entered, self.kept_parts())):
            self.part_path(number).unlink()
        sync_directory(self.path)

    def rooms(self, position: int, kept: int, fresh: Callable[[], Sequence[Room]]) -> Sequence[Room]:
        """Returns what is left of capacities before the part that is next.

        Args:
            position: Of the log, up to which contacts count for the run.
            kept: Number of finished parts.
            fresh: Returns what the log leaves now, with these parts.

        Raises:
            OSError: It cannot be written.
        """
        noted = self._noted(_ROOMS)
        if noted is None or noted["position"] != position:
            rooms = fresh()
            plain = [{**asdict(room), "units": dict(room.units)} for room in rooms]
            self._note(_ROOMS, {"position": position, "first_part": kept, "rooms": plain})
            return rooms
        rooms = self.rooms_at_begin()
        for number in range(noted["first_part"], kept):
            rooms = rooms_after(rooms, self.kept(number).contacts)
        return rooms

    def rooms_at_begin(self) -> Sequence[Room]:
        """Returns what was left of capacities before the first part that was decided since contacts count."""
        return [Room(**room) for room in self._noted(_ROOMS)["rooms"]]

    def prices(self, fresh: Callable[[], PortfolioPrices | None]) -> PortfolioPrices | None:
        """Returns the prices of the run: those that it has begun with.

        Args:
            fresh: Finds them, None where there are none.

        Raises:
            OSError: They cannot be written.
        """
        if not (self.path / _PRICES).exists():
            found = fresh()
            with whole_file(self.path / _PRICES) as file:
                file.write(b"" if found is None else encode_resource(found)[1])
        return self.kept_prices()

    def kept_prices(self) -> PortfolioPrices | None:
        """Returns the prices that the run has begun with; None where it has none."""
        path = self.path / _PRICES
        body = path.read_bytes() if path.exists() else b""
        if not body:
            return None
        prices = decode_resource(PRICES_KIND, body)
        assert isinstance(prices, PortfolioPrices)
        return prices

    def part_path(self, number: int) -> Path:
        """Returns where a part stands once it is finished."""
        return self.path / f"part-{number:05d}.parquet"

    def kept_parts(self) -> int:
        """Returns the number of finished parts; they are the first ones."""
        number = 0
        while self.part_path(number).exists():
            number += 1
        return number

    def put(self, part: DecidedPart) -> DecidedPart:
        """Gives a part that is whole and on disk its name. From then on it stands."""
        path = self.part_path(part.number)
        # An index without its part does no harm; a part is there once it has its name.
        index_path(part.path).replace(index_path(path))
        part.path.replace(path)
        sync_directory(self.path)
        return replace(part, path=path)

    def kept(self, number: int) -> DecidedPart:
        """Returns a finished part.

        Raises:
            UsageError: The file is damaged.
        """
        path = self.part_path(number)
        with open_part(path) as file:
            columns = file.columns(["campaign_id", "contact"])
        sent = columns.filter(pc.is_valid(columns.column("contact"))).column("campaign_id").value_counts()
        return DecidedPart(
            number=number,
            path=path,
            rows=columns.num_rows,
            size_bytes=path.stat().st_size,
            contacts=Counter({one["values"]: one["counts"] for one in sent.to_pylist()}),
        )

    def _is_begun(self, mark: AudienceMark) -> bool:
        noted = self._noted(_AUDIENCE)
        if noted is not None and noted != asdict(mark):
            raise OtherAudience(
                f"{self.path} is of another audience: it was begun with {noted['customers']:,} customers, and now there are "
                f"{mark.customers:,}, or their columns or the version of banditsvc differ; go on with the same files, or begin a run "
                "of another --run-id"
            )
        return noted is not None

    def _noted(self, name: str) -> Any:
        path = self.path / name
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def _note(self, name: str, plain: object) -> None:
        with whole_file(self.path / name) as file:
            file.write(json.dumps(plain).encode())


def mark_of(rows: SpilledRows, pairs: SpilledRows | None) -> AudienceMark:
    """Returns what tells an audience from others."""
    digests = [one.digest for one in (rows, pairs) if one is not None]
    return AudienceMark(customers=rows.rows, digest="-".join(f"{digest:016x}" for digest in digests), parts=rows.parts)
