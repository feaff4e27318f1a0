"""Laws of requests that come from rows of a file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.core.errors import InvalidRequest
from banditsvc.import_files import ColumnError, Columns, RankRowReader, RowFile
from banditsvc.plain import json_values, parse_message
from banditsvc.v1 import ranking_pb2


def read(path: Path, columns: Columns | None = None, decimal: str = ".") -> list[ranking_pb2.RankRequest]:
    """Returns the requests of a file."""
    file = RowFile(path)
    reader = RankRowReader(ranking_pb2.RankRequest, columns or Columns(), file.columns, None, decimal)
    return [reader.read(row) for row in file.rows()]


def test_columns_become_request_and_context(tmp_path: Path) -> None:
    """Columns fill request, context, favourites, features and lists; an empty cell leaves its field unset."""
    path = tmp_path / "customers.csv"
    path.write_text(
        "customer_id,recency_days,segment,favourites.shoes,features.newsletter,features.visits,features.plan,consents,"
        "candidates,channel\n"
        "c1,12.5,family,0.8,true,3,gold,marketing/email=GRANTED;/sms=DENIED,a b,email\n"
        "17,,,,,,,,,\n",
        encoding="utf-8",
    )
    first = {
        "customer_id": "c1",
        "channel": "email",
        "candidates": ["a", "b"],
        "consents": [
            {"purpose": "marketing", "channel": "email", "state": "GRANTED"},
            {"channel": "sms", "state": "DENIED"},
        ],
        "context": {
            "recency_days": 12.5,
            "segment": "family",
            "favourites": {"shoes": 0.8},
            "features": {"newsletter": True, "visits": 3, "plan": "gold"},
        },
    }
    expected = [parse_message(ranking_pb2.RankRequest, one) for one in (first, {"customer_id": "17"})]
    assert list(map(json_values, expected)) == list(map(json_values, read(path)))


def test_a_typed_table_keeps_its_types(tmp_path: Path) -> None:
    """Parquet columns keep flags, numbers and lists; a number that stands for a customer stays whole."""
    path = tmp_path / "customers.parquet"
    table = pa.table({"customer": [17], "features.vip": [True], "features.seen": [["a", "b"]], "candidates": [["x"]]})
    pq.write_table(table, path)
    [request] = read(path, Columns(columns={"customer_id": "customer"}))
    features = request.context.features
    assert ("17", True, ["a", "b"]) == (request.customer_id, features["vip"].flag, list(features["seen"].texts.texts))
    assert ["x"] == [candidate.campaign_id for candidate in request.candidates]


def test_any_column_can_be_a_feature(tmp_path: Path) -> None:
    """A map gives a column of any name to a feature or a favourite; decimal commas are understood."""
    path = tmp_path / "customers.csv"
    path.write_text('kunde,warenkorb,schuhe\nc1,"12,5","0,5"\n', encoding="utf-8")
    mapped = {"customer_id": "kunde", "features.basket": "warenkorb", "favourites.shoes": "schuhe"}
    [request] = read(path, Columns(columns=mapped), ",")
    assert (12.5, 0.5) == (request.context.features["basket"].number, request.context.favourites["shoes"])


@pytest.mark.parametrize(
    ("column", "cell"), [("favourites.shoes", "many"), ("consents", "marketing"), ("consents", "x=MAYBE")]
)
def test_a_faulty_cell_is_named(tmp_path: Path, column: str, cell: str) -> None:
    """A cell that does not fit is refused under the name of its field."""
    path = tmp_path / "customers.csv"
    path.write_text(f"customer_id,{column}\nc1,{cell}\n", encoding="utf-8")
    with pytest.raises(InvalidRequest) as refused:
        read(path)
    assert [column] == [violation.field for violation in refused.value.violations]


def test_an_unknown_field_is_refused(tmp_path: Path) -> None:
    """A map that names no field of request or context is refused."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id\nc1\n", encoding="utf-8")
    with pytest.raises(ColumnError):
        read(path, Columns(columns={"recency": "customer_id"}))


def test_a_separator_makes_lists(tmp_path: Path) -> None:
    """The texts of a cell are parted by the character that the map names, blanks within them kept."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,features.seen,candidates\nc1,home & garden| hats|,a|b\n", encoding="utf-8")
    [request] = read(path, Columns(separators={"features.seen": "|", "candidates": "|"}))
    assert ["home & garden", "hats"] == list(request.context.features["seen"].texts.texts)
    assert ["a", "b"] == [candidate.campaign_id for candidate in request.candidates]
