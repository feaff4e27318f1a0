"""Coverage cells: what is known of one family for one kind of customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offline_eval.value import Estimate


class Knowledge(StrEnum):
    """How much is known."""

    KNOWN = "KNOWN"
    """The interval is as short as was asked for."""
    TOO_WIDE = "TOO_WIDE"
    """There is an interval, but it is longer."""
    TOO_LITTLE_DATA = "TOO_LITTLE_DATA"
    """There is no interval."""
    NO_CHANCE = "NO_CHANCE"
    """The family was eligible, but in too many of these decisions it could not be chosen: more of them tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageCell:
    """One family for one kind of customer: the mean reward if it were always chosen when it is eligible."""

    slice_value: str
    """Segment or lifecycle stage; empty for all customers together."""
    family: str
    eligible: int
    """Decisions in which the family was eligible."""
    reachable: int
    """Those among them in which it had a chance; the estimate is about these."""
    chosen: int
    expected: float
    """Sum of its selection probabilities: how often it was to be expected, by chance."""
    estimate: Estimate
    knowledge: Knowledge
    why: str
    """Why too little is known; empty where it is known."""
    further_decisions: int | None
    """With at least so many further decisions in which it is eligible, chosen as often as before, it would be known;
    0 where it is; None where no number would do or can be told."""
    further_days: float | None
    """Days that these take at the present rate; None where decisions or rate are not known."""

    @property
    def is_known(self) -> bool:
        """Returns whether enough is known."""
        return self.knowledge is Knowledge.KNOWN

    @property
    def width(self) -> float | None:
        """Returns the length of the interval, None where there is none."""
        interval = self.estimate.interval
        return None if interval is None else interval.high - interval.low
