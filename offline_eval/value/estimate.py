"""Estimates of values and of gains, with what they rest on."""

from __future__ import annotations

from dataclasses import dataclass

from offline_eval.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What an estimate rests on."""

    decisions: int
    """Decisions that it is about."""
    customers: int
    """Customers whose decisions have a weight in it."""
    effective_decisions: float
    """Kish's effective sample size (sum w)^2 / sum w^2 of the weights (L. Kish, Survey Sampling, 1965): so many
    decisions of equal weight would be as good."""
    carrying_customers: float
    """(sum w^2)^2 / sum w^4 of the customers' total weights w: over so many customers the variance is spread. The
    normal approximation needs many."""
    carrying_uncommon: float
    """The same of decisions whose reward differs from the commonest one (mostly: those that brought something)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value per decision, or a gain over another one, in reward units."""

    value: float
    """NaN where there is nothing to make it of."""
    standard_error: float
    """With the customer as the unit; NaN where there is none."""
    worth: float
    """How many independent decisions the variance is worth that has come together; the clock of ANYTIME intervals."""
    interval: Interval | None
    """None where it was refused."""
    refusal: str = ""
    """Why there is no interval."""
    support: Support
