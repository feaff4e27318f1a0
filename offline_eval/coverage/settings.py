"""What a coverage report is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from banditsvc.core.errors import FieldViolation, InvalidRequest
from offline_eval.intervals import IntervalSpec
from offline_eval.value import VALUE_INTERVAL


class Grouping(StrEnum):
    """What customers are told apart by."""

    SEGMENT = "segment"
    LIFECYCLE_STAGE = "lifecycle_stage"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageSettings:
    """How coverage is to be judged.

    Raises:
        InvalidRequest: It names every field at fault.
    """

    by: Grouping = Grouping.SEGMENT
    interval: IntervalSpec = field(default=VALUE_INTERVAL)
    precision: float = 0.5
    """Too little is known where half an interval is longer than this share of the mean reward of all decisions."""
    least_reach: float = 0.95
    """Share of a cell's decisions in which the family must have had a chance, for its mean to speak of the cell."""

    def __post_init__(self) -> None:
        rules = (
            ("precision", 0.0 < self.precision < math.inf, "must be above 0, such as 0.5 for half of the mean reward"),
            ("least_reach", 0.0 < self.least_reach <= 1.0, "must be above 0 and at most 1"),
        )
        violations = [FieldViolation(name, text) for name, holds, text in rules if not holds]
        if violations:
            raise InvalidRequest(violations)
