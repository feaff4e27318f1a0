"""Ids of the decisions of a live run, as the service derives them."""

from __future__ import annotations

from banditsvc.core.decision_id import decision_id_of


def occasion(day: int) -> str:
    """Returns what the scheduler calls a day of the run."""
    return f"day-{day}"


def decision_id(portfolio_id: str, day: int, customer_id: str) -> str:
    """Returns the id of the decision for a customer on a day."""
    return decision_id_of(portfolio_id, customer_id, occasion(day))
