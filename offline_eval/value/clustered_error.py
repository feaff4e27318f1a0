"""The error of an estimate whose decisions come from customers who come again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from offline_eval.choices.coding import Codes
from offline_eval.estimators.unit_totals import places_of
from offline_eval.intervals import Floats, Interval, IntervalKind, IntervalSpec, sequence_standard_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredError:
    """The standard error, and the clock of a sequence."""

    standard_error: float
    worth: float
    """Decisions times the design effect: the variance that has come together, in variances of single decisions."""
    customers: int


def clustered_error(influence: Floats, customer: Codes, decisions: int) -> ClusteredError:
    """Returns the error of an estimate, NaN where fewer than two customers have a part in it.

    The influence values of a customer's decisions are added up, because these are alike and their outcomes overlap;
    the variance is that of the sums of customers (the sandwich with clusters: Liang and Zeger, "Longitudinal data
    analysis using generalized linear models", Biometrika 73, 1986; with their number over itself less one).

    Args:
        influence: Of single decisions: the estimate's error is their mean. They sum to 0.
        customer: Whose decisions they are.
        decisions: Number of decisions that the mean is over; those that are left out have influence 0.
    """
    sums = customer_totals(influence, customer)
    count = len(sums)
    alone = float(np.sum(influence**2))
    if count < 2 or alone == 0.0:
        return ClusteredError(standard_error=math.nan, worth=0.0, customers=count)
    together = float(np.sum(sums**2)) * count / (count - 1)
    return ClusteredError(
        standard_error=math.sqrt(together) / decisions, worth=decisions * together / alone, customers=count
    )


def half_width(error: ClusteredError, spec: IntervalSpec) -> float:
    """Returns half the length of the interval around the estimate.

    ANYTIME: the asymptotic confidence sequence of Waudby-Smith et al. (see sequence_standard_errors), at the time that
    the variance tells: with customers who come again it grows with their decisions, also when no new ones come. FIXED:
    Student's, with as many degrees of freedom as customers less one.
    """
    if spec.kind is IntervalKind.ANYTIME:
        errors = float(sequence_standard_errors(error.worth, spec.level, spec.tightest_at))
    else:
        errors = float(student.ppf(0.5 + 0.5 * spec.level, max(error.customers - 1, 1)))
    return errors * error.standard_error


def interval_around(value: float, error: ClusteredError, spec: IntervalSpec) -> Interval:
    """Returns the interval of an estimate that has a standard error."""
    half = half_width(error, spec)
    return Interval(low=value - half, high=value + half, kind=spec.kind, level=spec.level)


def customer_totals(values: Floats, customer: Codes) -> Floats:
    """Returns the sum of each customer's values, of those who have any."""
    found, place = places_of(customer)
    return np.bincount(place, values, minlength=len(found)).astype(np.float64)
