"""One lift: a metric in a target group beside a control group."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offline_eval.intervals import Interval
from offline_eval.lift.sample_size import Needed


class Metric(StrEnum):
    """What is compared, per customer."""

    REVENUE = "incremental_revenue_per_customer"
    CONVERSION = "conversion_lift"

    @property
    def column(self) -> str:
        """Returns the column of the customers' table that it is the mean of."""
        return "value" if self is Metric.REVENUE else "converted"


class Population(StrEnum):
    """Whose outcomes are compared."""

    ENROLLED = "ENROLLED"
    """Everyone in the groups, from entry on: intention to treat."""
    WOULD_BE_CONTACTED = "WOULD_BE_CONTACTED"
    """Those who were or would have been contacted, from the first would-be contact on: ghost-anchored."""


class Conclusion(StrEnum):
    """What may be said."""

    HIGHER = "HIGHER"
    """The target's mean is above the control's."""
    LOWER = "LOWER"
    """The target's mean is below the control's."""
    UNDECIDED = "UNDECIDED"
    """The interval contains 0."""
    REFUSED = "REFUSED"
    """The data do not allow an interval; `refusal` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A lift with its intervals, or why there is none."""

    metric: Metric
    population: Population
    target: str
    control: str
    slice_name: str = ""
    slice_value: str = ""
    """Both empty: all customers."""
    level: float
    """Confidence level of its intervals, after any correction for many."""
    target_customers: int
    control_customers: int
    share_of_enrolled: float
    """Share of the groups' enrolled customers whom it is about: the absolute lift times this is the lift per enrolled
    customer that these bring."""
    target_mean: float
    control_mean: float
    absolute: float
    """Target's mean less the control's."""
    absolute_interval: Interval | None
    relative: float
    """Target's mean over the control's, less one; NaN where the control's is not positive."""
    relative_interval: Interval | None
    """Without upper bound while the control's mean cannot be told from 0."""
    conclusion: Conclusion
    refusal: str = ""
    needed: Needed | None = None
    """What it takes to conclude; None where a conclusion is there, or no number of customers is known to do."""

    @property
    def incremental(self) -> float:
        """Returns what the target group's customers brought together beyond what they would have as controls."""
        return self.absolute * self.target_customers
