"""Rows for a fit: of trial files, of the log, and of contexts with parts of all kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from banditsvc.log_parquet import write_parquet
from banditsvc.open_log import open_log
from simulators.column_map import parse_column_map
from simulators.fit.context_parts import parts_of
from simulators.fit.enough_arms import with_enough_arms
from simulators.fit.fit import fit_world
from simulators.fit.log_rows import log_rows
from simulators.fit.trial_rows import trial_rows
from simulators.trial import load_trial
from tests.reports.chosen_log import RATES, chosen_log
from tests.simulators.fit.made_rows import Truth, made_rows

MAP = """
currency = "EUR"
arm_columns = ["arm"]
arms = [
  { cells = ["a"], probability = "1/2", campaign = { campaign_id = "LETTER", category = "shoes", fixed_priority = 1 } },
  { cells = ["b"], probability = "1/2", campaign = { campaign_id = "NO_CONTACT" } },
]
context = [
  { column = "city", to = "segment", kind = "text" },
  { column = "new", to = "features.new", kind = "flag" },
]
[rewards.spend]
outcome = "REVENUE"
measure = "AMOUNT"
greatest = 100.0
"""


def test_a_trial_file_as_rows(tmp_path: Path) -> None:
    """Arms, parts and amounts of a trial file are those of its cells."""
    path = tmp_path / "trial.csv"
    path.write_text("arm,city,new,spend\na,Rome,1,0\nb,Oslo,0,12.5\na,Rome,,3\nb,Rome,1,0\n", "utf-8")
    rows = trial_rows(load_trial(path, parse_column_map(MAP, "t"), "spend"))

    assert ("LETTER", "NO_CONTACT") == rows.campaign_ids
    assert [0, 1, 0, 1] == rows.arms.tolist()
    assert [False, True, True, False] == rows.responses.tolist()
    assert rows.amounts is not None
    assert [0.0, 12.5, 3.0, 0.0] == rows.amounts.tolist()
    assert ["Rome", "Oslo", "Rome", "Rome"] == _texts(rows.parts["segment"].codes, rows.parts["segment"].names)
    new = rows.parts["features.new"]
    assert ["yes", "no", "unknown", "yes"] == _texts(new.codes, new.names)


def test_parts_of_contexts() -> None:
    """Numbers are binned, few values keep their own, missing ones are unknown, rare texts are other; no part is constant."""
    count = 1_000
    frame = pd.DataFrame(
        {
            "recency_days": np.arange(count, dtype=np.float64),
            "r": [1.0, 5.0] * (count // 2),
            "segment": ["a"] * 500 + ["b"] * 495 + ["rare"] * 5,
            "features.same": ["x"] * count,
            "favourites.shoes": [0.5, 0.0] * (count // 2),
            "favourites.coats": [0.0, 0.5] * (count // 2),
            "monetary": [np.nan, 10.0] * (count // 2),
        }
    )
    parts = parts_of(frame)

    names = ["features.favourites", "features.monetary", "features.r", "features.recency_days", "segment"]
    recency = ("to 200", "over 200 to 400", "over 400 to 599", "over 599 to 799", "over 799")
    assert names == list(parts)
    assert recency == parts["features.recency_days"].names
    assert ("1", "5") == parts["features.r"].names
    assert ("a", "b", "other") == parts["segment"].names
    assert {"shoes", "coats"} == set(parts["features.favourites"].names)
    assert ("10", "unknown") == parts["features.monetary"].names


def test_a_log_and_its_export_give_the_same_rows(tmp_path: Path) -> None:
    """Mature decisions of a data directory are rows with their campaigns and segments; its Parquet export gives the same."""
    data = tmp_path / "data"
    data.mkdir()
    chosen_log(data, 4_000)
    with open_log(data) as log:
        write_parquet(log, "shop", tmp_path / "export")
    rows, exported = log_rows(data), log_rows(tmp_path / "export")

    assert ("news", "sale-47", "sale-48") == rows.campaign_ids
    assert 3_400 == len(rows)
    assert ("family", "student") == rows.parts["segment"].names
    assert (rows.arms == exported.arms).all()
    assert (rows.responses == exported.responses).all()
    assert abs(rows.responses[rows.arms == 0].mean() - RATES["news"]) < 0.04
    assert rows.delays is not None
    assert np.nanmax(rows.delays) < 1e-6
    assert fit_world("log", rows).calibration.is_calibrated


def test_campaigns_with_too_few_responses_are_left_out_by_name() -> None:
    """What is left has the campaigns with enough, and a sentence names the others with their rows."""
    rows = made_rows(Truth(constants=(-1.0, -6.0, -1.0)), 2_000, seed=1)
    kept = with_enough_arms(rows)

    assert ("letter", "NO_CONTACT") == kept.campaign_ids
    assert int((rows.arms != 1).sum()) == len(kept)
    assert kept.caveats[-1].startswith("1 campaigns with fewer than 20 responses are left out")


def _texts(codes: NDArray[np.int64], values: tuple[str, ...]) -> list[str]:
    return [values[code] for code in codes]
