"""Plots of the report of an experiment."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.reports.html import AreaPanel, DayLine, ForestRow, Tone, area_plot, day_plot, forest_plot
from banditsvc.reports.number_words import MINUS, amount
from simulators.comparison import Conclusion, Course
from simulators.experiments.report.experiment_report import ExperimentReport
from simulators.experiments.report.report_words import difference_words, unit
from simulators.worlds.reward_terms import RewardOf

MOST_FAMILIES = 7
MOST_SEGMENTS = 4
OTHERS = "all others"
LEAST_DECISIONS = 20
"""Of a segment in a week, over all seeds, for shares to be shown."""
_TONES = {
    Conclusion.HIGHER: Tone.ABOVE,
    Conclusion.LOWER: Tone.BELOW,
    Conclusion.UNDECIDED: Tone.OPEN,
    Conclusion.REFUSED: Tone.OPEN,
}


def value_plot(report: ExperimentReport, world: str, metric: str) -> Markup:
    """Returns how each policy does beside each baseline in one metric, with intervals."""
    currency = str(report.worlds[world]["currency"])
    found = report.comparison.differences
    found = found[(found["world"] == world) & (found["metric"] == metric)]
    rows: list[ForestRow] = []
    for baseline in dict.fromkeys(found["baseline"]):
        of_one = found[found["baseline"] == baseline].sort_values("difference", ascending=False)
        rows += [ForestRow(label=f"beside {baseline}", is_heading=True), *map(_row, of_one.to_dict("records"))]
    axis = f"{metric}, {unit(metric, currency)} over the whole run"
    return forest_plot(rows, name=f"{metric} beside the baselines in {world}", axis=axis, show=_signed)


def _row(row: Mapping[Hashable, Any]) -> ForestRow:
    return ForestRow(
        label=row["policy"],
        value=row["difference"],
        low=row["low"],
        high=row["high"],
        note=difference_words(row),
        tone=_TONES[Conclusion(row["conclusion"])],
    )


def reward_axis(report: ExperimentReport, world: str) -> str:
    """Returns what the rewards of a world are counted in."""
    is_money = report.worlds[world]["reward"]["of"] == RewardOf.REVENUE
    return f"revenue, {report.worlds[world]['currency']} per customer" if is_money else "conversions per customer"


def course_plot(report: ExperimentReport, world: str, course: Course, axis: str, name: str) -> Markup | None:
    """Returns a course of each policy over the days; None where no policy has it."""
    found = report.comparison.courses
    found = found[(found["world"] == world) & (found["course"] == course.value)]
    labels = list(report.policies)
    lines = [
        DayLine(
            label=str(policy),
            place=labels.index(str(policy)),
            days=rows["day"],
            values=rows["mean"],
            low=rows["low"],
            high=rows["high"],
        )
        for policy, rows in found.groupby("policy", sort=False, observed=True)
    ]
    return day_plot(lines, name=f"{name} in {world}", axis=axis, show=_at_tick) if lines else None


def shares_plot(report: ExperimentReport, world: str) -> Markup:
    """Returns what each policy chose, week by week, in each of the largest segments."""
    shares = report.frames.shares
    shares = shares[shares["world"] == world]
    shares = shares.assign(family=shares["family"].where(shares["family"] != "", shares["campaign_id"]))
    segments = _largest(shares, "segment", MOST_SEGMENTS)
    families = _largest(shares, "family", MOST_FAMILIES)
    named = shares["family"].where(shares["family"].isin(families), OTHERS)
    if (named == OTHERS).any():
        families.append(OTHERS)
    parts = sorted(families, key=lambda part: part == NO_CONTACT)  # on top, as what is left
    shares = shares.assign(part=named)
    weeks = np.arange(int(shares["week"].max()) + 1, dtype=np.int64)
    policies = report.policies_of(world)
    grid = [
        [_panel(shares[(shares["policy"] == policy) & (shares["segment"] == one)], weeks, parts) for one in segments]
        for policy in policies
    ]
    return area_plot(
        grid,
        rows=policies,
        columns=segments,
        parts=parts,
        name=f"Shares of campaigns by segment over time in {world}",
        axis="week",
        rest=OTHERS,
        nothing=NO_CONTACT,
    )


def _panel(shares: pd.DataFrame, weeks: NDArray[np.int64], parts: list[str]) -> AreaPanel:
    table = shares.pivot_table(index="week", columns="part", values="decisions", aggfunc="sum", observed=True)
    counts = table.reindex(index=weeks, columns=parts).fillna(0.0).to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = counts.sum(axis=1, keepdims=True)
        return AreaPanel(times=weeks, shares=list((counts / np.where(total < LEAST_DECISIONS, np.nan, total)).T))


def _largest(shares: pd.DataFrame, column: str, most: int) -> list[str]:
    """Returns the values of a column with the most decisions, the most first."""
    found = shares.groupby(column, observed=True)["decisions"].sum().sort_values(ascending=False, kind="stable")
    return [str(name) for name in found.index[:most]]


def _at_tick(value: float) -> str:
    return f"{value:,.6g}".replace("-", MINUS)


def _signed(value: float) -> str:
    return amount(value, sign=True)
