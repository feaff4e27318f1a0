"""Lift specifications: what counts when groups are compared, declared before the first reading."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.outcome import Feed, OutcomeType


class LiftPopulation(IntEnum):
    """Whose outcomes count."""

    ENROLLED = 1
    """Everyone enrolled, from enrolment on."""
    ACTIVATED = 2
    """Customers with an activated decision, from the first one on, in every group alike. For trial replay."""


_ORDERS = (Feed(type=OutcomeType.CONVERSION), Feed(type=OutcomeType.REVENUE))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftSpec:
    """What a lift report of a portfolio or an organization counts."""

    population: LiftPopulation = LiftPopulation.ENROLLED
    conversion_outcomes: tuple[Feed, ...] = _ORDERS
    """A customer with one of these converted."""
    revenue_outcomes: tuple[Feed, ...] = _ORDERS
    """The amounts of these are revenue. An order that is posted as two of them counts twice: name one then."""
    greatest_revenue: float | None = None
    """Revenue of a customer within a horizon above this counts as this (winsorised); None: none is."""
    smallest_lift: float = 0.05
    """The smallest relative lift that would matter; needed customers and days are reckoned for it."""
    planned_slices: int = 0
    """How many slices to correct for, at least those that there are."""
