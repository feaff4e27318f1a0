"""Trial files to play: the real ones where they are at hand, else ones with the same columns and rates."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from banditsvc.client import Client, ClientOptions
from simulators.column_map import load_column_map
from simulators.own_server import own_server
from simulators.trial import Trial, load_trial

REPOSITORY = Path(__file__).parents[2]
DATA_VARIABLE = "TRIAL_DATA_DIR"
"""Names the directory with hillstrom/hillstrom.csv and charitable/charitable.csv."""


@pytest.fixture(scope="session")
def hillstrom_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _real("hillstrom") or _generated_hillstrom(tmp_path_factory.mktemp("trial") / "hillstrom.csv", 9_000)


@pytest.fixture(scope="session")
def charitable_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _real("charitable") or _generated_charitable(tmp_path_factory.mktemp("trial") / "charitable.csv", 9_000)


@pytest.fixture(scope="session")
def strong_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trial in which the men's e-mail works far better than all else."""
    rates = {"Mens E-Mail": 0.5, "Womens E-Mail": 0.05, "No E-Mail": 0.05}
    return _generated_hillstrom(tmp_path_factory.mktemp("trial") / "strong.csv", 6_000, rates)


@pytest.fixture(scope="session")
def lively_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trial in which many visit, so that a few thousand customers tell groups apart."""
    rates = {"Mens E-Mail": 0.5, "Womens E-Mail": 0.4, "No E-Mail": 0.25}
    return _generated_hillstrom(tmp_path_factory.mktemp("trial") / "lively.csv", 6_000, rates)


@pytest.fixture(scope="session")
def visits(hillstrom_csv: Path) -> Trial:
    """Hillstrom's trial with visits as the reward."""
    return load_trial(hillstrom_csv, load_column_map("hillstrom"), "visit")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of a fresh server on the simulated clock."""
    with own_server() as address, Client(address, ClientOptions(timeout_seconds=60.0)) as client:
        yield client


def _real(name: str) -> Path | None:
    named = os.environ.get(DATA_VARIABLE)
    directory = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    path = directory / name / f"{name}.csv"
    return path if path.exists() else None


def _generated_hillstrom(path: Path, rows: int, rates: dict[str, float] | None = None) -> Path:
    rates = rates or {"Mens E-Mail": 0.18, "Womens E-Mail": 0.15, "No E-Mail": 0.11}
    rng = np.random.default_rng(2008)
    arms = rng.choice(list(rates), size=rows)
    visit = (rng.random(rows) < np.array([rates[arm] for arm in arms])).astype(int)
    conversion = visit * (rng.random(rows) < 0.06)
    columns = {
        "recency": rng.integers(1, 13, rows),
        "history_segment": "1) $0 - $100",
        "history": np.round(30 + rng.gamma(1.0, 210.0, rows), 2),
        "mens": rng.integers(0, 2, rows),
        "womens": rng.integers(0, 2, rows),
        "zip_code": rng.choice(["Rural", "Surburban", "Urban"], rows),
        "newbie": rng.integers(0, 2, rows),
        "channel": rng.choice(["Phone", "Web", "Multichannel"], rows),
        "segment": arms,
        "visit": visit,
        "conversion": conversion,
        "spend": np.round(conversion * rng.gamma(2.0, 60.0, rows), 2),
    }
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def _generated_charitable(path: Path, rows: int) -> Path:
    rng = np.random.default_rng(2007)
    arms = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 0, 1)])[rng.choice(4, rows, p=[3 / 9, 2 / 9, 2 / 9, 2 / 9])]
    gave = (rng.random(rows) < 0.02).astype(int)
    columns = {
        "treatment": arms[:, 0],
        "treat_ratio2": arms[:, 1],
        "treat_ratio3": arms[:, 2],
        "out_gavedum": gave,
        "out_amountgive": gave * rng.choice([25.0, 50.0, 100.0], rows),
        "hpa": rng.choice([25.0, 50.0, 100.0], rows),
        "ltmedmra": rng.integers(0, 2, rows),
        "freq": rng.integers(0, 20, rows),
        "years": rng.integers(0, 20, rows),
        "mrm2": np.where(rng.random(rows) < 0.01, -999, rng.integers(0, 60, rows)),
        "dormant": rng.integers(0, 2, rows),
        "female": np.where(rng.random(rows) < 0.02, -999, rng.integers(0, 2, rows)),
        "couple": rng.integers(0, 2, rows),
        "redcty": rng.integers(0, 2, rows),
    }
    pd.DataFrame(columns).to_csv(path, index=False)
    return path
