"""The report of an experiment as plain values, for JSON."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from simulators.experiments.report.experiment_report import ExperimentReport

INTERVAL_KIND = "FIXED"
"""Student's, for one reading at a number of seeds that was fixed beforehand."""


def report_values(report: ExperimentReport) -> dict[str, Any]:
    """Returns all of a report; what is not finite is None."""
    found = report.comparison
    return {
        "experiment": report.name,
        "description": report.description,
        "seeds": list(report.seeds),
        "level": found.level,
        "intervals": INTERVAL_KIND,
        "is_conclusive": found.is_conclusive,
        "baselines": list(found.baselines),
        "worlds": dict(report.worlds),
        "policies": dict(report.policies),
        "code": dict(report.code),
        "values": rows_of(found.values),
        "differences": rows_of(found.differences),
        "highest_profit": rows_of(found.highest_profit),
        "time_to_find": rows_of(found.find_summary),
        "exploration": rows_of(found.exploration),
        "exploration_net": rows_of(found.exploration_net),
        "campaigns": rows_of(found.campaigns),
        "courses": _courses(found.courses),
    }


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the rows of a frame as plain values."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _courses(courses: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns one entry a course, with a list for each number."""
    found = []
    for (world, policy, course), rows in courses.groupby(["world", "policy", "course"], sort=False, observed=True):
        lists = {name: [_plain(value) for value in rows[name].tolist()] for name in ("day", "mean", "low", "high")}
        found.append({"world": world, "policy": policy, "course": course, **lists})
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value
