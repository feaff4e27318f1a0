"""Laws of sources that cannot be read: each is refused with the place and what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from offline_eval.diagnostics import Check, audit
from offline_eval.logged import LogRefused, ReadingSettings, TableColumns, read_logged

_HEAD = b"reward,selection_probability,campaign_id\n"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "its first line is empty"),
        (b"\n1,0.5,a\n", "its first line is empty"),
        (bytes(range(128, 256)) * 9, "log.csv: its first line is no text in UTF-8"),
        (_HEAD + b"1,0.5,fr\xfchling\n", "log.csv: it cannot be read: .*invalid UTF8"),
    ],
)
def test_a_csv_file_that_is_none_is_refused(tmp_path: Path, content: bytes, text: str) -> None:
    """No columns, bytes that are no text and words of another encoding are said, with the file."""
    (tmp_path / "log.csv").write_bytes(content)
    with pytest.raises(LogRefused, match=text):
        read_logged(tmp_path / "log.csv")


def test_what_is_broken_behind_the_first_part_is_refused_too(tmp_path: Path) -> None:
    """A word of another encoding is said wherever it stands, as parts are read one after the other."""
    path = tmp_path / "log.csv"
    path.write_bytes(_HEAD + b"1,0.5,spring\n" * 200_000 + b"1,0.5,fr\xfchling\n")
    with pytest.raises(LogRefused, match="invalid UTF8"):
        read_logged(path)


def test_a_byte_order_mark_belongs_to_no_column(tmp_path: Path) -> None:
    """A CSV file as spreadsheets save it is read as any other."""
    (tmp_path / "log.csv").write_bytes(b"\xef\xbb\xbf" + _HEAD + b"1,0.5,a\n")
    assert [1.0] == read_logged(tmp_path / "log.csv").reward.tolist()


@pytest.mark.parametrize(
    ("column", "values", "text"),
    [
        ("reward", [{"euro": 1.0}], "reward: column 'reward' is of type struct.*, which is no number"),
        ("selection_probability", [datetime(2026, 1, 1, tzinfo=UTC)], "probability: .*timestamp.*no number"),
        ("campaign_id", [["a", "b"]], "action: column 'campaign_id' is of type list.*, which is no single value"),
    ],
)
@pytest.mark.parametrize("kind", ["frame", "arrow"])
def test_columns_of_a_type_that_cannot_be_read_are_named(kind: str, column: str, values: Any, text: str) -> None:
    """Each is named by its field with its type."""
    frame = pd.DataFrame({"reward": [1.0], "selection_probability": [0.5], "campaign_id": ["a"]} | {column: values})
    with pytest.raises(LogRefused, match=text):
        read_logged(frame if kind == "frame" else pa.Table.from_pandas(frame))


@pytest.mark.parametrize(("name", "checked"), [("id", True), ("", False)])
def test_the_audit_says_that_it_looked_for_duplicates_only_where_decisions_have_ids(name: str, checked: bool) -> None:
    """Without ids a decision that came twice is not seen, and nothing else is said."""
    frame = pd.DataFrame({"reward": [1.0], "selection_probability": [0.5], "campaign_id": ["a"], "id": ["d"]})
    logged = read_logged(frame, ReadingSettings(columns=TableColumns(decision_id=name)))
    assert checked == (Check.DUPLICATES in audit(logged).checked)
