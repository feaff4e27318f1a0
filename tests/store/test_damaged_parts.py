"""Part files that are damaged, missing or not what they should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from banditsvc.core.audience_part import part_name
from banditsvc.core.decision import Decision
from banditsvc.core.errors import FailedPrecondition, RecordDamaged
from banditsvc.ports import DecisionLog
from banditsvc.store import SqliteLog
from banditsvc.store.part_folder import PartFolder
from banditsvc.store.part_index import index_path
from tests.store.audience_files import GROUP_ROWS, canonical, row, rows_of, write_part
from tests.store.build import ACME, SHOP, decision

_NAME = part_name("night", 0)
_ALIKE = {"a": canonical(["c1", "c2", "c3"]), "b": canonical(["d1", "d2", "d3"])}
"""Customers of two runs whose parts are of one size."""


@pytest.fixture
def rows(tmp_path: Path) -> list[Decision]:
    made = rows_of([f"x{number}" for number in range(8)])
    log = SqliteLog(tmp_path / "log.db")
    log.append([write_part(tmp_path, made), decision("d1")], 1)
    log.close()
    return made


@pytest.fixture
def reader(rows: list[Decision], tmp_path: Path) -> Iterator[DecisionLog]:
    assert rows
    log = SqliteLog(tmp_path / "log.db", read_only=True)
    yield log
    log.close()


def _damage(path: Path, column: str, group: int) -> None:
    """Changes one byte in the last page of a column within a group of rows."""
    metadata = pq.ParquetFile(path).metadata.row_group(group)
    [found] = [one for place in range(metadata.num_columns) if (one := metadata.column(place)).path_in_schema == column]
    content = bytearray(path.read_bytes())
    content[found.data_page_offset + found.total_compressed_size - 1] ^= 1
    path.write_bytes(content)


def test_a_damaged_page_is_named_and_harms_its_rows_alone(
    rows: list[Decision], reader: DecisionLog, tmp_path: Path
) -> None:
    """Whoever needs a damaged group of rows is told file and rows; all other rows are read as before."""
    _damage(tmp_path / _NAME, "group_share", 1)
    for place, made in enumerate(rows):
        if place // GROUP_ROWS == 1:
            with pytest.raises(RecordDamaged, match=rf"{_NAME}, rows 3 to 5, cannot be read"):
                reader.get_decision(made.decision_id)
        else:
            found = reader.get_decision(made.decision_id)
            assert found is not None
            assert made == found.value
    assert rows[:3] == [one.value for one in reader.read_decisions(SHOP, 0, 3)]
    with pytest.raises(RecordDamaged, match="rows 3 to 5"):
        reader.read_decisions(SHOP, 3, 1)
    assert [7, 8, 9] == [one.position for one in reader.read_decisions(SHOP, 6, 9)]


def test_contacts_do_not_need_the_pages(rows: list[Decision], reader: DecisionLog, tmp_path: Path) -> None:
    """What counts for contact policy stands in the index, and is read where pages are damaged."""
    _damage(tmp_path / _NAME, "contact.cost", 0)
    assert [rows[0].contact] == [one.contact for one in reader.contacts_of(ACME, [rows[0].input.customer_id], 0)]


@pytest.mark.parametrize("change", ["cut", "longer", "gone"])
def test_a_file_of_another_size_is_refused(reader: DecisionLog, tmp_path: Path, change: str) -> None:
    """A file that is missing, or has not the size of its record, is named; records of their own are read as before."""
    path = tmp_path / _NAME
    content = path.read_bytes()
    path.unlink()
    if change != "gone":
        path.write_bytes(content[:-1] if change == "cut" else content + b"x")
    with pytest.raises(RecordDamaged, match=_NAME):
        reader.get_decision("night/0")
    found = reader.get_decision("d1")
    assert found is not None
    assert 9 == found.position


@pytest.mark.parametrize("content", [None, b"", b"ARROW1 and nothing else"])
def test_an_index_is_made_anew(
    rows: list[Decision], reader: DecisionLog, tmp_path: Path, content: bytes | None
) -> None:
    """An index that is missing, or is none, is made from its part and put back in its place."""
    path = index_path(tmp_path / _NAME)
    whole = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    customer_id = rows[5].input.customer_id
    assert [rows[5]] == [one.value for one in reader.decisions_of_customers(SHOP, [customer_id], 0, 9)]
    assert whole == path.read_bytes()


def test_an_index_of_another_part_is_made_anew(rows: list[Decision], reader: DecisionLog, tmp_path: Path) -> None:
    """The index of another part is not taken for that of this one."""
    other = canonical(["c1", "c2", "c3"])
    write_part(tmp_path, [row(one, place, run_id="b") for place, one in enumerate(other)], run_id="b")
    index_path(tmp_path / _NAME).write_bytes(index_path(tmp_path / part_name("b", 0)).read_bytes())
    found = reader.get_decision("night/7")
    assert found is not None
    assert rows[7] == found.value


def test_another_part_of_the_same_size_is_noticed(tmp_path: Path) -> None:
    """A part restored from another run's, though as large to a byte, is not read; its index alone is made anew."""
    made = {run_id: [row(one, place, run_id=run_id) for place, one in enumerate(ids)] for run_id, ids in _ALIKE.items()}
    log = SqliteLog(tmp_path / "log.db")
    log.append([write_part(tmp_path, rows, run_id=run_id) for run_id, rows in made.items()], 1)
    log.close()
    mine, other = (tmp_path / part_name(run_id, 0) for run_id in made)
    assert mine.stat().st_size == other.stat().st_size
    index_path(mine).write_bytes(index_path(other).read_bytes())
    with closing(SqliteLog(tmp_path / "log.db", read_only=True)) as reader:
        found = reader.decisions_of_customers(SHOP, [made["a"][0].input.customer_id], 0, 9)
        assert made["a"][:1] == [one.value for one in found]
    mine.write_bytes(other.read_bytes())
    index_path(mine).write_bytes(index_path(other).read_bytes())
    with closing(SqliteLog(tmp_path / "log.db", read_only=True)) as reader:
        for ask in (
            lambda: reader.get_decision("a/0"),
            lambda: reader.decisions_of_customers(SHOP, [made["a"][0].input.customer_id], 0, 9),
        ):
            with pytest.raises(RecordDamaged, match="it is part 0 of run 'b'"):
                ask()


def test_what_is_no_part_is_not_taken_in(tmp_path: Path) -> None:
    """A part that is missing, cut short, another run's, out of order or not of one moment is refused with the reason."""
    folder = PartFolder(tmp_path)
    with pytest.raises(FailedPrecondition, match=r"night/part-00000\.parquet is not in the service's data directory"):
        folder.describe("night", 0, ACME)
    good = rows_of(["c1", "c2", "c3"])
    with pytest.raises(FailedPrecondition, match="are not in the canonical order"):
        write_part(tmp_path, good[::-1])
    with pytest.raises(FailedPrecondition, match="are not those of run 'b'"):
        write_part(tmp_path, good, run_id="b")
    with pytest.raises(FailedPrecondition, match="send_time is not the same in all rows"):
        write_part(tmp_path, [*good[:2], row(good[2].input.customer_id, 2, send_time_us=5)], constants=["portfolio_id"])
    with pytest.raises(FailedPrecondition, match="contacts are not all of the organization"):
        write_part(tmp_path, good, organization_id="others")
    write_part(tmp_path, good)
    path = tmp_path / _NAME
    (tmp_path / part_name("night", 1)).write_bytes(path.read_bytes())
    with pytest.raises(FailedPrecondition, match="it is part 0 of run 'night'"):
        folder.describe("night", 1, ACME)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FailedPrecondition, match="is no whole part of the run"):
        folder.describe("night", 0, ACME)
