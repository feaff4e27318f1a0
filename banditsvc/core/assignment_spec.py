"""Assignment specifications: into which groups customers are divided, with which shares and for how long."""

from __future__ import annotations

from dataclasses import dataclass, replace

from banditsvc.core.times import DAY_US

Shares = tuple[float, float, float, float]
"""Share of each assignment group, in the order of AssignmentGroup; they sum to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentSpec:
    """How an organization or a portfolio divides its customers, whatever the channel or on one channel."""

    channel: str = ""
    """Requests that it holds for: those that name this channel; empty means all."""
    uniform_random: float = 0.0
    business_as_usual: float = 0.0
    holdout: float = 0.0
    """Share of each group, from 0 to 1; OPTIMIZED has the rest."""
    horizon_us: int = 90 * DAY_US
    """How long the groups stay as they are."""
    generation: int = 1
    """A higher one starts anew before the horizon is over: everyone is drawn again."""
    assignment_version: int = 0
    """Set by the service, like what follows: 1 for the first, and one more each time that everyone is drawn again."""
    start_time_us: int = 0
    """When this version began."""
    salt: str = ""
    """Secret and random, another one for each version: keeps its draws apart from all others."""

    @property
    def shares(self) -> Shares:
        """Returns the share of each group."""
        others = (self.uniform_random, self.business_as_usual, self.holdout)
        return (max(0.0, 1.0 - sum(others)), *others)

    @property
    def divides(self) -> bool:
        """Returns whether anybody is in another group than OPTIMIZED."""
        return self.uniform_random > 0.0 or self.business_as_usual > 0.0 or self.holdout > 0.0

    @property
    def end_time_us(self) -> int:
        """Returns when the horizon is over; the groups stay until the specification is changed."""
        return self.start_time_us + self.horizon_us

    @property
    def wanted(self) -> AssignmentSpec:
        """Returns what a caller sets of it, without what the service sets."""
        return replace(self, assignment_version=0, start_time_us=0, salt="")
