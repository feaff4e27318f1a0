"""Judges how much is known in a coverage cell."""

from __future__ import annotations

from dataclasses import dataclass

from offline_eval.coverage.cell import CoverageCell, Knowledge
from offline_eval.coverage.cell_columns import CellColumns, CellRows
from offline_eval.coverage.further import further_decisions
from offline_eval.coverage.settings import CoverageSettings
from offline_eval.value import Estimate, weighted_value

LEAST_DAYS = 1.0
"""Over a shorter time no rate is told."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges cells by one measure."""

    settings: CoverageSettings
    longest_half: float
    """Half an interval may be so long at most, in reward units."""
    days: float
    """That the decisions came in; history, which came at once, not counted."""

    def cell(self, columns: CellColumns, slice_value: str, family: str) -> CoverageCell:
        """Returns what is known of a family for a kind of customers."""
        rows, spec = columns.rows(slice_value, family), self.settings.interval
        estimate = weighted_value(rows.weights, rows.rewards, rows.customer, decisions=rows.reachable, spec=spec)
        knowledge, why = self._knowledge(rows, estimate)
        further = None
        if knowledge is Knowledge.KNOWN:
            further = 0
        elif knowledge is not Knowledge.NO_CHANCE:
            chance, half = rows.inverse_chance, self.longest_half
            further = further_decisions(estimate, inverse_chance=chance, half=half, spec=spec)
        is_timed = further is not None and (not further or (self.days >= LEAST_DAYS and rows.arriving > 0))
        return CoverageCell(
            slice_value=slice_value,
            family=family,
            eligible=rows.eligible,
            reachable=rows.reachable,
            chosen=len(rows.weights),
            expected=rows.expected,
            estimate=estimate,
            knowledge=knowledge,
            why=why,
            further_decisions=further,
            further_days=further * self.days / rows.arriving if further and is_timed else 0.0 if is_timed else None,
        )

    def _knowledge(self, rows: CellRows, estimate: Estimate) -> tuple[Knowledge, str]:
        if rows.reachable < self.settings.least_reach * rows.eligible:
            without = 1.0 - rows.reachable / rows.eligible
            return Knowledge.NO_CHANCE, f"in {without:.0%} of its decisions it had no chance of being chosen"
        if estimate.interval is None:
            return Knowledge.TOO_LITTLE_DATA, estimate.refusal
        half = (estimate.interval.high - estimate.interval.low) / 2.0
        if half > self.longest_half:
            return Knowledge.TOO_WIDE, f"known to within {half:.3g} only; {self.longest_half:.3g} was asked for"
        return Knowledge.KNOWN, ""
