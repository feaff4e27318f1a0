"""The feedback pipeline of a world: when it delivers what happened, and what it does wrong."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from simulators.table_faults import TableFaults
from simulators.worlds.table import Day, Days, Share, Table, WholeDays


class FeedSpec(Table):
    """A file of outcomes every few days, complete up to some days before it, but for a stretch without any."""

    every_days: WholeDays = 1
    """1: each midnight; 7: on Mondays."""
    late_days: Day = 0
    """A file is complete up to so many days before it comes."""
    dead_from_day: Day | None = None
    """From this day on no file comes, until dead_to_day, when all comes that was held back."""
    dead_to_day: Day | None = None

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if (self.dead_from_day is None) != (self.dead_to_day is None):
            raise TableFaults([(("dead_to_day",), "dead_from_day and dead_to_day go together")])
        if self.dead_from_day is not None and self.dead_to_day is not None and self.dead_to_day <= self.dead_from_day:
            raise TableFaults(
                [(("dead_to_day",), f"{self.dead_to_day} is not after dead_from_day {self.dead_from_day}")]
            )
        return self


class FaultSpec(Table):
    """What is wrong with the pipeline. Shares are of the purchases; each is drawn for itself."""

    duplicated_share: Share = 0.0
    """Posted again a day later."""
    reordered: bool = False
    """Within a file in random order instead of by time."""
    revised_share: Share = 0.0
    """First posted with a wrong amount, corrected revised_days later."""
    revised_days: Days = 3.0
    refunded_share: Share = 0.0
    """Taken back whole refunded_days later."""
    refunded_days: Days = 5.0
    lost_share: Share = 0.0
    """Never posted, although the file is said to be complete."""


class LoggingFaultSpec(Table):
    """What is wrong with the log of decisions, for an evaluator to find. Shares are of the decisions."""

    wrong_probability_share: Share = 0.0
    """Logged with 1 / (number of eligible campaigns) instead of the probability of the draw."""
    missing_floor: bool = False
    """Logged with the probabilities before the floor was applied."""
    dropped_share: Share = 0.0
    """Of the decisions without a response: missing in the log."""
