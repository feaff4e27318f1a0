"""How soon policies find the campaigns that start later and are best for somebody."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from simulators.runs.run_frames import RUN_KEYS, RunFrames

TRAILING_DAYS = 7
FOUND_SHARE = 0.5
LEAST_DECISIONS = 20
"""Decisions of the trailing days that must be the campaign's by the truth: a share of fewer is chance."""

FIND_COLUMNS = (*RUN_KEYS, "campaign_id", "start_day", "judged_day", "days")
"""One row for each run and new campaign. judged_day: first day at which the decisions sufficed to judge. `days` are counted
from it, so that 0 is at once, as the oracle does it; NaN where it was never found."""
SUMMARY_COLUMNS = ("world", "policy", "campaigns", "found_share", "median_days")
"""Over campaigns and seeds. The median counts those that were never found as longer than all others; where they are half
or more it is NaN."""


def finds(frames: RunFrames) -> pd.DataFrame:
    """Returns how many days each new campaign took to be found; see FIND_COLUMNS.

    New are campaigns that start after day 0 by the calendar, whenever somebody is first eligible. One is judged on days
    at which the decisions of the trailing TRAILING_DAYS (fewer just after the start) for which the myopic oracle would
    have chosen it are at least LEAST_DECISIONS, and it is found on the first of these days at which at least FOUND_SHARE
    of them did choose it. Days are counted from the first on which it was judged: how long that took is a matter of
    traffic, not of the policy. A campaign that the oracle would never choose so often within so few days is no winner and
    does not count.
    """
    keys = [*RUN_KEYS, "campaign_id"]
    starts = frames.campaigns.loc[frames.campaigns["start_day"] > 0, [*keys, "start_day"]]
    days = frames.finds.merge(starts, on=keys)
    rows = []
    for key, of_one in days.groupby(keys, sort=False, observed=True):
        start = int(of_one["start_day"].iloc[0])
        found = _judged(of_one, start)
        if found is not None:
            rows.append((*key, start, *found))
    return pd.DataFrame(rows, columns=list(FIND_COLUMNS))


def _judged(of_one: pd.DataFrame, start: int) -> tuple[int, float] | None:
    """Returns the first day of judging, and the days from then on, NaN for never; None where it is no winner."""
    last = int(of_one["day"].max())
    best, chosen = np.zeros(last - start + 1), np.zeros(last - start + 1)
    place = of_one["day"].to_numpy() - start
    best[place], chosen[place] = of_one["best_for"], of_one["best_and_chosen"]
    best, chosen = _trailing(best), _trailing(chosen)
    judged = np.flatnonzero(best >= LEAST_DECISIONS)
    if not len(judged):
        return None
    found = judged[chosen[judged] >= FOUND_SHARE * best[judged]]
    return start + int(judged[0]), float(found[0] - judged[0]) if len(found) else math.nan


def _trailing(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.convolve(values, np.ones(TRAILING_DAYS))[: len(values)]


def find_summary(found: pd.DataFrame) -> pd.DataFrame:
    """Returns a row for each world and policy that had a winner to find; see SUMMARY_COLUMNS."""
    rows = []
    for key, of_one in found.groupby(["world", "policy"], sort=False, observed=True):
        days = of_one["days"].fillna(math.inf).median()
        rows.append((*key, len(of_one), of_one["days"].notna().mean(), days if math.isfinite(days) else math.nan))
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))
