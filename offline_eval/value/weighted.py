"""Values and gains by inverse probability weighting."""

from __future__ import annotations

import math

import numpy as np

from offline_eval.choices.coding import Codes
from offline_eval.intervals import Floats, IntervalKind, IntervalSpec
from offline_eval.value.clustered_error import ClusteredError, clustered_error, customer_totals, interval_around
from offline_eval.value.estimate import Estimate, Support


def interval_of_values(kind: IntervalKind = IntervalKind.ANYTIME) -> IntervalSpec:
    """Returns the interval of values and gains unless another is asked for.

    50 customers whose reward is not the usual one, counted by weight, are enough: with skewed amounts the 95 %
    sequence then errs in less than 5 % of runs (docs/figures/coverage.md).
    """
    return IntervalSpec(kind=kind, least_uncommon=50.0)


VALUE_INTERVAL = interval_of_values()


def weighted_value(
    weights: Floats, rewards: Floats, customer: Codes, *, decisions: int, spec: IntervalSpec
) -> Estimate:
    """Returns the value per decision, had it been decided otherwise: sum w R / sum w.

    w is the probability of the choice under that other way over the one with which it was made: the self-normalised
    estimator (Swaminathan and Joachims, "The Self-Normalized Estimator for Counterfactual Learning", NeurIPS 2015). The
    influence of a decision is w (R - value) / mean w.

    Args:
        weights: Of the decisions; those of weight 0 may be left out.
        rewards: Of the same, in reward units.
        customer: Whose they are.
        decisions: How many there are, those left out as well.
        spec: The interval.
    """
    total = float(weights.sum())
    value = float(np.sum(weights * rewards)) / total if total > 0.0 else math.nan
    support = _support(weights, rewards, customer, decisions)
    influence = weights * (rewards - value) * (decisions / total) if total > 0.0 else np.zeros(0)
    return _estimate(value, clustered_error(influence, customer[: len(influence)], decisions), support, spec)


def weighted_gain(weights: Floats, base: Floats, rewards: Floats, customer: Codes, spec: IntervalSpec) -> Estimate:
    """Returns the value per decision by one kind of weights less that by another, both self-normalised.

    With d = w / mean w - b / mean b it is the mean of d R, and the influence of a decision is w (R - V) / mean w -
    b (R - B) / mean b, V and B being the two values. What it rests on is told by d: decisions of d = 0 say nothing.

    Args:
        weights: Of one way of deciding, for each decision.
        base: Of the other; ones for what was done.
        rewards: In reward units.
        customer: Whose decisions they are.
        spec: The interval.
    """
    count = len(rewards)
    total, base_total = float(weights.sum()), float(base.sum())
    if total <= 0.0 or base_total <= 0.0:
        nothing = np.zeros(0)
        return _estimate(math.nan, clustered_error(nothing, customer[:0], count), _nothing(count), spec)
    share, base_share = weights * (count / total), base * (count / base_total)
    value, base_value = float(np.mean(share * rewards)), float(np.mean(base_share * rewards))
    influence = share * (rewards - value) - base_share * (rewards - base_value)
    apart = np.abs(share - base_share)
    apart[apart < _ALIKE] = 0.0
    if not apart.any():
        influence[:] = 0.0
    support = _support(apart, rewards, customer, count)
    return _estimate(value - base_value, clustered_error(influence, customer, count), support, spec)


_ALIKE = 1e-9
"""Weights that differ by less do so by rounding."""


def _estimate(value: float, error: ClusteredError, support: Support, spec: IntervalSpec) -> Estimate:
    refusal = _refusal(support, error, spec)
    return Estimate(
        value=value,
        standard_error=error.standard_error,
        worth=error.worth,
        interval=None if refusal else interval_around(value, error, spec),
        refusal=refusal,
        support=support,
    )


def _refusal(support: Support, error: ClusteredError, spec: IntervalSpec) -> str:
    """Returns why the data are too thin for an interval; empty where they are not."""
    for found, least, what in (
        (support.effective_decisions, spec.least_customers, "decisions, by weight"),
        (support.carrying_customers, spec.least_customers, "customers, by weight"),
        (
            support.carrying_uncommon,
            spec.least_uncommon,
            "customers with another reward than most, by weight",
        ),
    ):
        if found < least:
            return f"it rests on {found:,.0f} {what}; {least:,.0f} is the least"
    return "" if error.standard_error > 0.0 else "all rewards are equal"


def _support(weights: Floats, rewards: Floats, customer: Codes, decisions: int) -> Support:
    used = weights > 0.0
    kept, own, whose = weights[used], rewards[used], customer[used]
    if not len(kept):
        return _nothing(decisions)
    values, places, counts = np.unique(own, return_inverse=True, return_counts=True)
    uncommon = places != int(np.argmax(counts)) if len(values) > 1 else np.zeros(len(own), dtype=np.bool_)
    totals = customer_totals(kept, whose)
    return Support(
        decisions=decisions,
        customers=len(totals),
        effective_decisions=effective_number(kept),
        carrying_customers=effective_number(totals**2),
        carrying_uncommon=effective_number(customer_totals(kept[uncommon], whose[uncommon]) ** 2),
    )


def _nothing(decisions: int) -> Support:
    return Support(
        decisions=decisions, customers=0, effective_decisions=0.0, carrying_customers=0.0, carrying_uncommon=0.0
    )


def effective_number(weights: Floats) -> float:
    """Returns (sum w)^2 / sum w^2, 0 for no weights."""
    squares = float(np.sum(weights**2))
    return float(np.sum(weights)) ** 2 / squares if squares > 0.0 else 0.0
