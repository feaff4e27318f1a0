"""What the report of an experiment says, in words: the same on the page and on the command line."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from banditsvc.reports.number_words import NOTHING, amount, between, percent, points, signed_amounts
from simulators.comparison import LEAST_SEEDS, Comparison, Conclusion
from simulators.experiments.report.experiment_report import ExperimentReport

_CONCLUSIONS = {
    Conclusion.HIGHER: "higher",
    Conclusion.LOWER: "lower",
    Conclusion.UNDECIDED: "cannot tell",
    Conclusion.REFUSED: "too few seeds",
}
METRICS = {
    "profit": "profit",
    "revenue": "revenue",
    "conversions": "conversions",
    "contacts": "contacts",
    "opt_outs": "opt-outs",
}
"""Names of the metrics."""
MOST_NAMED = 5
"""Policies that a sentence names."""
_OF_MONEY = frozenset({"profit", "revenue"})

VALUE_COLUMNS = ("policy", ">profit", ">revenue", ">conversions", ">contacts", ">opt-outs", ">profit over baseline")
DIFFERENCE_COLUMNS = ("policy", "beside", "in", ">difference per customer", "so")
FIND_COLUMNS = ("policy", ">new campaigns x seeds", ">found", ">median days")
COST_COLUMNS = (
    "policy",
    ">explored",
    ">given up at once",
    ">revenue in the end",
    ">contacts",
    ">opt-outs",
)


def unit(metric: str, currency: str) -> str:
    """Returns what a metric is counted in, per customer."""
    return f"{currency} per customer" if metric in _OF_MONEY else "per customer"


def number(metric: str, value: float) -> str:
    """Returns a value of a metric per customer; opt-outs are a share."""
    return percent(value) if metric == "opt_outs" else amount(value)


def difference_words(row: Mapping[Hashable, Any]) -> str:
    """Returns a difference with its interval and the level of that: `+1.20 (+0.80 to +1.60 at 98.3 %)`."""
    value, low, high = row["difference"], row["low"], row["high"]
    is_share = row["metric"] == "opt_outs"
    show = points if is_share else signed_amounts(value, low, high)
    tail = " points" if is_share else ""
    if not math.isfinite(low):
        return f"{show(value)}{tail}"
    return f"{show(value)}{tail} ({between(low, high, show)} at {percent(row['level'])})"


def conclusion_words(row: Mapping[Hashable, Any]) -> str:
    """Returns what may be said of a difference; where nothing may be although no seed contradicts, why."""
    conclusion = Conclusion(row["conclusion"])
    if conclusion is Conclusion.UNDECIDED and not math.isfinite(row["low"]):
        return f"cannot tell: the same with all of {row['seeds']} seeds, which are too few"
    if conclusion is Conclusion.UNDECIDED and row["low"] == row["high"]:
        return "no difference seen"
    return _CONCLUSIONS[conclusion]


def seeds_words(comparison: Comparison) -> str:
    """Returns how sure the report can be."""
    if comparison.is_conclusive:
        return (
            f"Conclusions hold together at {percent(comparison.level)}, by Holm's correction over all policies and "
            "baselines of a world and metric; each interval by itself is at the level that stands with it, never below "
            f"{percent(comparison.level)}, and excludes 0 where the conclusion does. They are Student's, of differences "
            "paired by seed, for one reading at a number of seeds that was fixed beforehand."
        )
    seeds = "seed" if comparison.least_seeds == 1 else "seeds"
    return (
        f"Nothing may be concluded from {comparison.least_seeds} {seeds}: there are no intervals with fewer than "
        f"{LEAST_SEEDS}."
    )


def doubt_words(report: ExperimentReport, world: str) -> str:
    """Returns what stands in doubt behind who has the highest profit of a world; empty where it is told from all others."""
    found = report.comparison.highest_profit
    found = found[found["world"] == world]
    if (found["conclusion"] == Conclusion.REFUSED).any():
        return f", but with fewer than {LEAST_SEEDS} seeds it is told from none"
    tied = [str(policy) for policy in found.loc[found["conclusion"] != Conclusion.HIGHER, "beside"]]
    if not tied:
        return ""
    named = tied if len(tied) <= MOST_NAMED else [*tied[: MOST_NAMED - 1], f"{len(tied) - MOST_NAMED + 1} others"]
    *first, last = named
    return f", but it cannot be told from {' and '.join([', '.join(first), last] if first else [last])}"


def value_rows(report: ExperimentReport, world: str) -> Iterator[tuple[str, ...]]:
    """Yields a row of VALUE_COLUMNS for each policy of a world, the highest profit first."""
    comparison = report.comparison
    values = comparison.values[comparison.values["world"] == world].sort_values(
        "profit", ascending=False, kind="stable"
    )
    over = comparison.differences
    over = over[(over["world"] == world) & (over["metric"] == "profit")]
    baseline = next((name for name in comparison.baselines if name in set(values["policy"])), None)
    for row in values.to_dict("records"):
        beside = over[(over["policy"] == row["policy"]) & (over["baseline"] == baseline)].to_dict("records")
        words = difference_words(beside[0]) if beside else NOTHING
        yield (row["policy"], *[number(metric, row[metric]) for metric in METRICS], words)


def difference_rows(report: ExperimentReport, world: str) -> Iterator[tuple[str, ...]]:
    """Yields a row of DIFFERENCE_COLUMNS for each baseline, policy and metric of a world."""
    found = report.comparison.differences
    for row in found[found["world"] == world].sort_values(["baseline", "policy"], kind="stable").to_dict("records"):
        yield (row["policy"], row["baseline"], METRICS[row["metric"]], difference_words(row), conclusion_words(row))


def find_rows(report: ExperimentReport, world: str) -> Iterator[tuple[str, ...]]:
    """Yields a row of FIND_COLUMNS for each policy of a world that had new campaigns to find."""
    summary = report.comparison.find_summary
    for row in summary[summary["world"] == world].to_dict("records"):
        days = row["median_days"]
        median = f"{days:g}" if math.isfinite(days) else "half or more never"
        yield (row["policy"], f"{row['campaigns']:,}", percent(row["found_share"]), median)


def cost_rows(report: ExperimentReport, world: str) -> Iterator[tuple[str, ...]]:
    """Yields a row of COST_COLUMNS for each policy of a world that explores or has a twin that does not."""
    comparison = report.comparison
    net = comparison.exploration_net
    for row in comparison.exploration[comparison.exploration["world"] == world].to_dict("records"):
        own = net[(net["world"] == world) & (net["policy"] == row["policy"])].to_dict("records")
        if not (row["explored_share"] > 0.0 or own):
            continue
        by_metric = {one["metric"]: one for one in own}
        ends = [
            difference_words(by_metric[name]) if name in by_metric else NOTHING
            for name in ("revenue", "contacts", "opt_outs")
        ]
        given_up = f"{amount(row['reward_given_up'])} ({percent(row['reward_given_up_share'])})"
        label = f"{row['policy']}, beside {row['without']}" if own else row["policy"]
        yield (label, percent(row["explored_share"]), given_up, *ends)
