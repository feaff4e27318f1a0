"""Part indexes: where the rows of a part file stand, in a file beside it that is mapped into memory.

An index follows from its part: where it is missing, or is of another part, it is made anew.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.column_values import values_of
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.customer_hash import customer_hashes
from banditsvc.log_struct_values import labels_of
from banditsvc.part_file import PartFault, PartFile
from banditsvc.whole_file import whole_file

_FORM = "1"
"""Of the index; another one is made anew."""
_ABOUT = b"banditsvc_index"
_SCHEMA = pa.schema(
    [
        pa.field("customer_hash", pa.uint64(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("contact", pa.uint32(), nullable=False),
    ]
)
_CONTACT_COLUMNS = ("contact", "would_have_sent")
_TERM_MEMBERS = ("organization_id", "contact_time", "hold_until")
_MOST_COMBINED = 1 << 31
"""From which on numbers of combined members are made small again; the next member has fewer values than that."""
_LABEL_MEMBERS = ("campaign_id", "type", "kind", "channel", "family", "category", "cost")


@dataclass(frozen=True, slots=True)
class RowLabels:
    """What the contact of a row is with."""

    labels: CampaignLabels
    is_ghost: bool


class ContactTerms(NamedTuple):
    """What all contacts of a part share."""

    organization_id: str
    contact_time_us: int
    hold_until_us: int | None


class PartIndex:
    """The rows of one part: sorted by customer_hash, then by customer_id, and so by row."""

    __slots__ = ("_customer_ids", "_hashes", "codes", "contact_terms", "contacts", "rows")

    def __init__(
        self, batch: pa.RecordBatch, contacts: tuple[RowLabels, ...], contact_terms: tuple[ContactTerms, ...]
    ) -> None:
        # Views of the mapped file: a search in them reads the pages that it touches, and no more.
        self._hashes = memoryview(batch.column("customer_hash").to_numpy())
        self._customer_ids = batch.column("customer_id")
        self.rows = memoryview(batch.column("row").to_numpy())
        self.codes: NDArray[np.uint32] = batch.column("contact").to_numpy()
        """0 for a row without contact, else the place in contacts, from 1."""
        self.contacts = contacts
        self.contact_terms = contact_terms
        """What its contacts have besides: one of these, where a run has made the part."""

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

    def customer_id(self, place: int) -> str:
        """Returns the customer of a row."""
        text: str = self._customer_ids[place].as_py()
        return text

    def contact(self, place: int) -> RowLabels | None:
        """Returns what the contact of a row is with, None for a row without one."""
        code = int(self.codes[place])
        return self.contacts[code - 1] if code else None

    @property
    def ends(self) -> tuple[int, int]:
        """Returns the hashes of the first and of the last customer; the index must have rows."""
        return self._hashes[0], self._hashes[-1]


def index_path(part_path: Path) -> Path:
    """Returns where the index of a part stands."""
    return part_path.with_suffix(".index.arrow")


def open_index(part_path: Path) -> PartIndex:
    """Returns the index of a part, made anew where it must be, and kept if the directory allows it.

    Raises:
        OSError: The part cannot be read.
        pyarrow.ArrowException: It is damaged.
        PartFault: Its rows are not those of a part.
    """
    path, size_bytes = index_path(part_path), part_path.stat().st_size
    found = _read(path, size_bytes)
    if found is not None:
        return found
    batch = _made(part_path, size_bytes)
    try:
        _write(path, batch)
    except OSError:
        return _index_of(batch)
    return _read(path, size_bytes) or _index_of(batch)


def _read(path: Path, size_bytes: int) -> PartIndex | None:
    try:
        # Closed at once: the mapping stays for as long as something of it is in use, and takes no open file.
        with pa.memory_map(str(path)) as source:
            batch = pa.ipc.open_file(source).get_batch(0)
            return _index_of(batch) if _about(batch)["part_bytes"] == size_bytes else None
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None


def _about(batch: pa.RecordBatch) -> dict[str, object]:
    about: dict[str, object] = json.loads(batch.schema.metadata[_ABOUT])
    if about.get("form") != _FORM:
        raise ValueError("another form of index")
    return about


def _index_of(batch: pa.RecordBatch) -> PartIndex:
    about = json.loads(batch.schema.metadata[_ABOUT])
    contacts = tuple(RowLabels(CampaignLabels(**labels), is_ghost) for labels, is_ghost in about["contacts"])
    return PartIndex(batch, contacts, tuple(ContactTerms(*terms) for terms in about["contact_terms"]))


def _write(path: Path, batch: pa.RecordBatch) -> None:
    with whole_file(path) as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)


def _made(part_path: Path, size_bytes: int) -> pa.RecordBatch:
    file = PartFile(part_path)
    try:
        columns = file.columns(["decision_id", "customer_id", *_CONTACT_COLUMNS])
    finally:
        file.close()
    customer_ids = columns.column("customer_id")
    hashes = customer_hashes(customer_ids.to_pylist())
    rows = _row_numbers(columns.column("decision_id"), file.run_id)
    if np.any(hashes[1:] < hashes[:-1]) or np.any(rows[1:] <= rows[:-1]):
        raise PartFault("its rows are not in the canonical order")
    codes, contacts, terms = _contact_codes(columns)
    about = {"form": _FORM, "part_bytes": size_bytes, "contacts": contacts, "contact_terms": [*terms]}
    found = [pa.array(hashes), pa.array(rows), customer_ids, pa.array(codes)]
    return pa.RecordBatch.from_arrays(found, schema=_SCHEMA.with_metadata({_ABOUT: json.dumps(about)}))


def _row_numbers(decision_ids: pa.StringArray, run_id: str) -> NDArray[np.int64]:
    prefix = f"{run_id}/"
    if not pc.all(pc.starts_with(decision_ids, prefix), min_count=0).as_py():
        raise PartFault(f"its decisions are not those of run {run_id!r}")
    digits = pc.utf8_slice_codeunits(decision_ids, start=len(prefix))
    rows: NDArray[np.int64] = digits.cast(pa.int64()).to_numpy()
    return rows


_Contacts = list[tuple[dict[str, object], bool]]


def _contact_codes(columns: pa.RecordBatch) -> tuple[NDArray[np.uint32], _Contacts, set[ContactTerms]]:
    """Returns the code of each row's contact, what each code stands for, and what contacts have besides."""
    codes = np.zeros(columns.num_rows, dtype=np.uint32)
    contacts: _Contacts = []
    terms: set[ContactTerms] = set()
    for name in _CONTACT_COLUMNS:
        column, is_ghost = columns.column(name), name == "would_have_sent"
        if is_ghost:
            column = pc.struct_field(column, "contact")
        places = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
        if not len(places):
            continue
        found = column.take(pa.array(places))
        alike, distinct = _distinct([pc.struct_field(found, member) for member in _LABEL_MEMBERS])
        codes[places] = alike + (len(contacts) + 1)
        contacts += [(_plain(labels_of(values)), is_ghost) for values in distinct]
        _, others = _distinct([pc.struct_field(found, member) for member in _TERM_MEMBERS])
        terms.update(ContactTerms(*values) for values in others)
    return codes, contacts, terms


def _distinct(members: list[pa.Array]) -> tuple[NDArray[np.intp], list[tuple[Any, ...]]]:
    """Returns the place of each row among the distinct ones, and these."""
    _, firsts, alike = np.unique(_combined(members), return_index=True, return_inverse=True)
    return alike, list(zip(*[values_of(member.take(pa.array(firsts))) for member in members], strict=True))


def _combined(members: list[pa.Array]) -> NDArray[np.int64]:
    """Returns one number for each row, the same for the same members."""
    combined, most = np.zeros(len(members[0]), dtype=np.int64), 1
    for member in members:
        coded = member.dictionary_encode(null_encoding="encode")
        if most > _MOST_COMBINED:
            _, combined = np.unique(combined, return_inverse=True)
            most = len(combined)
        combined = combined * len(coded.dictionary) + coded.indices.to_numpy()
        most *= len(coded.dictionary)
    return combined


def _plain(labels: CampaignLabels) -> dict[str, object]:
    return {name: getattr(labels, name) for name in _LABEL_MEMBERS}
