"""Campaigns that are eligible often and hardly ever chosen."""

from __future__ import annotations

import pandas as pd

from simulators.runs.run_frames import RunFrames

STARVED_SHARE = 0.05
"""A campaign is starved that gets less than this share of what an equal draw would give it."""
LEAST_EQUAL_DRAW = 100.0
"""Decisions that an equal draw would give it over all seeds; below it nothing is said."""

STARVED_COLUMNS = (
    "world",
    "policy",
    "campaign_id",
    "family",
    "decisions",
    "equal_draw",
    "share_of_equal_draw",
    "best_for",
    "is_starved",
    "is_missed",
)
"""One row for each world, policy and campaign, summed over seeds. best_for: decisions for which the myopic oracle would have
chosen it. A campaign is missed that is starved although it is best for STARVED_SHARE of an equal draw or more; to starve
one that is best for nobody is right."""


def campaign_shares(frames: RunFrames) -> pd.DataFrame:
    """Returns what each campaign got beside an equal draw; see STARVED_COLUMNS."""
    keys = ["world", "policy", "campaign_id", "family"]
    wanted = ["decisions", "equal_draw", "best_for"]
    found = frames.campaigns.groupby(keys, sort=False, observed=True)[wanted].sum().reset_index()
    found["share_of_equal_draw"] = found["decisions"] / found["equal_draw"]
    is_known = found["equal_draw"] >= LEAST_EQUAL_DRAW
    found["is_starved"] = is_known & (found["share_of_equal_draw"] < STARVED_SHARE)
    found["is_missed"] = found["is_starved"] & (found["best_for"] >= STARVED_SHARE * found["equal_draw"])
    return found[list(STARVED_COLUMNS)]
