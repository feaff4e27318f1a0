"""Canonical order: an audience sorted by customer hash, in parts, without holding it in memory.

What is read is put on disk in spills of some hundred thousand rows, each sorted by the first bits of the hash. A part is a
stretch of hashes: it is read from each spill, and sorted whole. So what a part holds, and each row's number, depends on
the customers alone, not on the order in which they came.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.audience.row_digest import digest_of_rows
from banditsvc.audience.source.audience_fields import CUSTOMER

PART_ROWS = 196_608
"""Most rows of a part on average: each part takes some 15 ms of its own, and as its rows more memory."""
HASH, SOURCE_ROW = "customer_hash", "source_row"
"""Columns beside the fields: the customer's hash, and the number of the row in its source, from 1."""

_SHARED = 16
"""Parts that an audience has at least, as processors share in them, unless they are smaller than _SMALL_PART then."""
_SMALL_PART = 65_536
_PART_NUMBERS = 12 << 20
"""Most numbers of a part on average: a row has its columns, and a prediction and a probability of each campaign."""
_KEY_BITS = 12
"""First bits of the hash by which a spill is sorted, and so the most bits of a part's number."""


@dataclass(frozen=True, slots=True)
class Spill:
    """One file of rows, and where each of the stretches of hashes begins in it."""

    path: Path
    starts: NDArray[np.int64]
    """Of the stretches by the first _KEY_BITS bits, and the end of the last."""


@dataclass(frozen=True, slots=True)
class SpilledRows:
    """Rows on disk, to be read part by part. Cheap to hand to another process."""

    spills: tuple[Spill, ...]
    """At least one."""
    part_bits: int = 0
    """Parts are stretches of hashes by so many first bits."""
    first_rows: tuple[int, ...] = (0,)
    """Number of the first row of each part, and the number of all rows."""
    digest: int = 0
    """Of all rows but for their places in the source: of another audience it is another, all but surely."""

    @property
    def parts(self) -> int:
        """Returns the number of parts."""
        return 1 << self.part_bits

    @property
    def rows(self) -> int:
        """Returns the number of rows."""
        return self.first_rows[-1]

    def part_of(self, customer_hash: int) -> int:
        """Returns the part that a customer is in."""
        return customer_hash >> 64 - self.part_bits

    def read(self, part: int) -> pa.Table:
        """Returns the rows of a part in canonical order: by hash, then by customer_id."""
        width = 1 << _KEY_BITS - self.part_bits
        slices, mapped = [], []
        for spill in self.spills:
            first, last = spill.starts[part * width], spill.starts[(part + 1) * width]
            if last > first:
                mapped.append(_mapped_now(spill))
                slices.append(mapped[-1].batch.slice(first, last - first))
        if not slices:
            slices.append(_mapped_now(self.spills[0]).batch.slice(0, 0))
        table = pa.Table.from_batches(slices).unify_dictionaries().combine_chunks()
        # Taking copies: of the files' pages none is needed any more.
        taken = table.take(pa.array(_sorted(table)))
        for one in mapped:
            one.pages.madvise(mmap.MADV_DONTNEED)
        return taken


class _MappedSpill(NamedTuple):
    """A spill in memory, of which those pages are there that were read since they were last let go."""

    pages: mmap.mmap
    batch: pa.RecordBatch


def _mapped_now(spill: Spill) -> _MappedSpill:
    found = spill.path.stat()
    return _mapped(spill.path, found.st_ino, found.st_mtime_ns)


@lru_cache(maxsize=256)
def _mapped(path: Path, inode: int, changed_ns: int) -> _MappedSpill:
    """Returns a spill. It stays mapped: each part has rows in nearly every spill, and to open one takes a while."""
    del inode, changed_ns  # Another file under the same name is another spill.
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return _MappedSpill(pages, pa.ipc.open_file(pa.py_buffer(pages)).get_batch(0))


@dataclass(slots=True)
class RowSpiller:
    """Puts batches of rows on disk. Several threads may add to it."""

    directory: Path
    keeps_hashes: bool = True
    """Whether repeated_hashes will be asked for: they take eight bytes a row."""
    _spills: list[Spill] = field(default_factory=list)
    _counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1 << _KEY_BITS, dtype=np.int64))
    _hashes: list[NDArray[np.uint64]] = field(default_factory=list)
    _digest: int = 0
    _columns: int = 1
    _lock: Lock = field(default_factory=Lock)

    def add(self, columns: Mapping[str, pa.Array], hashes: NDArray[np.uint64]) -> None:
        """Writes rows; columns do not include the hash.

        Raises:
            OSError: The disk is full.
        """
        keys = (hashes >> np.uint64(64 - _KEY_BITS)).astype(np.uint16)
        order = pa.array(np.argsort(keys, kind="stable"))
        batch = pa.record_batch({**columns, HASH: pa.array(hashes)}).take(order)
        digest = digest_of_rows(
            {name: one for name, one in columns.items() if name not in (SOURCE_ROW, CUSTOMER)}, hashes
        )
        counts = np.bincount(keys, minlength=1 << _KEY_BITS)
        with self._lock:
            path = self.directory / f"{len(self._spills):05d}.arrow"
            self._spills.append(Spill(path, np.concatenate([[0], np.cumsum(counts)])))
            self._counts += counts
            self._digest = (self._digest + digest) % (1 << 64)
            self._columns = batch.num_columns
            if self.keeps_hashes:
                self._hashes.append(hashes)
        with pa.ipc.new_file(str(path), batch.schema) as writer:
            writer.write_batch(batch)

    def part_bits(self, campaigns: int) -> int:
        """Returns by how many bits to divide what was written into parts, as it is decided among so many campaigns."""
        return bits_of_parts(int(self._counts.sum()), self._columns + 2 * campaigns)

    def finished(self, part_bits: int) -> SpilledRows:
        """Returns all that was written, in parts by so many bits."""
        of_parts = self._counts.reshape(1 << part_bits, -1).sum(axis=1)
        first_rows = (0, *np.cumsum(of_parts).tolist())
        return SpilledRows(tuple(self._spills), part_bits, first_rows, self._digest)

    def repeated_hashes(self) -> NDArray[np.uint64]:
        """Returns the hashes that several rows have, rising. Needs eight bytes a row, and frees them."""
        hashes = np.concatenate([np.zeros(0, dtype=np.uint64), *self._hashes])
        self._hashes.clear()
        hashes.sort()
        return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


def bits_of_parts(rows: int, numbers: int) -> int:
    """Returns by how many first bits of the hash rows are divided into parts, of which each row has, and gets, so many numbers.

    It hangs on nothing else, such as the number of processes: who goes on with a run has the same parts.
    """
    most = max(1, min(PART_ROWS, max(_SMALL_PART, rows // _SHARED), _PART_NUMBERS // numbers))
    return min(_KEY_BITS, max(0, -(-rows // most) - 1).bit_length())


def repeated_places(table: pa.Table) -> NDArray[np.intp]:
    """Returns the rows of a part, in canonical order, whose customer has another row."""
    hashes = table.column(HASH).to_numpy()
    same = hashes[1:] == hashes[:-1]
    if not same.any():
        return np.zeros(0, dtype=np.intp)
    near = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    ids = table.column(CUSTOMER).take(pa.array(near)).to_pylist()
    counts: dict[str, int] = {}
    for one in ids:
        counts[one] = counts.get(one, 0) + 1
    return near[[counts[one] > 1 for one in ids]]


def _sorted(table: pa.Table) -> NDArray[np.intp]:
    """Returns the order of a part's rows; that of the rows of one customer is any."""
    hashes = table.column(HASH).to_numpy()
    # Not a stable sort, which takes six times as long: rows of one hash are put in order below.
    order = np.argsort(hashes)
    ordered = hashes[order]
    ties = np.flatnonzero(ordered[1:] == ordered[:-1])
    if not len(ties):
        return order
    ids = table.column(CUSTOMER)
    differ = pc.not_equal(ids.take(pa.array(order[ties])), ids.take(pa.array(order[ties + 1])))
    for hash_ in set(ordered[ties[np.asarray(differ)]].tolist()):
        # Customers of one hash.
        start, end = np.searchsorted(ordered, hash_, side="left"), np.searchsorted(ordered, hash_, side="right")
        order[start:end] = sorted(order[start:end].tolist(), key=lambda place: str(ids[place]))
    return order
