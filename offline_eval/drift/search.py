"""The search for changes, one after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices.choices import Integers
from offline_eval.drift.change import Change, Point
from offline_eval.drift.rows import EPOCH, DriftRows, summed
from offline_eval.drift.scan import Scanner
from offline_eval.drift.series import Cells, Series, cells_of
from offline_eval.drift.settings import DriftSettings
from offline_eval.drift.size import Sizes
from offline_eval.drift.support import Support, support_of
from offline_eval.intervals import Floats, IntervalKind, IntervalSpec

_MOST_CHANGES = 50
_POINTS = 30
"""Of a course, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinSeries:
    """A series of which too little is known for a change to be told."""

    series: Series
    customers: float
    """With another reward than most, by weight; twice the least is needed."""
    decisions: float
    """By weight; twice the least is needed."""
    further_customers: int
    """How many more of these it takes at least."""
    further_decisions: int
    """How many more decisions it takes at least, at the present rate of such customers."""


@dataclass(frozen=True, slots=True)
class _Found:
    series: int
    day: int
    earliest: int
    latest: int
    departure: float
    p_value: float


class Search:
    """Looks for changes one after the other."""

    def __init__(self, rows: DriftRows, settings: DriftSettings) -> None:
        self._settings, self._rows = settings, rows
        self._first_day = int(rows.day.min())
        self._cells: Cells = cells_of(rows, self._first_day)
        _, customer = np.unique(rows.customer, return_inverse=True)
        self._customer = customer.astype(np.int32)
        self._support: Support = support_of(self._cells, self._customer, rows.reward)
        self._found: list[_Found] = []
        self._first_allowed = self._allowed()

    def run(self) -> float:
        """Finds all changes, and returns the p-value of the rest."""
        if not self._first_allowed.any():
            return math.nan
        cells = self._cells
        scanner = Scanner(cells, self._customer, self._rows.reward, self._settings.draws)
        epochs = np.zeros((len(cells.campaigns), cells.days), dtype=np.int64)
        allowed = self._first_allowed
        while True:
            scan = scanner.scan(epochs, allowed)
            series, day = np.unravel_index(int(np.argmax(np.abs(scan.departures))), scan.departures.shape)
            departure = float(scan.departures[series, day])
            p_value = scan.p_value(departure)
            if p_value > 1.0 - self._settings.level or len(self._found) == _MOST_CHANGES:
                return p_value
            days = self._likely_days(int(series), scan.departures[series], int(day))
            self._found.append(_Found(int(series), int(day) + 1, days[0] + 1, days[1] + 1, departure, p_value))
            epochs[cells.member[series], int(day) + 1 :] += 1
            allowed = self._allowed()

    def looked_at(self) -> tuple[Series, ...]:
        """Returns the series of which enough is known."""
        enough = np.flatnonzero(self._first_allowed.any(axis=1))
        return tuple([self._cells.series[one] for one in enough.tolist()])

    def thin(self) -> tuple[ThinSeries, ...]:
        """Returns the others, with what they lack."""
        missing = np.flatnonzero(~self._first_allowed.any(axis=1))
        return tuple([self._thin(one) for one in missing.tolist()])

    def changes(self) -> tuple[Change, ...]:
        """Returns what was found, the most certain first."""
        level = self._settings.level
        spec = IntervalSpec(kind=IntervalKind.FIXED, level=level)
        sizes = Sizes(self._cells, self._rows, self._customer, spec)
        made = [self._change(one, sizes) for one in self._found]
        return tuple([one for one in made if one is not None])

    def _bounds(self, series: int) -> list[int]:
        """Returns the days on which a cell of a series is known to have changed, and the ends of all days."""
        member = self._cells.member
        days = {one.day for one in self._found if (member[one.series] & member[series]).any()}
        return [0, *sorted(days), self._cells.days]

    def _allowed(self) -> NDArray[np.bool_]:
        """Returns at which days of which series a change can be told from those that are known."""
        support, least = self._support, self._settings
        allowed = np.zeros((len(self._cells.series), self._cells.days), dtype=np.bool_)
        for series in range(len(allowed)):
            bounds = self._bounds(series)
            for start, end in pairwise(bounds):
                days = np.arange(start + 1, end)
                total = support.customers[series, end] - support.customers[series, start]
                if not len(days) or total < 2.0 * least.least_customers:
                    continue
                early, late = self._is_enough(series, start, days), self._is_enough(series, end, days)
                # What was enough is enough with more.
                early, late = np.logical_or.accumulate(early), np.logical_or.accumulate(late[::-1])[::-1]
                allowed[series, days - 1] = early & late
        return allowed

    def _is_enough(self, series: int, end: int, days: NDArray[np.int64]) -> NDArray[np.bool_]:
        carrying, effective = self._support.carrying(series, end, days), self._support.effective(series, end, days)
        least = self._settings
        return (carrying >= least.least_customers) & (effective >= least.least_decisions)

    def _likely_days(self, series: int, departures: Floats, day: int) -> tuple[int, int]:
        """Returns the least and the greatest day that a change may have come after.

        Those whose likelihood ratio falls short of the greatest by at most c times the greater noise of the two sides over
        that of both, with P(LR <= c) = (1 - exp(-c / 2))^2: Hansen, "Sample splitting and threshold estimation"
        (Econometrica 68, 2000), section 3, for changes that are small beside the noise of a day; for others it is longer
        than it needs to be.
        """
        bounds = self._bounds(series)
        start, end = max(one for one in bounds if one <= day), min(one for one in bounds if one > day)
        most = -2.0 * math.log1p(-math.sqrt(self._settings.level)) * self._excess_noise(series, start, day, end)
        likely = np.flatnonzero((departures != 0.0) & (departures[day] ** 2 - departures**2 <= most))
        inside = likely[(likely >= start) & (likely < end)]
        return int(inside.min()), int(inside.max())

    def _excess_noise(self, series: int, start: int, day: int, end: int) -> float:
        """Returns the variance of a reward on the noisier side of a change over that on both, at least 1."""
        cells = self._cells
        own = cells.has(series) & (cells.day >= start) & (cells.day < end)
        late = (cells.day[own] > day).astype(np.int64)
        squares, reward = cells.weight[own] ** 2, self._rows.reward[own]

        def noise(group: Integers) -> Floats:
            mean = summed(group, cells.weight[own] * reward) / np.maximum(summed(group, cells.weight[own]), 1e-300)
            return squares * (reward - mean[group]) ** 2

        sides = summed(late, noise(2 * cells.cell[own] + late), 2) / np.maximum(summed(late, squares, 2), 1e-300)
        both = float(noise(cells.cell[own]).sum() / squares.sum())
        return max(1.0, float(sides.max()) / both) if both > 0.0 else 1.0

    def _thin(self, series: int) -> ThinSeries:
        support, least, end = self._support, self._settings, self._cells.days
        customers, decisions = float(support.carrying(series, 0, end)), float(support.effective(series, 0, end))
        lacking = max(0.0, 2.0 * least.least_customers - customers)
        needed = max(0.0, 2.0 * least.least_decisions - decisions)
        rate = decisions / customers if customers > 0.0 else 1.0
        return ThinSeries(
            series=self._cells.series[series],
            customers=customers,
            decisions=decisions,
            further_customers=math.ceil(lacking),
            further_decisions=math.ceil(max(needed, lacking * rate)),
        )

    def _change(self, found: _Found, sizes: Sizes) -> Change | None:
        bounds = self._bounds(found.series)
        place = bounds.index(found.day)
        start, end = bounds[place - 1], bounds[place + 1]
        own = self._cells.has(found.series)
        difference = sizes.difference(own, start, found.day, end)
        if difference is None:
            return None
        return Change(
            series=self._cells.series[found.series],
            day=self._day(found.day),
            earliest=self._day(found.earliest),
            latest=self._day(found.latest),
            departure=found.departure,
            p_value=found.p_value,
            since=self._day(start) if start else None,
            until=self._day(end) if end < self._cells.days else None,
            difference=difference,
            predicted_before=self._predicted(own, start, found.day),
            predicted_after=self._predicted(own, found.day, end),
            most=sizes.most(found.series, start, found.day, end, 1.0 - self._settings.level),
            course=self._course(found.series, sizes),
        )

    def _predicted(self, own: NDArray[np.bool_], start: int, end: int) -> float:
        part = self._rows.predicted[own & (self._cells.day >= start) & (self._cells.day < end)]
        told = part[np.isfinite(part)]
        return float(told.mean()) if len(told) else math.nan

    def _course(self, series: int, sizes: Sizes) -> tuple[Point, ...]:
        cells = self._cells
        own = cells.has(series)
        mix = summed(cells.cell[own], cells.weight[own], len(cells.campaigns))
        step = -(-cells.days // _POINTS)
        points = []
        for start in range(0, cells.days, step):
            end = min(start + step, cells.days)
            size = sizes.size(own & (cells.day >= start) & (cells.day < end), mix)
            if size is not None:
                points.append(Point(first_day=self._day(start), last_day=self._day(end - 1), size=size))
        return tuple(points)

    def _day(self, place: int) -> date:
        return EPOCH + timedelta(days=self._first_day + place)
