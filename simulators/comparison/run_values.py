"""What each run came to: a row a run."""

from __future__ import annotations

import pandas as pd

from simulators.runs.run_frames import RUN_KEYS, RunFrames

METRICS = {
    "profit": "profit",
    "revenue": "revenue",
    "conversions": "orders",
    "contacts": "contacts",
    "opt_outs": "opt_outs",
}
"""What is compared, per customer over the whole run, by its column of the daily frame."""


def run_values(frames: RunFrames) -> pd.DataFrame:
    """Returns a row for each run in the order of the frames: its keys, `customers`, and each metric per customer.

    The value of a policy is what its own run came to: its own states, its own after-effects, not an estimate from the
    states of another.
    """
    keys = list(RUN_KEYS)
    sums = frames.daily.groupby(keys, sort=False, observed=True)[["new_customers", *METRICS.values()]].sum()
    found = pd.DataFrame({"customers": sums["new_customers"]})
    for metric, column in METRICS.items():
        found[metric] = sums[column] / sums["new_customers"]
    return found.reset_index()


def by_seed(values: pd.DataFrame, world: str, metric: str) -> pd.DataFrame:
    """Returns one metric of a world's runs: a row for each seed, a column for each policy, in their order."""
    rows = values[values["world"] == world]
    table = rows.pivot_table(index="seed", columns="policy", values=metric, sort=False, observed=True)
    return table[list(dict.fromkeys(rows["policy"]))].sort_index()
