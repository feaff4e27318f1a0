"""Trials: cells become contexts, arms and rewards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from banditsvc.v1.context_pb2 import CustomerContext
from simulators.column_map import load_column_map, parse_column_map
from simulators.trial import Trial, TrialError, load_trial

MAP = """
currency = "EUR"
arm_columns = ["arm"]
missing = ["-999"]

[[arms]]
cells = ["a"]
probability = "1/2"
campaign = { campaign_id = "first" }

[[arms]]
cells = ["b"]
probability = "1/2"
campaign = { campaign_id = "second" }

[[context]]
column = "months"
to = "recency_days"
scale = 30.0

[[context]]
column = "shoes"
to = "favourites.shoes"

[[context]]
column = "new"
to = "features.new"
kind = "flag"

[[context]]
column = "city"
to = "segment"
kind = "text"

[[context]]
column = "score"
to = "r"

[rewards.spend]
outcome = "REVENUE"
measure = "AMOUNT"
greatest = 100.0
"""
HEADER = "arm,months,shoes,new,city,score,spend\n"
COLUMNS = parse_column_map(MAP, "map")


def _write(path: Path, *lines: str) -> Path:
    path.write_text(HEADER + "".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def test_cells_become_contexts(tmp_path: Path) -> None:
    """Each cell goes where the map says, scaled; an unknown cell and a favourite of weight 0 are absent."""
    path = _write(tmp_path / "t.csv", "a,2,1,0,Rome,5,9.5", "b,-999,0,-999,,-999,0")

    trial = load_trial(path, COLUMNS, "spend")

    known = CustomerContext(recency_days=60, segment="Rome", r=5, favourites={"shoes": 1})
    known.features["new"].flag = False
    assert [known, CustomerContext()] == [CustomerContext.FromString(context) for context in trial.contexts]
    assert trial.arms.tolist() == [0, 1]
    assert trial.rewards.tolist() == [9.5, 0.0]


def test_rows_without_a_reward_are_left_out(tmp_path: Path) -> None:
    """A row whose reward is unknown is left out and counted: unknown is not zero."""
    path = _write(tmp_path / "t.csv", "a,1,1,0,Rome,5,", "b,1,1,0,Rome,5,7", "a,1,1,0,Rome,5,-999")

    trial = load_trial(path, COLUMNS, "spend")

    assert trial.rewards.tolist() == [7.0]
    assert trial.left_out == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("c,1,1,0,Rome,5,7", "line 3: no arm of the column map has the values c"),
        ("a,many,1,0,Rome,5,7", "line 3: months is 'many', not a number"),
        ("a,1,1,2,Rome,5,7", "line 3: new is '2', not 0 or 1"),
        ("a,1,1,0,Rome,5,-7", "line 3: spend is -7, out of range"),
        ("a,inf,1,0,Rome,5,7", "line 3: months is inf, out of range"),
    ],
)
def test_a_faulty_cell_is_named_by_line_and_column(tmp_path: Path, line: str, message: str) -> None:
    """A cell that cannot be read is told by its line, the header being line 1, and by its column."""
    path = _write(tmp_path / "t.csv", "a,1,1,0,Rome,5,7", line)

    with pytest.raises(TrialError) as caught:
        load_trial(path, COLUMNS, "spend")

    assert message in str(caught.value)


def test_lacking_columns_are_named(tmp_path: Path) -> None:
    """All mapped columns that the file lacks are told at once."""
    path = tmp_path / "t.csv"
    path.write_text("arm,months,shoes,new,score\na,1,1,0,5\n", encoding="utf-8")

    with pytest.raises(TrialError, match="lacks the columns city, spend; it has arm"):
        load_trial(path, COLUMNS, "spend")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A file that does not exist is told by its path."""
    with pytest.raises(TrialError, match=r"cannot read the trial file .*none\.csv: No such file"):
        load_trial(tmp_path / "none.csv", COLUMNS, "spend")


@pytest.mark.parametrize(
    ("name", "reward"),
    [
        ("hillstrom", "visit"),
        ("hillstrom", "conversion"),
        ("hillstrom", "spend"),
        ("charitable", "gave"),
        ("charitable", "amount"),
    ],
)
def test_built_in_maps_fit_their_files(name: str, reward: str, hillstrom_csv: Path, charitable_csv: Path) -> None:
    """A built-in map reads every row of its file, and each arm has its share of them within 5 standard errors."""
    path = {"hillstrom": hillstrom_csv, "charitable": charitable_csv}[name]

    trial = load_trial(path, load_column_map(name), reward)

    shares = np.bincount(trial.arms, minlength=len(trial.probabilities)) / len(trial)
    errors = np.sqrt(trial.probabilities * (1 - trial.probabilities) / len(trial))
    assert (np.abs(shares - trial.probabilities) < 5 * errors).all()
    assert trial.left_out <= 2
    assert 0 < trial.rewards.max() <= trial.reward.greatest


def test_a_part_is_drawn_without_replacement(visits: Trial) -> None:
    """A part of a trial has so many of its rows, the same for the same seed; asking for more gives the visits."""
    part = visits.random_part(500, seed=3)

    assert len(part) == 500
    assert part.contexts == visits.random_part(500, seed=3).contexts
    assert part.contexts != visits.random_part(500, seed=4).contexts
    assert visits.random_part(len(visits) + 1, seed=3) is visits
