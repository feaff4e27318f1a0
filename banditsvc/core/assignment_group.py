"""Assignment groups: which experiment group a customer is in."""

from __future__ import annotations

from enum import IntEnum


class AssignmentGroup(IntEnum):
    """Experiment group of a customer; reports call one the target group and another the control group."""

    OPTIMIZED = 1
    """The policy decides."""
    UNIFORM_RANDOM = 2
    """An equal draw decides."""
    BUSINESS_AS_USUAL = 3
    """The portfolio's business as usual decides."""
    HOLDOUT = 4
    """Nothing is sent."""
