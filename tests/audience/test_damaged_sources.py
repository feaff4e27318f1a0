"""Sources of an audience that are damaged or not whole: what is said, and of which place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.audience.source.batch_sources import open_source
from banditsvc.import_files import FileError
from tests.audience.ordered import order


def test_a_damaged_page_is_named(tmp_path: Path) -> None:
    """A Parquet page whose bytes have changed is found, and named with file, row group and column."""
    path = tmp_path / "customers.parquet"
    table = pa.table(
        {"customer_id": [f"c{n}" for n in range(4_000)], "monetary": np.random.default_rng(3).random(4_000)}
    )
    pq.write_table(table, path, row_group_size=1_000, write_page_checksum=True, compression=None, use_dictionary=False)
    place = pq.read_metadata(path).row_group(2).column(1).data_page_offset
    whole = bytearray(path.read_bytes())
    whole[place + 4_000] ^= 0x40
    path.write_bytes(whole)

    with pytest.raises(
        FileError, match=r"customers\.parquet: column monetary of row group 3 of 4 is damaged: .*[^.]; w"
    ):
        order(open_source(path), tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("c.parquet", b"PAR1", "cannot read .*c.parquet: .*; is it whole"),
        ("c.parquet", b"", "cannot read .*c.parquet: it is empty; write it again"),
        ("c.arrow", b"no", "c.arrow is no Arrow stream"),
        ("c.csv", b"a,a\n1,2\n", "c.csv has several columns a"),
        ("c.csv", b"", "cannot read .*c.csv: it is empty; write it again"),
        ("c.csv", b"a\xe9,b\n", "c.csv is not UTF-8: line 1 has other bytes; .* --encoding latin-1"),
        ("c.csv", b'a,b\n1,"x\ny"\n2,"z', "ends within a quoted cell of the row that begins on line 4: it was cut off"),
    ],
)
def test_what_is_no_table_is_refused(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    """A file that is not what its suffix says, is not whole, or has a column twice, is refused by name and place."""
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(FileError, match=reason):
        open_source(path)


def test_a_stream_that_ends_early_is_told(tmp_path: Path) -> None:
    """An Arrow stream that breaks off is refused with the row up to which it could be read."""
    path = tmp_path / "customers.arrows"
    table = pa.table({"customer_id": [f"c{number}" for number in range(100)]})
    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)
    path.write_bytes(path.read_bytes()[:-600])

    with pytest.raises(FileError, match=r"customers\.arrows cannot be read further after row 0"):
        order(open_source(path), tmp_path)
