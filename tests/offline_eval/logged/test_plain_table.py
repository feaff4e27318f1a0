from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offline_eval.logged import LogRefused, ReadingSettings, TableColumns, parse_table_columns, read_logged

COLUMNS = TableColumns(
    reward="spend",
    probability="chance",
    action="arm",
    eligible="arms",
    probabilities="chances",
    targets=("new",),
    customer="who",
    time="when",
    decision_id="id",
    labels=("town",),
    features=("age",),
)
_SETTINGS = ReadingSettings(columns=COLUMNS, most_faults=0.5)


def _frame(**changes: Any) -> pd.DataFrame:
    known: dict[str, Any] = {
        "id": ["r1", "r2", "r3"],
        "spend": [1.5, 0.0, 2.0],
        "chance": [0.25, 0.5, 1.0],
        "arm": ["a", "b", "c"],
        "arms": [["a", "b"], ["a", "b"], ["c"]],
        "chances": [[0.25, 0.75], [0.5, 0.5], [1.0]],
        "new": [0.1, 0.9, 1.0],
        "who": ["x", "y", "x"],
        "when": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"], utc=True),
        "town": ["bonn", None, "bonn"],
        "age": [30.0, math.nan, 50.0],
    }
    return pd.DataFrame(known | changes)


def _as(kind: str, frame: pd.DataFrame, folder: Path) -> Any:
    if kind == "frame":
        return frame
    if kind == "arrow":
        return pa.Table.from_pandas(frame)
    path = folder / f"log.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pandas(frame), path)
    else:
        texts = {name: frame[name].map(lambda one: ";".join(map(str, one))) for name in ("arms", "chances")}
        frame.assign(**texts).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("kind", ["frame", "arrow", "parquet", "csv"])
def test_a_table_is_the_same_log_whatever_holds_it(tmp_path: Path, kind: str) -> None:
    """A data frame, an Arrow table, a Parquet and a CSV file say the same of their decisions."""
    logged = read_logged(_as(kind, _frame(), tmp_path), _SETTINGS)

    assert [0, 2, 4, 5] == logged.entries.start.tolist()
    assert ["a", "b", "a", "b", "c"] == [logged.entries.campaign.names[code] for code in logged.entries.campaign.codes]
    assert [0.25, 0.75, 0.5, 0.5, 1.0] == logged.entries.probability.tolist()
    assert ([0, 3, 4], [0.25, 0.5, 1.0]) == (logged.chosen.tolist(), logged.probability.tolist())
    assert [1.5, 0.0, 2.0] == logged.reward.tolist()
    assert [0, 1, 0] == logged.customer.tolist()
    assert [86_400_000_000] * 2 == np.diff(logged.time_us).tolist()
    assert ["bonn", "(unknown)", "bonn"] == [logged.labels["town"].names[one] for one in logged.labels["town"].codes]
    assert [[30.0], [0.0], [50.0]] == logged.features.tolist()  # type: ignore[union-attr]  # there are some
    assert [0.1, 0.9, 1.0] == logged.targets["new"][logged.chosen].tolist()
    assert np.isnan(logged.targets["new"][[1, 2]]).all()


BAD: dict[str, dict[str, Any]] = {
    "probability missing": {"chances": [[0.25, 0.75], [], [1.0]]},
    "probability zero or below": {"chances": [[0.25, 0.75], [1.0, 0.0], [1.0]]},
    "probability above 1": {"chances": [[0.25, 0.75], [-0.5, 1.5], [1.0]]},
    "probabilities that do not sum to 1": {"chances": [[0.25, 0.75], [0.5, 0.6], [1.0]]},
    "two probabilities of one choice": {"chance": [0.25, 0.4, 1.0]},
    "lists of different lengths": {"chances": [[0.25, 0.75], [1.0], [1.0]]},
    "reward missing or not finite": {"spend": [1.5, math.inf, 2.0]},
    "choice missing or not among the eligible": {"arm": ["a", None, "c"]},
    "decision that came before": {"id": ["r1", "r1", None]},
    "time missing or not readable": {"when": ["2026-01-01", "yesterday", "2026-01-03"]},
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("form", ["frame", "csv"])
def test_bad_rows_are_counted_by_kind_and_the_rest_goes_on(tmp_path: Path, kind: str, form: str) -> None:
    """Each is counted under its own name with its row, and does not touch the others."""
    logged = read_logged(_as(form, _frame(**BAD[kind]), tmp_path), _SETTINGS)
    assert ({kind: 1}, {kind: "row 2"}) == (logged.left_out, logged.first_left_out)
    assert [1.5, 2.0] == logged.reward.tolist()
    assert [0.25, 1.0] == logged.probability.tolist()


def test_texts_that_are_no_numbers_and_rows_that_are_broken_are_counted(tmp_path: Path) -> None:
    """In a CSV file a word for a reward is a reward that is missing, and a row of too many cells cannot be read."""
    path = tmp_path / "log.csv"
    path.write_text("reward,selection_probability,campaign_id\n1,0.5,a\noops,0.5,a\n1,0.5,a,7\n0,none,b\n0,0.5,b\n")
    logged = read_logged(path, ReadingSettings(most_faults=0.9))

    expected = {"line that cannot be read": 1, "reward missing or not finite": 1, "probability missing": 1}
    assert expected == logged.left_out
    assert [1.0, 0.0] == logged.reward.tolist()


def test_campaigns_that_are_always_eligible_may_be_named() -> None:
    """Where no column tells what was eligible, names do; what else was chosen is at fault."""
    frame = pd.DataFrame({"reward": [1, 2, 3], "selection_probability": 0.5, "campaign_id": ["a", "b", "x"]})
    settings = ReadingSettings(columns=TableColumns(always_eligible=("a", "b", "c")), most_faults=0.5)
    logged = read_logged(frame, settings)

    assert [3, 3] == logged.entries.size.tolist()
    assert {"choice missing or not among the eligible": 1} == logged.left_out


@pytest.mark.parametrize("given", ["2026-01-01", "2026-01-01T00:00:00Z", "1767225600", 1_767_225_600, 1_767_225_600.0])
def test_times_are_read_from_times_texts_and_seconds(given: Any) -> None:
    """A date, a time with a zone and seconds since 1970 are the same moment."""
    frame = pd.DataFrame({"reward": [1], "selection_probability": [1.0], "campaign_id": ["a"], "t": [given]})
    logged = read_logged(frame, ReadingSettings(columns=TableColumns(time="t")))
    assert [1_767_225_600_000_000] == logged.time_us.tolist()


def test_all_columns_that_are_not_there_are_named() -> None:
    """The refusal says which fields name what is missing, what there is, and how to name others."""
    with pytest.raises(LogRefused, match=r"(?s)reward: there is no column 'reward'.*action: .*It has x.*reward=NAME"):
        read_logged(pd.DataFrame({"x": [1]}))


def test_a_column_map_is_read_from_pairs() -> None:
    """Pairs of field and column make the map, and all that are none are named at once."""
    expected = TableColumns(reward="spend", labels=("a", "b"), greatest_reward=5.0)
    assert expected == parse_table_columns(["reward=spend", "labels=a,b", "greatest_reward=5"])
    with pytest.raises(LogRefused, match=r"(?s)'colour=x' is not FIELD=COLUMN.*'plain' is not.*'much' is no number"):
        parse_table_columns(["colour=x", "plain", "least_reward=much"])


def test_rewards_out_of_the_range_that_was_given_are_refused() -> None:
    """A bound that the log itself breaks would make every interval wrong."""
    frame = pd.DataFrame({"reward": [9.0], "selection_probability": [1.0], "campaign_id": ["a"]})
    with pytest.raises(LogRefused, match="a reward of 9 is out of the range 0 to 5"):
        read_logged(frame, ReadingSettings(columns=TableColumns(least_reward=0.0, greatest_reward=5.0)))


@pytest.mark.parametrize("name", ["gone.csv", "gone.dsjson", "nowhere"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    """The refusal says which file, and what can be read."""
    with pytest.raises(LogRefused, match=rf"{name}.*there is no such file"):
        read_logged(tmp_path / name)
