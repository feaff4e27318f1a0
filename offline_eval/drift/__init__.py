"""Drift: when and where the world changed, from what decisions brought beside their past."""

from __future__ import annotations

from offline_eval.drift.change import Change, Point
from offline_eval.drift.report import DriftReport, drift_of_rows, drift_report
from offline_eval.drift.rows import DriftRows, rows_of
from offline_eval.drift.search import ThinSeries
from offline_eval.drift.series import Kind, Series
from offline_eval.drift.settings import DriftSettings
from offline_eval.drift.size import Difference, Most, Size

__all__ = [
    "Change",
    "Difference",
    "DriftReport",
    "DriftRows",
    "DriftSettings",
    "Kind",
    "Most",
    "Point",
    "Series",
    "Size",
    "ThinSeries",
    "drift_of_rows",
    "drift_report",
    "rows_of",
]
