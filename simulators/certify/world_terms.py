"""Terms of the trial in worlds: what a policy has to manage, how soon, and how surely."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldTerms:
    """What is asked of a policy in each world."""

    find_days: int = 28
    """Days within which it must have found a new winner, and recovered from the end of the best campaign."""
    change_day: int = 28
    """Day of the change: what comes before teaches the policy what it is to give up."""
    least_share: float = 0.5
    """Of the decisions for which the new winner is best, how many must go to it by then; and how much of the way from an
    equal draw to the best the policy must have come back."""
    least_share_of_runs: float = 0.75
    """Share of the runs in which it must manage; each run has customers and luck of its own."""
    level: float = 0.95
    """Confidence with which that share is told, over both looks together."""
    looks: tuple[int, int] = (14, 40)
    """Runs after which it is looked at: where the first do not tell, there are more."""
    most_unsubscribes: float | None = None
    """Greatest share of contacts that may be followed by an opt-out; None: MORE_UNSUBSCRIBES times that of an equal draw."""
    seed: int = 1
    """Seed of the first run; the others follow."""

    @property
    def days(self) -> int:
        """Returns the length of a run."""
        return self.change_day + self.find_days


MORE_UNSUBSCRIBES = 1.5
"""A policy that looks for answers alone may drive away so many times as many customers as an equal draw does."""
