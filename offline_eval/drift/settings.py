"""What a drift report is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.errors import FieldViolation, InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSettings:
    """How the world's changes are looked for.

    Raises:
        InvalidRequest: It names every field at fault.
    """

    level: float = 0.95
    """In so many of all readings of worlds that do not change, nothing is said to have changed: 1 - level is the
    family-wise error rate over all series and all days. Intervals of dates and sizes have this level each."""
    draws: int = 999
    """Of the bootstrap: no p-value is below 1 / (draws + 1)."""
    least_customers: float = 30.0
    """On either side of a change there must be so many customers with another reward than most, by weight."""
    least_decisions: float = 100.0
    """And so many decisions, by weight."""

    def __post_init__(self) -> None:
        needed = round(1.0 / (1.0 - self.level)) if 0.5 <= self.level < 1.0 else 1
        rules = (
            ("level", 0.5 <= self.level <= 0.999, "must be from 0.5 to 0.999, such as 0.95"),
            ("draws", needed <= self.draws <= 100_000, f"must be from {needed:,}, 1 / (1 - level), to 100,000"),
            ("least_customers", self.least_customers >= 10.0, "must be at least 10"),
            ("least_decisions", self.least_decisions >= 10.0, "must be at least 10"),
        )
        violations = [FieldViolation(name, text) for name, holds, text in rules if not holds]
        if violations:
            raise InvalidRequest(violations)
