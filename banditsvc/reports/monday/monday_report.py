"""What stands on the Monday page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

from banditsvc.reports.funnel_report import FunnelReport
from banditsvc.reports.monday.agenda import AgendaItem
from banditsvc.reports.monday.earned import Earned
from banditsvc.reports.monday.excluded import Excluded
from banditsvc.reports.monday.sent import Sent
from banditsvc.reports.monday.week import Week
from offline_eval.lift import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyLearned:
    """What a campaign family did this week."""

    family: str
    share: float
    share_before: float
    """Share of the policy's choices in the week and in the one before, 0 to 1; NaN where it made none."""
    mean_reward: float
    low: float
    high: float
    """Mean reward were it always chosen where it may be, and its interval; infinite where there are too few data."""
    word: str
    """What may be said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A pair of segment and family of which too little is known."""

    segment: str
    family: str
    decisions: int
    days: int | None
    """Further days at the present rate until enough is known; None where it is not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What something cost, as far as it can be told."""

    name: str
    """Such as exploration."""
    what: str
    """How often it had a say."""
    estimate: str
    """What it cost, with its interval; or why that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MondayReport:
    """Everything that the page shows."""

    portfolio_id: str
    display_name: str
    currency: str
    week: Week
    read_us: int
    """Log time up to which the log was read."""
    sent: Sent
    week_funnel: FunnelReport
    earned: Earned
    lift_title: str
    """Whose division into groups was compared, such as `portfolio club, channel email`; empty without any."""
    path: pd.DataFrame | None
    """How the lift of the main comparison came about, as lift_path gives it; None where there is none."""
    learned: tuple[FamilyLearned, ...]
    unknown: tuple[Unknown, ...]
    unknown_count: int
    """Of all pairs of which too little is known; unknown has the greatest of them."""
    excluded: tuple[Excluded, ...]
    """What of the week is in none of learned, unknown and costs; it stays in the others."""
    costs: tuple[Cost, ...]
    agenda: tuple[AgendaItem, ...]

    def plain(self) -> dict[str, object]:
        """Returns the content as values for JSON; None stands for what is not known or has no bound."""
        shown = [field.name for field in fields(self) if field.name not in {"path", "week"}]
        return {"week": self.week.name, **{name: plain(getattr(self, name)) for name in shown}}

    @property
    def results(self) -> Mapping[str, int]:
        """Returns the week's decisions by result."""
        return self.week_funnel.results
