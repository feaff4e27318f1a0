"""What exploration costs: at once, by the truth, and in the long run, beside the same policy without it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from simulators.comparison.differences import paired
from simulators.comparison.paired_difference import Conclusion
from simulators.comparison.run_values import by_seed
from simulators.runs.run_frames import RunFrames

COST_COLUMNS = ("world", "policy", "explored_share", "reward_given_up", "reward_given_up_share", "without")
"""One row for each world and policy. explored_share: of the decisions, by the probability of not choosing the campaign that
is predicted best. reward_given_up: per customer, what the campaign of greatest probability is worth by the truth less what
the probabilities are worth, in the customers' actual states: the price at the moment, before anything that is learned
from it pays; below 0 where the model is wrong and exploring helps at once. reward_given_up_share: of the former.
without: the policy that is the same without exploration, empty where it was not run."""

NET_COLUMNS = ("world", "policy", "without", "metric", "seeds", "difference", "low", "high", "level", "conclusion")
"""One row for each world, policy with a twin without exploration, and metric: the policy's own run less the twin's, per
customer, paired by seed, at the level of the comparison, each row by itself. What is learned by exploring is in it, so it
may well be a gain."""

NET_METRICS = ("revenue", "profit", "contacts", "opt_outs")


def costs_at_once(frames: RunFrames, without: Mapping[str, str]) -> pd.DataFrame:
    """Returns what exploring gave up at the moment; see COST_COLUMNS.

    Args:
        frames: Of the runs.
        without: For each policy the one that is the same without exploration, where there is one.
    """
    columns = ["new_customers", "decisions", "explored", "expected_policy", "likeliest_expected"]
    sums = frames.daily.groupby(["world", "policy"], sort=False, observed=True)[columns].sum().reset_index()
    given_up = sums["likeliest_expected"] - sums["expected_policy"]
    likeliest = sums["likeliest_expected"].where(sums["likeliest_expected"] > 0.0, math.nan)
    sums["explored_share"] = sums["explored"] / sums["decisions"].where(sums["decisions"] > 0, math.nan)
    sums["reward_given_up"] = given_up / sums["new_customers"]
    sums["reward_given_up_share"] = given_up / likeliest
    sums["without"] = [without.get(policy, "") for policy in sums["policy"]]
    return sums[list(COST_COLUMNS)]


def costs_in_the_end(values: pd.DataFrame, without: Mapping[str, str], level: float) -> pd.DataFrame:
    """Returns the runs beside those without exploration; see NET_COLUMNS.

    Args:
        values: Of run_values.
        without: As for costs_at_once; worlds that have not both policies are left out.
        level: Confidence level of each interval.
    """
    rows = []
    for world in dict.fromkeys(values["world"]):
        tables = {metric: by_seed(values, world, metric) for metric in NET_METRICS}
        present = tables["profit"].columns
        for policy, twin in without.items():
            if policy not in present or twin not in present:
                continue
            for metric in NET_METRICS:
                one = paired(tables[metric], policy, twin)
                ends = one.interval(level)
                conclusion: Conclusion = one.conclusion(level)
                rows.append((world, policy, twin, metric, one.seeds, one.value, *ends, level, conclusion.value))
    return pd.DataFrame(rows, columns=list(NET_COLUMNS))
