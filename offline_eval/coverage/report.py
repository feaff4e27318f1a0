"""The coverage report: kinds of customers by campaign families, and of which too little is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from banditsvc.core.times import DAY_US
from offline_eval.choices import Choices, Coded
from offline_eval.coverage.cell import CoverageCell
from offline_eval.coverage.cell_columns import CellColumns
from offline_eval.coverage.judge import Judge
from offline_eval.coverage.left_out import left_out
from offline_eval.coverage.settings import CoverageSettings, Grouping
from offline_eval.intervals import IntervalKind
from offline_eval.lift import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """What is known of each family for each kind of customer."""

    by: Grouping
    interval_kind: IntervalKind
    level: float
    """Of each interval by itself."""
    precision: float
    mean_reward: float
    """Of all decisions evaluated, as they were decided; NaN where there are none."""
    longest_half: float
    """Half an interval may be so long at most: the precision times the mean reward, in reward units."""
    evaluated: int
    left_out: Mapping[str, int]
    """Decisions left out, by reason."""
    days: float
    """Between the first and the last decision evaluated; history, which comes at once, not counted."""
    slice_values: tuple[str, ...]
    """Kinds of customers, those with the most decisions first."""
    families: tuple[str, ...]
    cells: tuple[CoverageCell, ...]
    """Of the pairs in which the family was eligible at all: by slice, then by family, in their order."""
    totals: tuple[CoverageCell, ...]
    """Of each family for all customers together."""

    @property
    def thin_cells(self) -> tuple[CoverageCell, ...]:
        """Returns the cells of which too little is known."""
        return tuple(cell for cell in self.cells if not cell.is_known)

    def cell(self, slice_value: str, family: str) -> CoverageCell | None:
        """Returns one cell, None where the family was never eligible."""
        return next((one for one in self.cells if (one.slice_value, one.family) == (slice_value, family)), None)

    def plain(self) -> dict[str, object]:
        """Returns the report as values for JSON; None stands for what is not finite."""
        values = plain(self)
        assert isinstance(values, dict)
        for name in ("cells", "totals"):
            values[name] = [
                {**one, "width": cell.width} for one, cell in zip(values[name], getattr(self, name), strict=True)
            ]
        return values

    def to_pandas(self) -> pd.DataFrame:
        """Returns a row for each cell, and for each family one with an empty slice_value for all customers.

        What a cell does not have is NaN. Columns: by, slice_value, family, eligible, reachable, chosen, expected, customers,
        effective_decisions, mean_reward, low, high, width, standard_error, interval_kind, level, knowledge, why,
        further_decisions, further_days.
        """
        rows = [_row(self, cell) for cell in (*self.cells, *self.totals)]
        return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS = (
    "by",
    "slice_value",
    "family",
    "eligible",
    "reachable",
    "chosen",
    "expected",
    "customers",
    "effective_decisions",
    "mean_reward",
    "low",
    "high",
    "width",
    "standard_error",
    "interval_kind",
    "level",
    "knowledge",
    "why",
    "further_decisions",
    "further_days",
)


def coverage_report(choices: Choices, settings: CoverageSettings) -> CoverageReport:
    """Returns the coverage of decisions."""
    used = choices.where(choices.is_evaluated)
    mean = float(used.reward.mean()) if len(used) else np.nan
    longest = settings.precision * abs(mean)
    arrived_us = used.record_time_us[~used.decided_by.is_name("HISTORICAL")]
    days = float(np.ptp(arrived_us)) / DAY_US if len(arrived_us) else 0.0
    kinds = used.segment if settings.by is Grouping.SEGMENT else used.lifecycle_stage
    columns = CellColumns(used, kinds)
    judge = Judge(settings, longest, days)
    cells = [
        judge.cell(columns, slice_value, family)
        for slice_value in columns.slice_values
        for family in columns.families_of(slice_value)
    ]
    whole = CellColumns(used, Coded(np.zeros(len(used), dtype=np.int32), ("",)))
    return CoverageReport(
        by=settings.by,
        interval_kind=settings.interval.kind,
        level=settings.interval.level,
        precision=settings.precision,
        mean_reward=mean,
        longest_half=longest,
        evaluated=len(used),
        left_out=left_out(choices),
        days=days,
        slice_values=columns.slice_values,
        families=whole.families_of("") if len(used) else (),
        cells=tuple(cells),
        totals=tuple(
            judge.cell(whole, slice_value, family)
            for slice_value in whole.slice_values
            for family in whole.families_of(slice_value)
        ),
    )


def _row(report: CoverageReport, cell: CoverageCell) -> dict[str, object]:
    estimate, support = cell.estimate, cell.estimate.support
    interval = estimate.interval
    return {
        "by": report.by.value,
        "slice_value": cell.slice_value,
        "family": cell.family,
        "eligible": cell.eligible,
        "reachable": cell.reachable,
        "chosen": cell.chosen,
        "expected": cell.expected,
        "customers": support.customers,
        "effective_decisions": support.effective_decisions,
        "mean_reward": estimate.value,
        "low": np.nan if interval is None else interval.low,
        "high": np.nan if interval is None else interval.high,
        "width": np.nan if cell.width is None else cell.width,
        "standard_error": estimate.standard_error,
        "interval_kind": report.interval_kind.value,
        "level": report.level,
        "knowledge": cell.knowledge.value,
        "why": cell.why,
        "further_decisions": np.nan if cell.further_decisions is None else cell.further_decisions,
        "further_days": np.nan if cell.further_days is None else cell.further_days,
    }
