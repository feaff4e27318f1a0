"""Sources of an audience: what is read, and what is refused where."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from banditsvc.audience.source.batch_sources import open_source
from banditsvc.audience.source.cells import feature_texts
from banditsvc.core.consent import ConsentState, GivenConsent
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.rule import FeatureType
from banditsvc.import_files import ColumnError
from tests.audience.ordered import order, rejected, rows_of

_TABLE = pa.table(
    {
        "customer_id": ["ann", "bob"],
        "recency_days": pa.array([3, None], pa.int32()),
        "monetary": pa.array([12.5, float("nan")]),
        "r": pa.array([5, None], pa.int8()),
        "segment": ["gold", ""],
        "lifecycle_stage": ["ACTIVE", None],
        "favourites.shoes": [0.5, None],
        "features.age": [41.0, None],
        "features.city": ["Paris", None],
        "features.newsletter": [True, None],
        "features.tags": [["b c", "a", "a"], None],
        "time_zone": ["Europe/Berlin", None],
        "consents": [["marketing/email=GRANTED", "/sms=DENIED"], None],
        "excluded_campaign_ids": [["NO_CONTACT", "dresses"], None],
        "candidates": [["boots", "winback"], None],
    }
)
_ANN = CustomerContext(
    recency_days=3.0,
    monetary=12.5,
    r=5,
    segment="gold",
    lifecycle_stage=LifecycleStage.ACTIVE,
    favourites={"shoes": 0.5},
    features={"age": 41.0, "city": "Paris", "newsletter": True, "tags": ("a", "b c")},
    time_zone="Europe/Berlin",
)
_SAID = (
    GivenConsent(purpose="marketing", channel="email", state=ConsentState.GRANTED),
    GivenConsent(channel="sms", state=ConsentState.DENIED),
)


def _contexts(path: Path, directory: Path, **options: Any) -> dict[str, tuple[object, ...]]:
    (rows,) = rows_of(order(open_source(path), directory, **options))
    assert isinstance(rows.contexts, ContextColumns)
    return {
        customer: (
            rows.contexts.context(place),
            rows.candidates_of(place),
            rows.consents_of(place),
            rows.excluded_of(place, ("boots",)),
        )
        for place, customer in enumerate(rows.customer_ids.tolist())
    }


def _written(kind: str, directory: Path) -> Path:
    path = directory / f"customers.{kind}"
    if kind == "parquet":
        pq.write_table(_TABLE, path)
    elif kind == "csv":
        path.write_text(
            "customer_id,recency_days,monetary,r,segment,lifecycle_stage,favourites.shoes,features.age,features.city,"
            "features.newsletter,features.tags,time_zone,consents,excluded_campaign_ids,candidates\n"
            "ann,3,12.5,5,gold,ACTIVE,0.5,41,Paris,true,b c| a|a|,Europe/Berlin,marketing/email=GRANTED;/sms=DENIED,"
            "NO_CONTACT dresses,boots;winback\nbob,,nan,,,,,,,,,,,,\n"
        )
    else:
        opener = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with opener(str(path), _TABLE.schema) as writer:
            writer.write_table(_TABLE)
    return path


@pytest.mark.parametrize("kind", ["parquet", "csv", "arrow", "arrows"])
def test_every_source_says_the_same(kind: str, tmp_path: Path) -> None:
    """Parquet, CSV, Arrow files and streams of the same customers say the same of them, what a row may
    hold of lists, flags without a value, time zones, consents and exclusions included.
    """
    found = _contexts(_written(kind, tmp_path), tmp_path, separators={"features.tags": "|"})
    ann = (_ANN, ("boots", "winback"), _SAID, ("boots", "dresses", "NO_CONTACT"))
    assert {"ann": ann, "bob": (CustomerContext(), (), (), ("boots",))} == found


def test_standard_input_is_an_arrow_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path - reads an Arrow stream from standard input."""
    stream = io.BytesIO(_written("arrows", tmp_path).read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))

    assert {"ann", "bob"} == set(_contexts(Path("-"), tmp_path))


def test_columns_are_mapped(tmp_path: Path) -> None:
    """A map takes fields from columns of other names and types, and constants for all rows; ids may be whole numbers."""
    path = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"key": [17.0, 18.0], "Ort": pa.array(["Ulm", "Ulm"]).dictionary_encode()}), path)

    columns, constants = ["customer_id=key", "features.city=Ort"], ["segment=gold", "features.vip=true"]
    spilled = order(open_source(path), tmp_path, columns=columns, constants=constants)

    (rows,) = rows_of(spilled)
    assert {"17", "18"} == set(rows.customer_ids.tolist())
    assert CustomerContext(segment="gold", features={"city": "Ulm", "vip": True}) == rows.contexts.context(0)


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("customer_id", ["", "b"], "customer_id: '' must be an id of 1 to 128 characters"),
        ("customer_id", [None, "b"], "customer_id: is missing: every row needs an id of 1 to 128 characters"),
        ("customer_id", ["a\nb", "b"], r"customer_id: 'a\nb' must be an id of 1 to 128 characters"),
        ("customer_id", ["a" * 129, "b"], "aaa ... (129 characters) must be an id of 1 to 128 characters"),
        ("recency_days", [-1.0, 1.0], "recency_days: -1.0 must be a number from 0 to 36,500"),
        ("monetary", [np.inf, 1.0], "monetary: inf must be a number from 0 to 1,000,000,000,000"),
        ("r", [6, 1], "r: 6 must be a whole number from 1 to 5"),
        ("f", [1.5, 1.0], "f: 1.5 must be a whole number from 1 to 5"),
        ("segment", ["x" * 129, "y"], "must have at most 128 characters"),
        ("lifecycle_stage", ["DEAD", "NEW"], "lifecycle_stage: 'DEAD' is no lifecycle stage; one of PROSPECT, NEW"),
        ("favourites.shoes", [-0.1, 1.0], "favourites.shoes: -0.1 must be a number from 0 to 1,000"),
        ("recency_days", ["3,5", "3"], """from 0 to 36,500; for a decimal comma say --decimal "","""),
        ("r", ["4,0", "4"], """from 1 to 5; for a decimal comma say --decimal "","""),
        ("monetary", ["never", "1"], "monetary: 'never' must be a number from 0 to 1,000,000,000,000"),
        ("features.age", [1e16, 1.0], "features.age: 1e+16 must be a number from"),
        ("features.city", ["x" * 129, "y"], "must have at most 128 characters"),
        ("features.tags", [["x" * 129], ["y"]], "must be a list of at most 100 texts of at most 128 characters each"),
        ("features.tags", [["x", None], []], "features.tags: ['x', None] must be a list of at most 100 texts"),
        ("time_zone", ["Berlin", None], "time_zone: 'Berlin' is no time zone; an IANA name is one"),
        ("consents", [["marketing"], None], "'marketing' is not of the form purpose/channel=GRANTED, or =DENIED"),
        ("consents", [["/sms=GRANTED"], []], "purpose is required for a consent; only a denial may be of every"),
        ("consents", ["marketing=YES", ""], "consents: 'marketing=YES': 'YES' is none of GRANTED, DENIED"),
        (
            "excluded_campaign_ids",
            [["bots"], []],
            "excluded_campaign_ids: ['bots'] names bots, which the catalogue lacks",
        ),
        ("candidates", [["boots", "botts"], ["boots"]], "names botts, which the catalogue lacks"),
        ("candidates", [[], ["boots"]], "candidates: [] must name at least one campaign"),
    ],
)
def test_cells_that_do_not_fit_are_named(column: str, values: list[object], reason: str, tmp_path: Path) -> None:
    """A row with a cell that its field cannot have is rejected with row, column, cell and reason; the others stay."""
    path = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"customer_id": ["a", "b"], column: values}), path)

    (rows,) = rows_of(order(open_source(path), tmp_path))

    assert ["b"] == rows.customer_ids.tolist()
    (line,) = [" ".join(rejected(tmp_path))]
    assert line.startswith("1,")
    assert reason in line


@pytest.mark.parametrize(
    ("column", "values", "schema", "reason"),
    [
        ("recency_days", ["3"], {}, None),
        ("recency_days", [True], {}, "column recency_days has the type bool; it must have numbers"),
        ("segment", [1.5], {}, "column segment has the type double; it must have texts"),
        ("candidates", [1], {}, "column candidates has the type int64; it must have a list of texts"),
        ("features.age", ["x"], {"age": FeatureType.FLAG}, None),
        ("features.age", [1.0], {"age": FeatureType.TEXT}, "has the type double; the portfolio declares texts"),
        ("features.tags", [[1.5]], {}, "it must have numbers, texts, flags or lists of texts"),
        ("features.tags", [["x"]], {"tags": FeatureType.TEXT}, "the portfolio declares texts"),
        ("features.tags", [1.5], {"tags": FeatureType.TEXTS}, "the portfolio declares lists of texts"),
        ("features.tags", ["x;y"], {"tags": FeatureType.TEXTS}, None),
        ("time_zone", [1], {}, "column time_zone has the type int64; it must have names of time zones"),
        ("consents", [1], {}, "it must have words such as marketing/email=GRANTED, as a list of texts"),
    ],
)
def test_columns_of_another_type_are_named(
    column: str, values: list[object], schema: dict[str, FeatureType], reason: str | None, tmp_path: Path
) -> None:
    """A column whose type its field cannot have is refused before any row is read; texts may say numbers."""
    path = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"customer_id": ["a"], column: values}), path)

    if reason is None:
        order(open_source(path), tmp_path, schema=schema)
        return
    with pytest.raises(ColumnError, match=reason):
        order(open_source(path), tmp_path, schema=schema)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ([], "no column is the customer_id: map one with customer_id=COLUMN; there are id"),
        (["customer_id=key"], "customer_id is mapped to column key, which the file lacks; it has id"),
        (["customer_id=id", "occasion=id"], "occasion is the same for a whole run: give it as an option"),
        (["customer_id=id", "supersedes=id"], "supersedes is for single requests of Rank: an audience has none"),
        (["customer_id=id", f"features.{'x' * 129}=id"], "the name of a favourite or feature must have at most 128"),
        (["customer_id=id", "recencydays=id"], r"recencydays is no field \(did you mean recency_days\?\)"),
    ],
)
def test_a_missing_column_is_named(columns: list[str], reason: str, tmp_path: Path) -> None:
    """A map of fields or columns that do not exist is refused with what would be right."""
    path = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"id": ["a"]}), path)

    with pytest.raises(ColumnError, match=reason):
        order(open_source(path), tmp_path, columns=columns)


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.string()), pa.large_list(pa.large_string()), pa.list_(pa.dictionary(pa.int8(), pa.string()))]
)
def test_lists_of_every_kind_are_lists(kind: pa.DataType, tmp_path: Path) -> None:
    """However Arrow holds a list of texts, it is the same list."""
    table = pa.table({"customer_id": ["ann", "bob"], "features.tags": pa.array([["b", "a"], None]).cast(kind)})
    with pa.ipc.new_stream(str(tmp_path / "c.arrows"), table.schema) as writer:
        writer.write_table(table)

    found = _contexts(tmp_path / "c.arrows", tmp_path)
    assert CustomerContext(features={"tags": ("a", "b")}) == found["ann"][0]
    assert CustomerContext() == found["bob"][0]


def test_dates_are_texts(tmp_path: Path) -> None:
    """Dates and times of Parquet are the texts that they are in CSV as pyarrow writes it."""
    moment = datetime(2026, 11, 27, 8, tzinfo=UTC)
    table = pa.table(
        {
            "customer_id": ["ann"],
            "features.day": pa.array([moment.date()]),
            "features.at": pa.array([moment], pa.timestamp("ms", "UTC")),
            "features.local": pa.array([moment.replace(tzinfo=None)], pa.timestamp("ms")),
        }
    )
    pq.write_table(table, tmp_path / "c.parquet")
    pa_csv.write_csv(table, tmp_path / "c.csv")
    texts = {"at": "2026-11-27 08:00:00.000Z", "day": "2026-11-27", "local": "2026-11-27 08:00:00.000"}
    for name in ("c.parquet", "c.csv"):
        (tmp_path / f"of {name}").mkdir()
        assert CustomerContext(features=texts) == _contexts(tmp_path / name, tmp_path / f"of {name}")["ann"][0]


def test_a_separator_is_for_lists(tmp_path: Path) -> None:
    """What is no list has no separator, and one of a field that is not there is refused."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,segment\na,b\n")
    with pytest.raises(ColumnError, match="segment is no list: it has no separator"):
        order(open_source(path), tmp_path, separators={"segment": "|"})
    with pytest.raises(ColumnError, match="consent is no field"):
        order(open_source(path), tmp_path, separators={"consent": "|"})


def test_csv_rows_keep_their_numbers(tmp_path: Path) -> None:
    """Rows of CSV with too few or too many cells are rejected by number, the header being row 1, as are mistyped cells."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,recency_days\na,1\nb\nc,many\nd,1,2\ne,x\nf,2\n")

    (rows,) = rows_of(order(open_source(path), tmp_path))

    assert {"a", "f"} == set(rows.customer_ids.tolist())
    assert [
        "3,has fewer cells (1) than the header (2),b,",
        "4,\"recency_days: 'many' must be a number from 0 to 36,500\",c,many",
        '5,has more cells (3) than the header (2),"d,1,2",',
        "6,\"recency_days: 'x' must be a number from 0 to 36,500\",e,x",
    ] == sorted(rejected(tmp_path))


def test_bare_quotes_are_no_end(tmp_path: Path) -> None:
    """A quote in the middle of a cell is a character like others, and a mark before the header is none."""
    path = tmp_path / "customers.csv"
    path.write_text('\ufeffcustomer_id,features.size\na,5" wide\n', encoding="utf-8")

    assert CustomerContext(features={"size": '5" wide'}) == _contexts(path, tmp_path)["a"][0]


def test_a_text_feature_may_come_in_numbers_with_gaps() -> None:
    """Whole numbers are their digits, whatever a table with gaps makes of them, and a gap is no text."""
    numbers = pa.array([17.0, None, float("nan"), 12_345_678_901.0, 1.5])
    assert ["17", None, None, "12345678901", "1.5"] == feature_texts(numbers).values.to_pylist()
