"""The whole comparison of some runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from banditsvc.usage_error import UsageError
from simulators.comparison.courses import courses
from simulators.comparison.differences import differences
from simulators.comparison.exploration_cost import costs_at_once, costs_in_the_end
from simulators.comparison.highest import highest_profits
from simulators.comparison.paired_difference import LEAST_SEEDS
from simulators.comparison.run_values import METRICS, run_values
from simulators.comparison.starved import campaign_shares
from simulators.comparison.time_to_find import find_summary, finds
from simulators.runs.run_frames import RunFrames

ORACLE = "oracle"
"""Label of the myopic oracle, where its own runs are among the runs."""
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """What some runs say of their policies. The columns of each table stand beside the function that makes it."""

    baselines: tuple[str, ...]
    level: float
    least_seeds: int
    """Seeds that the worst-off run of any world and policy has; below LEAST_SEEDS nothing is concluded."""
    runs: pd.DataFrame
    """A row a run: see run_values."""
    values: pd.DataFrame
    """A row for each world and policy: `seeds`, and the mean of each metric per customer over them."""
    differences: pd.DataFrame
    highest_profit: pd.DataFrame
    """Who has it in each world, and from whom it cannot be told; see HIGHEST_COLUMNS."""
    courses: pd.DataFrame
    finds: pd.DataFrame
    find_summary: pd.DataFrame
    exploration: pd.DataFrame
    """What exploring gave up at once; see costs_at_once."""
    exploration_net: pd.DataFrame
    """What it came to in the end; see costs_in_the_end."""
    campaigns: pd.DataFrame
    """What each campaign got beside an equal draw; see campaign_shares."""

    @property
    def is_conclusive(self) -> bool:
        """Returns whether there are enough seeds to conclude anything."""
        return self.least_seeds >= LEAST_SEEDS


def compare(
    frames: RunFrames,
    baselines: Sequence[str] = (),
    *,
    without_exploration: Mapping[str, str] | None = None,
    level: float = LEVEL,
) -> Comparison:
    """Returns the values of policies and their differences, paired by seed, and how they came about.

    Args:
        frames: Results of runs; those of one world with the same seeds are compared.
        baselines: Labels of the policies to compare with.
        without_exploration: For a policy the label of the one that is the same without exploration.
        level: Confidence level.

    Raises:
        UsageError: A baseline, or a policy without exploration, is none of the policies, or the level no confidence level.
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"level is {level:g}: it must be between 0 and 1")
    twins = dict(without_exploration or {})
    known = list(dict.fromkeys(frames.daily["policy"]))
    for name in (*baselines, *twins, *twins.values()):
        if name not in known:
            raise UsageError(f"{name!r} is none of the policies; they are {', '.join(known)}")
    runs = run_values(frames)
    by_policy = runs.groupby(["world", "policy"], sort=False, observed=True)
    values = by_policy[list(METRICS)].mean()
    values.insert(0, "seeds", by_policy.size())
    found = finds(frames)
    return Comparison(
        baselines=tuple(baselines),
        level=level,
        least_seeds=int(values["seeds"].min()),
        runs=runs,
        values=values.reset_index(),
        differences=differences(runs, baselines, level),
        highest_profit=highest_profits(runs, ORACLE, level),
        courses=courses(frames, baselines=baselines, oracle=ORACLE, level=level),
        finds=found,
        find_summary=find_summary(found),
        exploration=costs_at_once(frames, twins),
        exploration_net=costs_in_the_end(runs, twins, level),
        campaigns=campaign_shares(frames),
    )
