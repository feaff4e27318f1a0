"""Drift: how the chances of a campaign change over time."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from simulators.table_faults import TableFaults
from simulators.worlds.table import Day, Positive, SomeDays, Table


class DriftKind(StrEnum):
    """The course of a change."""

    STEP = "step"
    """From one day on."""
    LINEAR = "linear"
    """Evenly (in log-odds) from one day to another, and then it stays."""
    SEASONAL = "seasonal"
    """A sine with a period: at its height the odds are multiplied, at its depth divided."""


class DriftSpec(Table):
    """Multiplies the odds of a response."""

    kind: DriftKind
    odds: Positive
    """What the odds are multiplied by once the change is complete, or at the height of the season."""
    from_day: Day = 0
    to_day: Day | None = None
    """Of a linear change: its last day, after from_day. Of others nothing."""
    period_days: SomeDays = 365.0
    """Of the season."""
    segments: tuple[str, ...] = ()
    """Customers whom it concerns; empty means all."""

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.kind is DriftKind.LINEAR:
            if self.to_day is None or self.to_day <= self.from_day:
                raise TableFaults([(("to_day",), "a linear drift needs a to_day after its from_day")])
        elif self.to_day is not None:
            raise TableFaults([(("to_day",), f"a {self.kind.value} drift has none")])
        return self
