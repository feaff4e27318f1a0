"""Part indexes: where the rows of a part file stand and what kind each is, in a file beside it that is mapped into memory.

An index follows from its part: where it is missing, or is of another part, it is made anew.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.column_codes import distinct_numbers
from banditsvc.core.decision import DecidedBy, Result
from banditsvc.log_struct_values import labels_of
from banditsvc.part_file import PartFault, PartFile
from banditsvc.store.row_kind import ContactTerms, GhostKind, RowKind, RunRequest, kind_of, plain_kind
from banditsvc.text_hashes import text_hashes
from banditsvc.whole_file import whole_file

_FORM = "4"
"""Of the index; another one is made anew."""
_ABOUT = b"banditsvc_index"
_SCHEMA = pa.schema(
    [
        pa.field("customer_hash", pa.uint64(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("kind", pa.uint32(), nullable=False),
    ]
)
_KIND_COLUMNS = ("result", "decided_by", "campaign_id", "treatment_id", "group", "contact", "would_have_sent")
_MOST_COMBINED = 1 << 17
"""From which on numbers of combined codes are made small again: up to there a table of them stays in the cache."""


PartKey = tuple[str, int]
"""run_id and number."""


@dataclass(frozen=True, slots=True, eq=False)
class RowCustomers:
    """Whose the rows of a part are, in the canonical order."""

    hashes: NDArray[np.uint64]
    """Of the customers."""
    rows: NDArray[np.int64]
    """Row numbers."""
    customer_ids: pa.StringArray


class PartColumns(Protocol):
    """The columns of a part, from its file or before they are in it. Methods are as those of PartFile."""

    def columns(self, names: Sequence[str]) -> pa.RecordBatch:
        """Returns columns of all rows."""
        ...

    def described_ids(self) -> pa.ListArray:
        """Returns the ids of the campaigns that are described with each row."""
        ...

    def coded(self, name: str) -> tuple[NDArray[np.int64], list[Any]]:
        """Returns the place of each row's value of a column among the values that there are, and these."""
        ...

    def is_one_value(self, name: str) -> bool:
        """Returns whether a column stands as one value for all rows."""
        ...

    def constant(self, name: str) -> object:
        """Returns the value that a column has in all rows."""
        ...


class PartIndex:
    """The rows of one part: sorted by customer_hash, then by customer_id, and so by row."""

    __slots__ = ("_customer_ids", "_hashes", "codes", "contact_terms", "kinds", "request", "rows")

    def __init__(self, batch: pa.RecordBatch, about: dict[str, Any]) -> None:
        # Views of the mapped file: a search in them reads the pages that it touches, and no more.
        self._hashes = memoryview(batch.column("customer_hash").to_numpy())
        self._customer_ids = batch.column("customer_id")
        self.rows = memoryview(batch.column("row").to_numpy())
        self.codes: NDArray[np.uint32] = batch.column("kind").to_numpy()
        """Place of each row's kind in kinds."""
        self.kinds = tuple(kind_of(one) for one in about["kinds"])
        self.contact_terms = tuple(ContactTerms(*terms) for terms in about["contact_terms"])
        """What its contacts have besides: where a run has made the part one of these, and one for ghosts."""
        self.request = RunRequest(*about["request"])

    def place_of_row(self, row: int) -> int | None:
        """Returns the place of a row number within the part, None where it has none of that number."""
        place = bisect_left(self.rows, row)
        return place if place < len(self.rows) and self.rows[place] == row else None

    def places_of(self, hashed: int, customer_id: str) -> Iterator[int]:
        """Gives the places of a customer's rows, of which there is one at most in parts that a run has made."""
        place = bisect_left(self._hashes, hashed)
        while place < len(self._hashes) and self._hashes[place] == hashed:
            if self.customer_id(place) == customer_id:
                yield place
            place += 1

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """Returns the hash of each row's customer."""
        return np.asarray(self._hashes)

    @property
    def customer_ids(self) -> pa.StringArray:
        """Returns the customer of each row."""
        return self._customer_ids

    def customer_id(self, place: int) -> str:
        """Returns the customer of a row."""
        text: str = self._customer_ids[place].as_py()
        return text

    def kind(self, place: int) -> RowKind:
        """Returns the kind of a row."""
        return self.kinds[int(self.codes[place])]

    @property
    def ends(self) -> tuple[int, int]:
        """Returns the hashes of the first and of the last customer; the index must have rows."""
        return self._hashes[0], self._hashes[-1]


def index_path(part_path: Path) -> Path:
    """Returns where the index of a part stands."""
    return part_path.with_suffix(".index.arrow")


def open_index(part_path: Path, key: PartKey) -> PartIndex:
    """Returns the index of a part, made anew where it must be, and kept if the directory allows it.

    Args:
        part_path: Where the part stands.
        key: Which part it is: one of the same size may have been put in its place.

    Raises:
        OSError: The part cannot be read.
        pyarrow.ArrowException: It is damaged.
        PartFault: It is another part, or its rows are not those of a part.
    """
    path, size_bytes = index_path(part_path), part_path.stat().st_size
    found = _read(path, key, size_bytes)
    if found is not None:
        return found
    part = PartFile(part_path)
    try:
        if (part.run_id, part.number) != key:
            raise PartFault(f"it is part {part.number} of run {part.run_id!r}")
        batch = _made(part, key, _row_customers(part), size_bytes)
    finally:
        part.close()
    try:
        with whole_file(path) as file, pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
    except OSError:
        return PartIndex(batch, _about(batch))
    return _read(path, key, size_bytes) or PartIndex(batch, _about(batch))


def write_index(part_path: Path, key: PartKey, part: PartColumns, customers: RowCustomers) -> None:
    """Writes the index of a part that is written and whose columns are at hand; nobody reads it until it is on disk.

    Raises:
        OSError: It cannot be written.
        PartFault: The rows are not those of a part.
    """
    batch = _made(part, key, customers, part_path.stat().st_size)
    with pa.ipc.new_file(str(index_path(part_path)), batch.schema) as writer:
        writer.write_batch(batch)


def _read(path: Path, key: PartKey, size_bytes: int) -> PartIndex | None:
    try:
        # Closed at once: the mapping stays for as long as something of it is in use, and takes no open file.
        with pa.memory_map(str(path)) as source:
            batch = pa.ipc.open_file(source).get_batch(0)
            about = _about(batch)
            is_its = (about["form"], about["part"], about["part_bytes"]) == (_FORM, [*key], size_bytes)
            return PartIndex(batch, about) if is_its else None
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None


def _about(batch: pa.RecordBatch) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(batch.schema.metadata[_ABOUT])
    return about


def _row_customers(part: PartFile) -> RowCustomers:
    columns = part.columns(["decision_id", "customer_id"])
    customer_ids = columns.column("customer_id")
    return RowCustomers(
        text_hashes(customer_ids), _row_numbers(columns.column("decision_id"), part.run_id), customer_ids
    )


def _made(part: PartColumns, key: PartKey, customers: RowCustomers, size_bytes: int) -> pa.RecordBatch:
    kinds, codes, terms = _kinds(part)
    request = RunRequest(
        str(part.constant("channel") or ""),
        str(part.constant("placement") or ""),
        bool(part.constant("defer_activation")),
    )
    hashes, rows = customers.hashes, customers.rows
    if np.any(hashes[1:] < hashes[:-1]) or np.any(rows[1:] <= rows[:-1]):
        raise PartFault("its rows are not in the canonical order")
    about = {
        "form": _FORM,
        "part": key,
        "part_bytes": size_bytes,
        "kinds": [plain_kind(kind) for kind in kinds],
        "contact_terms": [*terms],
        "request": request,
    }
    found = [pa.array(hashes), pa.array(rows), customers.customer_ids, pa.array(codes)]
    return pa.RecordBatch.from_arrays(found, schema=_SCHEMA.with_metadata({_ABOUT: json.dumps(about)}))


def _row_numbers(decision_ids: pa.StringArray, run_id: str) -> NDArray[np.int64]:
    prefix = f"{run_id}/"
    if not pc.all(pc.starts_with(decision_ids, prefix), min_count=0).as_py():
        raise PartFault(f"its decisions are not those of run {run_id!r}")
    digits = pc.utf8_slice_codeunits(decision_ids, start=len(prefix))
    rows: NDArray[np.int64] = digits.cast(pa.int64()).to_numpy()
    return rows


def _kinds(part: PartColumns) -> tuple[list[RowKind], NDArray[np.uint32], dict[ContactTerms, None]]:
    """Returns the kinds of rows, the place of each row's, and what their contacts have besides."""
    coded = [part.coded(name) for name in _KIND_COLUMNS]
    inline = _is_inline(part, *coded[_KIND_COLUMNS.index("campaign_id")])
    coded.append((inline, [False, True]))
    alike, count = _combined(coded)
    firsts = np.empty(count, dtype=np.intp)
    # From the last row to the first, which stays.
    firsts[alike[::-1]] = np.arange(len(alike))[::-1]
    found = [_kind([values[codes[first]] for codes, values in coded]) for first in firsts.tolist()]
    terms = {one: None for _, one in found if one is not None}
    return [kind for kind, _ in found], alike.astype(np.uint32), terms


def _is_inline(part: PartColumns, codes: NDArray[np.int64], campaign_ids: list[str | None]) -> NDArray[np.int64]:
    """Returns for each row whether its campaign came with it."""
    if part.is_one_value("inline_campaigns") and not part.constant("inline_campaigns"):
        return np.zeros(len(codes), dtype=np.int64)
    lists = part.described_ids()
    parents = pc.list_parent_indices(lists)
    chosen = pa.array(campaign_ids, pa.string()).take(pa.array(codes)).take(parents)
    is_chosen = pc.fill_null(pc.equal(lists.flatten(), chosen), fill_value=False)
    found = np.zeros(len(codes), dtype=np.int64)
    found[np.asarray(parents.filter(is_chosen))] = 1
    return found


def _kind(values: list[Any]) -> tuple[RowKind, ContactTerms | None]:
    result, decided_by, campaign_id, treatment_id, group, contact, ghost, is_inline = values
    if ghost is not None:
        contact = ghost[4]
    kind = RowKind(
        result=int(Result[result]),
        decided_by=int(DecidedBy[decided_by]),
        campaign_id=campaign_id or "",
        treatment_id=treatment_id or "",
        group=int(AssignmentGroup[group]),
        is_inline=is_inline,
        ghost=None if ghost is None else GhostKind(int(DecidedBy[ghost[0]]), ghost[1], ghost[2] or "", ghost[3]),
        labels=None if contact is None else labels_of(tuple(contact[1:-2])),
    )
    return kind, None if contact is None else ContactTerms(contact[0], contact[-2], contact[-1], ghost is not None)


def _combined(coded: list[tuple[NDArray[np.int64], list[Any]]]) -> tuple[NDArray[np.int64], int]:
    """Returns one number for each row, the same for the same values in all columns, and how many numbers there are."""
    combined, most = np.zeros(len(coded[0][0]), dtype=np.int64), 1
    for codes, values in coded:
        if most * len(values) > _MOST_COMBINED:
            used, combined = distinct_numbers(combined)
            most = len(used)
        combined = combined * len(values) + codes
        most *= max(1, len(values))
    used, combined = distinct_numbers(combined)
    return combined, len(used)
