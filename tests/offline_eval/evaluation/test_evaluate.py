from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from banditsvc.core.exploration import EpsilonGreedy, SquareCB
from banditsvc.core.policy import Policy
from offline_eval.evaluation import Candidate, evaluate
from offline_eval.evaluation.candidate import policy_of_text
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import Method, OffPolicySpec
from offline_eval.logged import JoinedReader, Logged, LogRefused, TableColumns
from tests.offline_eval.logged.served_rows import served_batch, served_order, varied_decisions

_IDS = ("mens", "none", "womens")
_RATES = np.array([0.18, 0.10, 0.15])
_COLUMNS = TableColumns(
    eligible="eligible",
    probabilities="chances",
    targets=("new",),
    customer="customer",
    least_reward=0.0,
    greatest_reward=1.0,
)


def _table(seed: int, count: int = 8_000) -> pd.DataFrame:
    """Returns draws by .6, .1 and .3 of three campaigns with known rates, and a new policy that never chooses none."""
    rng = np.random.default_rng(seed)
    chances = np.array([0.6, 0.1, 0.3])
    chosen = rng.choice(3, count, p=chances)
    return pd.DataFrame(
        {
            "campaign_id": np.array(_IDS)[chosen],
            "selection_probability": chances[chosen],
            "eligible": [list(_IDS)] * count,
            "chances": [chances.tolist()] * count,
            "new": np.array([0.9, 0.0, 0.1])[chosen],
            "customer": np.arange(count),
            "reward": (rng.random(count) < _RATES[chosen]).astype(float),
        }
    )


def _each(chances: list[float], table: pd.DataFrame) -> pd.Series:
    return pd.Series([chances] * len(table), index=table.index)


def _half_of_mens(logged: Logged) -> Floats:
    return np.tile([0.5, 0.0, 0.5], len(logged))


def test_values_lie_in_their_intervals() -> None:
    """Each candidate's true value, and its true difference to the logged policy, is in its interval of level .999."""
    candidates: list[Candidate] = ["logged", "uniform", "always:mens", "column:new", _half_of_mens]
    truths = [_RATES @ [0.6, 0.1, 0.3], _RATES.mean(), _RATES[0], _RATES @ [0.9, 0.0, 0.1], _RATES @ [0.5, 0.0, 0.5]]
    found = evaluate(_table(1), candidates, columns=_COLUMNS, interval=OffPolicySpec(level=0.999))

    assert ["logged", "uniform", "always:mens", "column:new", "_half_of_mens"] == found.index.tolist()
    for truth, (_, row) in zip(truths, found.iterrows(), strict=True):
        assert row["low"] <= truth <= row["high"]
        assert row["low"] <= row["value"] <= row["high"]
        assert row["difference_low"] <= truth - truths[0] <= row["difference_high"]
    logged = found.loc["logged"]
    assert (1.0, 1.0) == (logged["largest_weight"], logged["effective_share"])
    assert abs(found["difference"].to_dict()["logged"]) < 1e-9
    assert math.isclose(10.0 / 3.0, found["largest_weight"].to_dict()["uniform"])
    assert found["DR"].notna().tolist() == [True, True, True, False, True]


def test_without_eligible_sets_what_is_known_is_said_and_the_rest_refused() -> None:
    """Always one campaign has a value where only choices are known, with a warning; a uniform draw is refused."""
    plain = _table(2).drop(columns=["eligible", "chances", "new"])
    columns = TableColumns(customer="customer", least_reward=0.0, greatest_reward=1.0)
    found = evaluate(plain, "always:mens", columns=columns).loc["always:mens"]

    assert abs(found["value"] - _RATES[0]) < 0.05
    assert "does not tell what was eligible" in found["warnings"]
    assert "" == evaluate(plain, "logged", columns=columns, smallest_probability=0.1).loc["logged"]["warnings"]
    with pytest.raises(LogRefused, match="name the column of eligible campaigns"):
        evaluate(plain, "uniform", columns=columns)


def test_the_smallest_probability_bounds_weights_of_choices_alone() -> None:
    """Named, it makes the interval of a log without the other probabilities that of a log with them."""
    plain = _table(7).drop(columns=["chances", "new", "eligible"])
    columns = replace(_COLUMNS, eligible="", probabilities="", targets=(), always_eligible=_IDS)
    whole = evaluate(_table(7), "always:none", columns=_COLUMNS)
    bounded = evaluate(plain, "always:none", columns=columns, smallest_probability=0.1)
    assert np.allclose(whole[["value", "low", "high"]], bounded[["value", "low", "high"]])


def test_a_policy_of_the_service_is_evaluated_on_its_log() -> None:
    """Any exploration is applied to the logged predictions, as a policy, by its text and in a mapping of names."""
    [logged] = JoinedReader(catalogue=served_order(), reward_range=(0.0, 1.0)).read(
        [served_batch(varied_decisions(1, 200))]
    )
    policy = Policy(portfolio_id="shop", exploration=EpsilonGreedy(epsilon=0.2), floor=0.1)
    found = evaluate(logged, {"ours": policy, "text": "epsilon_greedy epsilon=0.2 floor=0.1"})
    assert 1 == len(found.drop_duplicates())
    # Exploration limits of the policy that made the log gave some campaigns no chance.
    assert found["unlogged_mass"].between(0.001, 0.1).all()


def test_what_stands_against_a_value_is_said() -> None:
    """Mass on what was never logged, few effective decisions and wrong probabilities are warnings in words."""
    table = _table(3)
    never = table.assign(chances=_each([0.6, 0.0, 0.4], table))
    never = never[never["campaign_id"] != "none"].assign(
        selection_probability=lambda one: np.where(one["campaign_id"] == "mens", 0.6, 0.4)
    )
    unlogged = evaluate(never, "always:none", columns=_COLUMNS).loc["always:none"]
    assert 1.0 == unlogged["unlogged_mass"]
    assert "100.0% of it lies on what was never logged (none)" in unlogged["warnings"]

    wrong = table.assign(chances=_each([0.1, 0.3, 0.6], table), selection_probability=math.nan)
    said = evaluate(wrong, "always:mens", columns=_COLUMNS).loc["always:mens"]
    assert "the mean weight is" in said["warnings"]
    rare = evaluate(table, "always:none", columns=_COLUMNS).loc["always:none"]
    assert rare["effective_share"] < 0.12


def test_an_interval_that_nothing_bounds_is_refused_with_the_remedy() -> None:
    """Without a bound on the reward the default interval is withheld, and the warnings say what would give one."""
    columns = TableColumns(eligible="eligible", probabilities="chances")
    found = evaluate(_table(4), "uniform", columns=columns).loc["uniform"]
    assert found[["low", "high"]].isna().all()
    assert "least and the greatest" in found["warnings"]
    normal = evaluate(_table(4), "uniform", columns=columns, interval=OffPolicySpec(method=Method.NORMAL)).loc[
        "uniform"
    ]
    assert normal["low"] < normal["value"] < normal["high"]


def test_a_path_is_read_as_a_frame_is(tmp_path: Path) -> None:
    """The same table as a Parquet file has the same row."""
    table = _table(5, 1_000)
    table.to_parquet(tmp_path / "log.parquet")
    of_path = evaluate(tmp_path / "log.parquet", "always:mens", columns=_COLUMNS)
    pd.testing.assert_frame_equal(evaluate(table, "always:mens", columns=_COLUMNS), of_path)


def test_texts_of_policies_are_read() -> None:
    """An exploration with settings and a floor is that policy; what is none is refused with what there is."""
    policy = policy_of_text("square_cb gamma_scale=2 count_cap=50 floor=0.05")
    assert (SquareCB(gamma_scale=2.0, count_cap=50), 0.05) == (policy.exploration, policy.floor)
    for text, said in (
        ("", "names no candidate"),
        ("sale", "always:CAMPAIGN"),
        ("greedy gamma=1", "is no setting of greedy"),
        ("square_cb gamma_scale=much", "is no setting of square_cb"),
        ("greedy floor=2", "floor from 0 to 1"),
    ):
        with pytest.raises(LogRefused, match=said):
            policy_of_text(text)
    with pytest.raises(LogRefused, match="two candidates are called logged"):
        evaluate(_table(6, 100), ["logged", "logged"], columns=_COLUMNS)
    with pytest.raises(LogRefused, match="at least one policy"):
        evaluate(_table(6, 100), [], columns=_COLUMNS)
