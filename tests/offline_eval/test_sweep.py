"""Sweeps: settings of learning policies compared on one log, corrected for how many they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from offline_eval.intervals import Floats
from offline_eval.replay import EligibleCampaigns, Features, ReplayLog, ReplaySettings, sweep
from tests.offline_eval.replay_world import BATCH, LEAST, UNIFORM, EpsilonGreedy, logged

SETTINGS = ReplaySettings(seeds=4, batch_rows=BATCH, least_probability=LEAST, reward_range=(0.0, 1.0))
SHARES = (0.1, 0.3, 1.0)
CANDIDATES = {f"share {share}": EpsilonGreedy(share) for share in SHARES}


@pytest.fixture(scope="module")
def swept() -> pd.DataFrame:
    return sweep(logged(51, probabilities=UNIFORM), CANDIDATES, replace(SETTINGS, least_probability=1.0 / 6.0))


def test_the_best_is_first(swept: pd.DataFrame) -> None:
    """Candidates stand in the order of their values by all rows; the first is what the others are compared to."""
    assert set(CANDIDATES) == set(swept.index)
    assert swept["ips_value"].is_monotonic_decreasing
    assert "REFERENCE" == swept["verdict"].iloc[0]


def test_who_explores_always_is_worse(swept: pd.DataFrame) -> None:
    """A policy that spreads everything is found worse, with an interval of the difference below 0."""
    row = swept.loc["share 1.0"]

    assert "WORSE" == row["verdict"]
    assert row["difference_high"] < 0.0
    assert row["rejected"] == pytest.approx(5.0 / 6.0, abs=0.01)


def test_the_incumbent_is_the_reference() -> None:
    """With an incumbent all differences are to it, and the correction is for these alone: never greater."""
    log = logged(52, 10_000)
    to_best = sweep(log, CANDIDATES, SETTINGS)
    best = str(to_best.index[0])
    to_incumbent = sweep(log, CANDIDATES, SETTINGS, incumbent=best)

    assert to_best["difference"].to_dict() == to_incumbent["difference"].to_dict()
    others = [name for name in CANDIDATES if name != best]
    assert (to_incumbent.loc[others, "p_value"] <= to_best.loc[others, "p_value"]).all()


def test_alike_candidates_stay_open() -> None:
    """In 40 sweeps of four policies that are worth the same, 5 % at most find a difference (binomial margin at .001)."""
    found = 0
    for seed in range(40):
        mostly = {f"mostly {place}": _Mostly(place) for place in range(1, 5)}
        settings = replace(SETTINGS, seeds=2, batch_rows=4_000)
        table = sweep(logged(100 + seed, 4_000, UNIFORM), mostly, replace(settings, least_probability=None))
        found += bool((table["verdict"] == "WORSE").any())

    assert found <= binom.isf(0.001, 40, 0.05)


def test_one_seed_gives_no_verdict() -> None:
    """With one seed nothing tells how else a policy might have been trained: every verdict is open."""
    table = sweep(logged(51), CANDIDATES, replace(SETTINGS, seeds=1))

    assert {"OPEN", "REFERENCE"} == set(table["verdict"])


def test_who_learns_nothing_is_told_apart() -> None:
    """Policies that learn nothing are the same for every seed, and are told apart by the decisions alone."""
    table = sweep(logged(55, 20_000, UNIFORM), {"best": _Mostly(0), "other": _Mostly(1)}, replace(SETTINGS, seeds=2))

    assert ["REFERENCE", "WORSE"] == [table["verdict"][name] for name in ("best", "other")]


@dataclass
class _Mostly:
    """Mostly takes one campaign, and learns nothing; all but the first are alike."""

    place: int

    def pmf(self, contexts: Features, eligible: EligibleCampaigns) -> Floats:
        del contexts
        found = np.full(eligible.mask.shape, 0.02)
        found[:, self.place] = 0.9
        return found

    def learn(self, batch: ReplayLog) -> None:
        del batch


def test_what_cannot_be_swept_is_refused() -> None:
    """No candidates, and an incumbent that is none of them, are refused by name."""
    with pytest.raises(ValueError, match="no candidates"):
        sweep(logged(53, 100), {}, SETTINGS)
    with pytest.raises(ValueError, match="'nobody' is no candidate: name one of share"):
        sweep(logged(53, 100), CANDIDATES, SETTINGS, incumbent="nobody")


def test_without_bounds_nothing_is_compared() -> None:
    """Where the range of rewards is not known there are values, and every verdict is open."""
    table = sweep(logged(54, 2_000), CANDIDATES, replace(SETTINGS, reward_range=None))

    assert table["ips_value"].notna().all()
    assert table["p_value"].isna().all()
    assert {"OPEN", "REFERENCE"} == set(table["verdict"])
