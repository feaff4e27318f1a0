"""What is rehearsed."""

from __future__ import annotations

from dataclasses import dataclass, field

from offline_eval.intervals import IntervalSpec

MOST_A_DAY = 2000
"""Sends a day of a pilot by default: what more would show sooner than this is not worth the time of rehearsing it."""
LEAST_A_DAY = 2
LEAST_PILOTS = 10
"""For intervals, and for a verdict: quantiles of fewer say next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalSettings:
    """Settings of a rehearsal.

    Raises:
        ValueError: A number is out of range.
    """

    weeks: int = 26
    """How long a pilot may take."""
    seeds: int = 20
    """Rehearsed pilots, each in a world of its own; with fewer than LEAST_PILOTS nothing is said of what may be proven."""
    first_seed: int = 1
    window_days: int = 7
    """How long after a send its orders count."""
    policy: str = "default"
    priority: tuple[str, ...] = ()
    """Campaigns in fixed order, the first first; those that are not named follow by past volume, as by default all."""
    target_share: float = 0.5
    """Of the customers for whom the policy decides; for the others the fixed order does."""
    interval: IntervalSpec = field(default_factory=IntervalSpec)
    power: float = 0.8
    """Of the number of controls."""
    horizon_days: int = 28
    """How long the orders of a customer count in the number of controls."""
    sends_a_day: int | None = None
    """Of a pilot, both groups together; None: as many as the history has, MOST_A_DAY at most."""
    currency: str = "EUR"

    def __post_init__(self) -> None:
        if min(self.weeks, self.seeds, self.window_days, self.horizon_days) < 1:
            raise ValueError("weeks, seeds and days must be at least 1")
        if self.sends_a_day is not None and self.sends_a_day < LEAST_A_DAY:
            raise ValueError(
                f"sends_a_day is {self.sends_a_day}: it must be at least {LEAST_A_DAY}, one for each group"
            )
        if not 0.0 < self.target_share < 1.0:
            raise ValueError(f"target_share is {self.target_share}: it must be between 0 and 1")
