"""How rewards, profits and regrets add up over the days, with bands over seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulators.comparison.paired_difference import LEAST_SEEDS
from simulators.runs.run_frames import RunFrames


class Course(StrEnum):
    """What is added up, per customer."""

    PROFIT = "profit"
    PROFIT_OVER_BASELINE = "profit_over_baseline"
    """Paired by seed with the first baseline of the world."""
    REWARD = "reward"
    """True immediate expected reward of what was chosen."""
    REGRET = "regret"
    """What the myopic oracle would have chosen in the very states that this policy led to, less what was: it tells how
    well the policy chooses, and cannot fall below 0 but where caps stop the choice."""
    REGRET_TO_ORACLE = "regret_to_oracle"
    """The reward of the oracle's own run less that of this one, paired by seed. It may be negative: where contacts have
    after-effects, whoever takes the best now may have less to choose from later."""


COURSE_COLUMNS = ("world", "policy", "course", "day", "mean", "low", "high")
"""Up to the end of each day. low to high is Student's interval of the mean over seeds, day by day; NaN with too few."""

_SUMMED = ("profit", "expected_reward", "best_expected")
_Table = dict[str, pd.DataFrame]


def courses(frames: RunFrames, *, baselines: Sequence[str], oracle: str, level: float) -> pd.DataFrame:
    """Returns the courses of each world and policy; see COURSE_COLUMNS.

    Args:
        frames: Of the runs.
        baselines: The first that a world has is what profits are held against there.
        oracle: Label of the myopic oracle's own runs; without them there is no regret against these.
        level: Confidence level of the bands, each day by itself.
    """
    parts = [
        part
        for world in dict.fromkeys(frames.daily["world"])
        for part in _of_world(frames.daily[frames.daily["world"] == world], world, baselines, oracle, level)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COURSE_COLUMNS))


def _of_world(
    daily: pd.DataFrame, world: str, baselines: Sequence[str], oracle: str, level: float
) -> Iterator[pd.DataFrame]:
    totals = {
        policy: {column: _cumulative(rows, column) for column in _SUMMED}
        for policy, rows in daily.groupby("policy", sort=False, observed=True)
    }
    baseline = next((name for name in baselines if name in totals), None)
    for policy, of_one in totals.items():
        regret = of_one["best_expected"] - of_one["expected_reward"]
        made = {Course.PROFIT: of_one["profit"], Course.REWARD: of_one["expected_reward"], Course.REGRET: regret}
        if baseline is not None and policy != baseline:
            made[Course.PROFIT_OVER_BASELINE] = of_one["profit"] - totals[baseline]["profit"]
        if oracle in totals and policy != oracle:
            made[Course.REGRET_TO_ORACLE] = totals[oracle]["expected_reward"] - of_one["expected_reward"]
        for course, table in made.items():
            yield _banded(table.dropna(axis="columns"), level).assign(world=world, policy=policy, course=course.value)[
                list(COURSE_COLUMNS)
            ]


def _cumulative(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Returns the sums up to each day per customer, a column for each seed."""
    table = rows.pivot_table(index="day", columns="seed", values=column, aggfunc="sum")
    customers = rows.groupby("seed", observed=True)["new_customers"].sum()
    return table.cumsum() / customers


def _banded(table: pd.DataFrame, level: float) -> pd.DataFrame:
    values: NDArray[np.float64] = table.to_numpy(dtype=np.float64)
    seeds = values.shape[1]
    mean = values.mean(axis=1)
    half = np.full(len(mean), np.nan)
    if seeds >= LEAST_SEEDS:
        half = stdtrit(seeds - 1, 0.5 + 0.5 * level) * values.std(axis=1, ddof=1) / np.sqrt(seeds)
    return pd.DataFrame({"day": table.index.to_numpy(), "mean": mean, "low": mean - half, "high": mean + half})
