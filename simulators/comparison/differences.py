"""Each policy beside each baseline: differences paired by seed, with conclusions that hold together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from offline_eval.intervals import holm_levels
from simulators.comparison.paired_difference import PairedDifference
from simulators.comparison.run_values import METRICS, by_seed

DIFFERENCE_COLUMNS = (
    "world",
    "metric",
    "policy",
    "baseline",
    "seeds",
    "difference",
    "low",
    "high",
    "level",
    "conclusion",
)
"""Per customer over the whole run. `conclusion` is a Conclusion, after Holm's correction over all policies and baselines of
the world and metric: the chance that any of these names a difference that is none is at most 1 less the level of the
comparison. `level` is that of the interval low to high, which excludes 0 just where a difference is named. It is never
below the level of the comparison, so each interval by itself holds the truth at least that often; that all of them do
at once is not promised. With too few seeds there is no interval."""


def differences(values: pd.DataFrame, baselines: Sequence[str], level: float) -> pd.DataFrame:
    """Returns a row for each world, metric, policy and baseline; see DIFFERENCE_COLUMNS.

    Args:
        values: Of run_values.
        baselines: Policies to compare with; a world that has not one of them goes without it.
        level: Confidence level of all conclusions of a world and metric together.
    """
    rows = [
        row
        for world in dict.fromkeys(values["world"])
        for metric in METRICS
        for row in _rows(by_seed(values, world, metric), (world, metric), baselines, level)
    ]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def paired(table: pd.DataFrame, policy: str, baseline: str) -> PairedDifference:
    """Returns the difference of two columns of a table of by_seed, over the seeds that both have."""
    return PairedDifference.of((table[policy] - table[baseline]).dropna())


def _rows(
    table: pd.DataFrame, place: tuple[str, str], baselines: Sequence[str], level: float
) -> Iterator[tuple[object, ...]]:
    pairs = [
        (policy, baseline)
        for baseline in baselines
        if baseline in table
        for policy in table.columns
        if policy != baseline
    ]
    found = [paired(table, *pair) for pair in pairs]
    levels = holm_levels([one.p_value for one in found], level)
    for (policy, baseline), one, at in zip(pairs, found, levels, strict=True):
        low, high = one.interval(at)
        yield (*place, policy, baseline, one.seeds, one.value, low, high, at, one.conclusion(at).value)
