"""A change of the world: where, since when, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from offline_eval.drift.series import Series
from offline_eval.drift.size import Difference, Most, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Mean reward from one day up to another."""

    first_day: date
    last_day: date
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of the world."""

    series: Series
    day: date
    """The first one after the change."""
    earliest: date
    """The change came between these two days; both are first days after it."""
    latest: date
    departure: float
    """From no change, in standard deviations; above 0 where more was earned before."""
    p_value: float
    """How often chance makes as great a departure anywhere; at most 1 - level."""
    since: date | None
    """The change of the same series, or of a part of it, before this one; sizes count from there on."""
    until: date | None
    """The first day after the next one; sizes count up to there."""
    difference: Difference
    predicted_before: float
    """Mean predicted reward of its decisions, the model's word; NaN without a model."""
    predicted_after: float
    most: Most | None
    """Of a campaign, a family or everything, where one segment stands out."""
    course: tuple[Point, ...]
    """Mean reward in equal stretches of days, for plots."""
