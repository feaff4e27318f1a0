"""Enrollments: customers who are in an experiment whether they are ranked or not."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.assignment import AssignedGroup
from banditsvc.core.context import CustomerContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """A customer enters the groups of a portfolio and of its organization. Rank enrolls too, with its decision."""

    organization_id: str
    portfolio_id: str
    customer_id: str
    assignment_key: str = ""
    """Empty means customer_id."""
    channel: str = ""
    context: CustomerContext = CustomerContext()
    """As of now: slices of reports are made by it."""
    draws: tuple[AssignedGroup, ...] = ()
