"""The policy of the highest mean beside the others, each told from it or not."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from offline_eval.intervals import holm_levels
from simulators.comparison.differences import paired
from simulators.comparison.paired_difference import Conclusion, PairedDifference
from simulators.comparison.run_values import by_seed

HIGHEST_COLUMNS = ("world", "policy", "beside", "seeds", "difference", "low", "high", "level", "conclusion")
"""One row for each world and policy beside that of the highest profit per customer, by falling profit; the myopic oracle,
which nobody can run, is left out. policy: the one of the highest. difference, low, high: of it less the one beside.
level: of this interval, after Holm's correction over all pairs of policies; the chance that any is said to be lower than
the highest that is not is at most 1 less the level of the comparison. conclusion: a Conclusion; HIGHER: the highest is
told from this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The policy of the highest mean beside another."""

    policy: str
    difference: PairedDifference
    """Of the highest less this one."""
    level: float
    """Of its interval, after Holm's correction over all pairs of policies."""

    @property
    def conclusion(self) -> Conclusion:
        """Returns what the interval says; HIGHER: the highest is higher indeed."""
        return self.difference.conclusion(self.level)

    @property
    def is_told(self) -> bool:
        """Returns whether the highest is told from it."""
        return self.conclusion is Conclusion.HIGHER


def beside_highest(table: pd.DataFrame, falling: Sequence[str], level: float) -> tuple[Beside, ...]:
    """Returns the first of some policies beside each of the others.

    Holm's correction is over all pairs of them, so that it does no harm that the highest is picked by the same data.

    Args:
        table: A row for each seed, a column for each policy.
        falling: The policies by falling mean.
        level: Confidence level of all conclusions together.
    """
    pairs = {(one, other): paired(table, one, other) for one, other in itertools.combinations(falling, 2)}
    levels = holm_levels([one.p_value for one in pairs.values()], level)
    return tuple(
        Beside(policy=other, difference=difference, level=at)
        for ((one, other), difference), at in zip(pairs.items(), levels, strict=True)
        if one == falling[0]
    )


def highest_profits(values: pd.DataFrame, oracle: str, level: float) -> pd.DataFrame:
    """Returns what the highest profit of each world is told from; see HIGHEST_COLUMNS.

    Args:
        values: Of run_values.
        oracle: Label of the myopic oracle.
        level: Confidence level of all conclusions of a world together.
    """
    rows = []
    for world in dict.fromkeys(values["world"]):
        table = by_seed(values, world, "profit")
        means = table.drop(columns=oracle, errors="ignore").mean()
        falling = [str(policy) for policy in means.sort_values(ascending=False, kind="stable").index]
        for one in beside_highest(table, falling, level):
            found = one.difference
            ends = found.interval(one.level)
            rows.append(
                (world, falling[0], one.policy, found.seeds, found.value, *ends, one.level, one.conclusion.value)
            )
    return pd.DataFrame(rows, columns=list(HIGHEST_COLUMNS))
