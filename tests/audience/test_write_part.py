"""Part files: what is written is what was decided, and a damaged page is noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.audience.decide_rows import decide_rows
from banditsvc.audience.part_table import PartTable, part_table
from banditsvc.audience.write_part import write_part
from banditsvc.core.decision_id import audience_decision_id
from banditsvc.part_file import PartFile
from tests.audience.audience_worlds import Audience, random_audience


def part_of(audience: Audience) -> PartTable:
    """Returns the table of an audience."""
    decided = decide_rows(audience.active, audience.rows, audience.terms, audience.rooms())
    return part_table(audience.active, audience.rows, audience.terms, decided)


@pytest.mark.parametrize("seed", range(25))
def test_a_part_is_read_as_it_was_decided(tmp_path: Path, seed: int) -> None:
    """The file of a part gives back its rows, run and number, whatever was the same in all rows."""
    audience = random_audience(seed, 12)
    with np.errstate(all="ignore"):
        table = part_of(audience)
    write_part(tmp_path / "part.parquet", table, audience.terms, 3)
    file = PartFile(tmp_path / "part.parquet")
    assert table.whole(audience.terms.run_id).to_pylist() == file.group(0).to_pylist()
    assert ("night-1", 3, audience.terms.has_send_time) == (file.run_id, file.number, file.unwritten.has_send_time)
    file.close()


def test_a_part_that_names_its_decisions_in_full_is_read_alike(tmp_path: Path) -> None:
    """Parts of earlier versions have ids of decisions as texts, where now there are row numbers."""
    audience = random_audience(4, 12)
    write_part(tmp_path / "part.parquet", part_of(audience), audience.terms, 0)
    file = pq.ParquetFile(tmp_path / "part.parquet")
    stored, about = file.read(), file.schema_arrow.metadata
    ids = pa.array([audience_decision_id("night-1", row) for row in audience.rows.rows.tolist()])
    named = stored.set_column(stored.column_names.index("decision_id"), "decision_id", ids)
    pq.write_table(named.replace_schema_metadata(about), tmp_path / "earlier.parquet")
    now, earlier = PartFile(tmp_path / "part.parquet"), PartFile(tmp_path / "earlier.parquet")
    assert pa.types.is_integer(stored.schema.field("decision_id").type)
    assert earlier.group(0).to_pylist() == now.group(0).to_pylist()
    for one in (file, now, earlier):
        one.close()


def test_a_part_without_rows_is_a_file(tmp_path: Path) -> None:
    """Where nobody is left to decide for, the part has no rows."""
    audience = random_audience(1, 3)
    none = audience.rows.take(np.zeros(0, dtype=np.intp))
    decided = decide_rows(audience.active, none, audience.terms)
    write_part(tmp_path / "part.parquet", part_table(audience.active, none, audience.terms, decided), audience.terms, 0)
    file = PartFile(tmp_path / "part.parquet")
    assert 0 == file.starts[-1]
    file.close()


def test_a_changed_byte_in_a_page_is_noticed(tmp_path: Path) -> None:
    """Pages carry checksums: a byte that has changed on disk makes reading fail."""
    path = tmp_path / "part.parquet"
    audience = random_audience(2, 12)
    write_part(path, part_of(audience), audience.terms, 0)
    content = bytearray(path.read_bytes())
    content[content.index(audience.rows.customer_ids[0].as_py().encode()) + 3] ^= 1
    path.write_bytes(content)
    file = PartFile(path)
    with pytest.raises((OSError, pa.ArrowException)):
        file.group(0)
    file.close()
