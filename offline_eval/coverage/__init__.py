"""Coverage: of which families, for which customers, enough is known, and of which too little."""

from __future__ import annotations

from offline_eval.coverage.cell import CoverageCell, Knowledge
from offline_eval.coverage.report import CoverageReport, coverage_report
from offline_eval.coverage.settings import CoverageSettings, Grouping

__all__ = ["CoverageCell", "CoverageReport", "CoverageSettings", "Grouping", "Knowledge", "coverage_report"]
