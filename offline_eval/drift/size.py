"""How much a series brings in some days, whatever mix of campaigns and segments it had then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from offline_eval.choices import Codes
from offline_eval.drift.rows import DriftRows, summed
from offline_eval.drift.series import Cells, Kind
from offline_eval.intervals import Floats, Interval, IntervalSpec
from offline_eval.value import ClusteredError, clustered_error, interval_around


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Mean reward of a decision in some days, for the same mix of campaigns and segments as beside it."""

    mean: float
    """In reward units."""
    standard_error: float
    interval: Interval
    decisions: int
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed, of some cells."""

    before: Size
    after: Size

    @property
    def change(self) -> float:
        """Returns by how much the mean reward changed."""
        return self.after.mean - self.before.mean

    @property
    def variance(self) -> float:
        """Returns the variance of the change, as though no customer were on both sides."""
        return self.before.standard_error**2 + self.after.standard_error**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """The segment in which the change is another than in the rest."""

    segment: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Sizes:
    """Measures means of cells in stretches of days, from what a report is about."""

    cells: Cells
    rows: DriftRows
    customer: Codes
    spec: IntervalSpec

    def difference(self, chosen: NDArray[np.bool_], start: int, day: int, end: int) -> Difference | None:
        """Returns what some decisions brought from start <= day before a change, and from it on; None where too little.

        Both sides have the same mix of cells, that of both together; cells that one side lacks are left out.
        """
        cells = self.cells
        early = chosen & (cells.day >= start) & (cells.day < day)
        late = chosen & (cells.day >= day) & (cells.day < end)
        count = len(cells.campaigns)
        totals = [summed(cells.cell[side], cells.weight[side], count) for side in (early, late)]
        mix = np.where((totals[0] > 0.0) & (totals[1] > 0.0), totals[0] + totals[1], 0.0)
        before, after = self.size(early, mix), self.size(late, mix)
        return None if before is None or after is None else Difference(before=before, after=after)

    def size(self, chosen: NDArray[np.bool_], mix: Floats) -> Size | None:
        """Returns what some decisions brought by a mix of cells; None where there are fewer than two customers."""
        cells = self.cells
        used = np.flatnonzero(chosen & (mix[cells.cell] > 0.0))
        if not len(used):
            return None
        cell, weight, reward = cells.cell[used], cells.weight[used], self.rows.reward[used]
        total = summed(cell, weight, len(mix))
        present = total > 0.0
        share = np.where(present, mix, 0.0) / mix[present].sum()
        means = summed(cell, weight * reward, len(mix)) / np.where(present, total, 1.0)
        mean = float(np.sum(share * means))
        # The influence of a decision on the mean of its cell, times the cell's share, for a mean over decisions.
        influence = (share / np.where(present, total, 1.0))[cell] * weight * (reward - means[cell]) * len(used)
        error = clustered_error(influence, self.customer[used], len(used))
        if error.customers < 2:
            return None
        if not error.standard_error > 0.0:
            error = ClusteredError(standard_error=0.0, worth=0.0, customers=error.customers)
        return Size(
            mean=mean,
            standard_error=error.standard_error,
            interval=interval_around(mean, error, self.spec),
            decisions=len(used),
            customers=error.customers,
        )

    def most(self, series: int, start: int, day: int, end: int, alpha: float) -> Most | None:
        """Returns the segment whose change is greater than that of the rest beyond chance, Bonferroni over segments."""
        cells, one = self.cells, self.cells.series[series]
        names = sorted({segment for segment, has in zip(cells.segments, cells.member[series], strict=True) if has})
        if one.kind in (Kind.SEGMENT, Kind.CAMPAIGN_SEGMENT) or len(names) < 2:
            return None
        own = cells.has(series)
        in_segment = np.array([names.index(name) if name in names else -1 for name in cells.segments])[cells.cell]
        found: list[tuple[float, Most]] = []
        for place, name in enumerate(names):
            part = self.difference(own & (in_segment == place), start, day, end)
            rest = self.difference(own & (in_segment != place), start, day, end)
            if part is None or rest is None or abs(part.change) <= abs(rest.change):
                continue
            apart = (part.change - rest.change) / np.sqrt(part.variance + rest.variance or np.inf)
            if apart * part.change > 0.0:
                found.append((abs(float(apart)), Most(segment=name, difference=part)))
        greatest = max(found, key=lambda pair: pair[0], default=None)
        limit = float(norm.isf(alpha / 2.0 / len(names)))
        return greatest[1] if greatest is not None and greatest[0] > limit else None
