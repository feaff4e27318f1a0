"""The lift report as a table, and as plain values for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum

import pandas as pd

from offline_eval.intervals import Interval
from offline_eval.lift.estimate import Estimate
from offline_eval.lift.report import LiftReport


def lift_frame(report: LiftReport) -> pd.DataFrame:
    """Returns the estimates as a table with one row each; ends without bound are infinite, missing ones NaN."""
    return pd.DataFrame([_row(report, estimate) for estimate in report.estimates])


def plain(value: object) -> object:
    """Returns a report, or a part of it, as dicts, lists, texts and numbers; None stands for what is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    raise TypeError(f"a lift report has no {type(value).__name__}")


def _row(report: LiftReport, estimate: Estimate) -> dict[str, object]:
    needed = estimate.needed
    return {
        "horizon_days": report.horizon_days,
        "metric": estimate.metric.value,
        "population": estimate.population.value,
        "target": estimate.target,
        "control": estimate.control,
        "slice": estimate.slice_name,
        "slice_value": estimate.slice_value,
        "target_customers": estimate.target_customers,
        "control_customers": estimate.control_customers,
        "share_of_enrolled": estimate.share_of_enrolled,
        "target_mean": estimate.target_mean,
        "control_mean": estimate.control_mean,
        "absolute": estimate.absolute,
        **_ends("absolute", estimate.absolute_interval),
        "relative": estimate.relative,
        **_ends("relative", estimate.relative_interval),
        "incremental": estimate.incremental,
        "interval_kind": report.interval_kind.value,
        "level": estimate.level,
        "conclusion": estimate.conclusion.value,
        "refusal": estimate.refusal,
        "needed_target_customers": math.nan if needed is None else needed.target_customers,
        "needed_control_customers": math.nan if needed is None else needed.control_customers,
        "needed_days": math.nan if needed is None or needed.days is None else needed.days,
    }


def _ends(name: str, interval: Interval | None) -> dict[str, float]:
    low, high = (math.nan, math.nan) if interval is None else (interval.low, interval.high)
    return {f"{name}_low": low, f"{name}_high": high}
