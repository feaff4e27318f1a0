"""Laws of reading the parts of a run without its log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from banditsvc.audience.part_table import PART_SCHEMA
from banditsvc.audience.write_part import write_part
from banditsvc.read_run import read_run
from banditsvc.usage_error import UsageError
from tests.audience.test_part_in_log import canonical_audience
from tests.audience.test_write_part import part_of


@pytest.fixture
def written(tmp_path: Path) -> list[dict[str, object]]:
    """Parts of three audiences, of which little is alike; gives their rows."""
    rows: list[dict[str, object]] = []
    for number, seed in enumerate((3, 8, 20)):
        audience = canonical_audience(seed)
        with np.errstate(all="ignore"):
            table = part_of(audience)
        write_part(tmp_path / f"part-{number:05d}.parquet", table, audience.terms, number)
        rows += table.whole(audience.terms.run_id).to_pylist()
    return rows


def test_a_run_is_read_in_the_open_form(written: list[dict[str, object]], tmp_path: Path) -> None:
    """All columns of all parts come in order and by the open schema, whatever form they have in the files."""
    reader = read_run(tmp_path)
    assert PART_SCHEMA == reader.schema
    assert written == reader.read_all().to_pylist()


def test_columns_are_chosen(written: list[dict[str, object]], tmp_path: Path) -> None:
    """Columns come alone and in the order asked for; one that is not there is named, and what it may have been."""
    names = ("selection_probabilities", "campaign_id", "rejections")
    assert [{name: row[name] for name in names} for row in written] == read_run(tmp_path, names).read_all().to_pylist()
    with pytest.raises(UsageError, match="parts have no column campaign; did you mean campaign_id"):
        read_run(tmp_path, ["campaign"])


def test_what_is_not_whole_is_named(written: list[dict[str, object]], tmp_path: Path) -> None:
    """A directory without parts, a part that is missing between others, and a damaged one are named."""
    assert written
    with pytest.raises(UsageError, match=r"has no parts: name audience/RUN_ID"):
        read_run(tmp_path / "nowhere")
    (tmp_path / "part-00001.parquet").rename(tmp_path / "one")
    with pytest.raises(UsageError, match=r"part 00001 is missing before .*part-00002\.parquet"):
        read_run(tmp_path).read_all()
    (tmp_path / "part-00001.parquet").write_bytes((tmp_path / "one").read_bytes()[:-40])
    with pytest.raises(UsageError, match=r"part-00001\.parquet is damaged: .*; take it from a backup"):
        read_run(tmp_path).read_all()
    assert isinstance(read_run(tmp_path), pa.RecordBatchReader)
