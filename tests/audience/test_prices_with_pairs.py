"""Prices of runs whose campaigns are named, and described, customer by customer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.audience import canonical_order
from banditsvc.core.contact_policy import Capacity
from banditsvc.core.volume_minimum import VolumeMinimum
from tests.audience.run_shop import run_audience, write_customers
from tests.audience.test_run_prices import CUSTOMERS, LEARNED, WINBACK, column, make_learned_shop

CAMPAIGNS = ("news", "sale", "winback")
_COLUMNS = ("customer_id", "campaign_id", "selection_probabilities", "predicted_rewards", "prices", "result")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical_order, "PART_ROWS", 128)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The customers."""
    return write_customers(tmp_path_factory.mktemp("source") / "customers.parquet", CUSTOMERS)


def write_pairs(path: Path, **features: object) -> Path:
    """Writes a pair of each customer with each campaign."""
    customers = np.repeat(np.arange(CUSTOMERS), len(CAMPAIGNS))
    table = pa.table(
        {
            "customer_id": [f"c{number}" for number in customers],
            "campaign_id": list(CAMPAIGNS) * CUSTOMERS,
            **{f"features.{name}": values for name, values in features.items()},
        }
    )
    pq.write_table(table, path)
    return path


def limited(data: Path) -> int:
    """Makes a shop with 400 contacts at most, at least 200 of them of winback."""
    return make_learned_shop(
        data,
        capacities=[Capacity(name="contacts", max_contacts=400)],
        minimums=[VolumeMinimum(name="winback", campaigns=WINBACK, min_contacts=200)],
    )


def test_pairs_that_say_nothing_new_change_nothing(source: Path, tmp_path: Path) -> None:
    """Pairs of everybody with every live campaign, described with nothing or named alone, are priced and decided as without."""
    position = limited(tmp_path / "data")
    unknown = pa.nulls(CUSTOMERS * len(CAMPAIGNS), pa.float64())
    runs = {
        "without": None,
        "named": write_pairs(tmp_path / "named.parquet"),
        "described": write_pairs(tmp_path / "described.parquet", score=unknown),
    }
    prices, decided = {}, {}
    for name, pairs in runs.items():
        result, _ = run_audience(
            source, tmp_path / "data", tmp_path / name, position, model_version=LEARNED, pairs=pairs
        )
        prices[name] = result.prices
        decided[name] = [list(column(tmp_path / name, one)) for one in _COLUMNS]

    assert prices["without"] is not None
    assert prices["without"] == prices["named"] == prices["described"]
    assert decided["without"] == decided["named"] == decided["described"]


def test_limits_hold_with_features_of_the_pair(source: Path, tmp_path: Path) -> None:
    """Where each pair has a score of its own that moves predictions, prices hold a volume and a minimum within .5 %.

    What prices promise in expectation is compared; draws are held by rooms above, and by three deviations below.
    """
    position = limited(tmp_path / "data")
    scores = np.random.default_rng(7).uniform(-1.0, 1.0, CUSTOMERS * len(CAMPAIGNS))
    pairs = write_pairs(tmp_path / "pairs.parquet", score=scores)
    result, _ = run_audience(source, tmp_path / "data", tmp_path / "run", position, model_version=LEARNED, pairs=pairs)
    assert result.prices is not None
    most, least = result.prices.limits
    assert (True, True) == (most.is_met, least.is_met)
    assert most.price > 0.0
    assert abs(most.expected - most.bound) <= 0.005 * most.bound
    assert least.expected >= 0.995 * least.bound
    assert 360 <= result.contacts.total() <= 400
    assert result.contacts["winback"] >= 200
