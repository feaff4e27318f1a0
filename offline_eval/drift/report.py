"""The drift report: when and where the world changed, or that it is not known to have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from offline_eval.choices import Choices
from offline_eval.coverage.left_out import left_out
from offline_eval.drift.change import Change
from offline_eval.drift.rows import EPOCH, DriftRows, rows_of
from offline_eval.drift.search import Search, ThinSeries
from offline_eval.drift.series import Series
from offline_eval.drift.settings import DriftSettings
from offline_eval.lift import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What has changed."""

    level: float
    """1 - level is the chance that anything is said to have changed where nothing has."""
    least_customers: float
    least_decisions: float
    evaluated: int
    left_out: Mapping[str, int]
    """Decisions left out, by reason."""
    first_day: date | None
    last_day: date | None
    looked_at: tuple[Series, ...]
    thin: tuple[ThinSeries, ...]
    changes: tuple[Change, ...]
    """The most certain first."""
    rest_p_value: float
    """Of the greatest departure that is left, above 1 - level; NaN where nothing could be looked at."""

    def plain(self) -> dict[str, object]:
        """Returns the report as values for JSON; None stands for what is not finite."""
        values = plain(self)
        assert isinstance(values, dict)
        return values


def drift_report(choices: Choices, settings: DriftSettings, time_zone: str = "UTC") -> DriftReport:
    """Returns what has changed over the days on which these decisions were sent."""
    return drift_of_rows(rows_of(choices, time_zone), settings, left_out(choices))


def drift_of_rows(rows: DriftRows, settings: DriftSettings, left: Mapping[str, int] | None = None) -> DriftReport:
    """Returns the same of rows.

    The series that departs furthest is said to have changed, where chance makes a departure as great in at most
    1 - level of all cases; with its cells divided on that day, the rest is looked at again. So what the change of one
    campaign for one segment explains is not told of its family too, and that of a whole segment not of each campaign.
    """
    search = Search(rows, settings) if len(rows) else None
    rest = math.nan if search is None else search.run()
    return DriftReport(
        level=settings.level,
        least_customers=settings.least_customers,
        least_decisions=settings.least_decisions,
        evaluated=len(rows),
        left_out=left or {},
        first_day=EPOCH + timedelta(days=int(rows.day.min())) if len(rows) else None,
        last_day=EPOCH + timedelta(days=int(rows.day.max())) if len(rows) else None,
        looked_at=() if search is None else search.looked_at(),
        thin=() if search is None else search.thin(),
        changes=() if search is None else search.changes(),
        rest_p_value=rest,
    )
