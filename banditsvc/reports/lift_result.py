"""The lift report of a portfolio or an organization, as read from its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from banditsvc.lift_tables import Complete
from offline_eval.lift import LeftOut, LiftReport, LiftSettings, Metric, SampleRatio, lift_frame, lift_path, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonLift:
    """The lift within one horizon."""

    report: LiftReport
    left_out: LeftOut
    first_end_us: int | None
    """When the first horizon ends, or ended; None where nobody is enrolled."""
    settings: LiftSettings
    table: pd.DataFrame
    """One row per customer whose horizon is over; columns as in offline_eval.lift.customer_table."""

    @property
    def days(self) -> int:
        """Returns the length of the horizon."""
        return self.report.horizon_days

    def path(self, pair: tuple[str, str], metric: Metric) -> pd.DataFrame:
        """Returns the absolute lift as it was read day by day; columns as in offline_eval.lift.lift_path."""
        return lift_path(self.table, self.settings, pair, metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLift:
    """What the groups of one division earned over each other."""

    owner: str
    """PORTFOLIO or ORGANIZATION."""
    owner_id: str
    channel: str
    """Empty for all channels."""
    display_name: str
    currency: str
    """Of all amounts; empty where the portfolios have several, and amounts are not compared."""
    assignment_version: int
    """0 where nobody is enrolled yet."""
    start_us: int
    """When this division began."""
    redrawn_us: int | None
    """When everyone was drawn anew, so that horizons that end later do not count; None where the division stands."""
    population: str
    """ENROLLED or ACTIVATED."""
    shares: Mapping[str, float]
    """Share of each group that has one; in each pair the one named first is the target group."""
    enrolled: Mapping[str, int]
    """Customers of each group, their horizons over or not."""
    first_entry_us: int | None
    last_entry_us: int | None
    sample_ratio: SampleRatio
    """Of all enrolled; it comes before everything else."""
    complete: Complete
    read_us: int
    """Log time up to which the log was read."""
    changed_group: int
    contaminated: int
    outside: int
    mixed_families: int
    merged_families: int
    not_activated: int
    """Customers who are not, or not only, what their group says; see banditsvc.lift_tables.Enrolled."""
    horizons: tuple[HorizonLift, ...]

    @property
    def reports(self) -> tuple[LiftReport, ...]:
        """Returns the report of each horizon."""
        return tuple(horizon.report for horizon in self.horizons)

    @property
    def customers(self) -> int:
        """Returns how many customers are enrolled."""
        return sum(self.enrolled.values())

    @property
    def title(self) -> str:
        """Returns whose lift it is, such as `portfolio crm, channel email`."""
        channel = f", channel {self.channel}" if self.channel else ""
        return f"{self.owner.lower()} {self.owner_id}{channel}"

    def to_pandas(self) -> pd.DataFrame:
        """Returns one row per estimate, all horizons one below the other; columns as in offline_eval.lift.lift_frame."""
        return pd.concat([lift_frame(report) for report in self.reports], ignore_index=True)

    def plain(self) -> dict[str, object]:
        """Returns the report as values for JSON; None stands for what is not known or has no bound."""
        return {
            "owner": self.owner,
            "owner_id": self.owner_id,
            "channel": self.channel,
            "display_name": self.display_name,
            "currency": self.currency,
            "assignment_version": self.assignment_version,
            "start_us": self.start_us,
            "redrawn_us": self.redrawn_us,
            "population": self.population,
            "shares": dict(self.shares),
            "enrolled": dict(self.enrolled),
            "first_entry_us": self.first_entry_us,
            "last_entry_us": self.last_entry_us,
            "sample_ratio": {**_dict(self.sample_ratio), "passed": self.sample_ratio.passed},
            "complete_through_us": self.complete.through_us,
            "waiting_for": self.complete.waiting_for,
            "read_us": self.read_us,
            "changed_group": self.changed_group,
            "contaminated": self.contaminated,
            "outside": self.outside,
            "mixed_families": self.mixed_families,
            "merged_families": self.merged_families,
            "not_activated": self.not_activated,
            "horizons": [
                {
                    **_dict(horizon.report),
                    "left_out": _dict(horizon.left_out),
                    "first_end_us": horizon.first_end_us,
                }
                for horizon in self.horizons
            ],
        }


def _dict(value: object) -> dict[str, object]:
    found = plain(value)
    assert isinstance(found, dict), "it is a dataclass"
    return found
