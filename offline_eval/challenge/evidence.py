"""Evidence: what the policy on trial brought over the one at work, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from offline_eval.challenge.reading import Both
from offline_eval.intervals import Interval, IntervalSpec
from offline_eval.value import clustered_error, interval_around

STAGES = 2
"""Shares below 1 through which a trial goes, each with evidence of its own."""
CHALLENGE_INTERVAL = IntervalSpec(least_uncommon=50.0).corrected(STAGES)
"""Of both stages together 95 %, however often they are looked at."""


class Finding(StrEnum):
    """What follows."""

    PROMOTE = "PROMOTE"
    """No loss beyond the budget shows: it may decide for more."""
    LOSS = "LOSS"
    """A loss beyond the budget shows: it is to decide no more."""
    WAIT = "WAIT"
    """Too little is known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What both policies brought, per decision in reward units."""

    finding: Finding
    reason: str
    """In words."""
    challenger_decisions: int
    incumbent_decisions: int
    """Decisions whose reward is known."""
    challenger_mean: float
    incumbent_mean: float
    """NaN without any."""
    interval: Interval | None
    """Of the challenger's less the incumbent's; None where there is too little for one."""
    greatest_loss: float
    """The budget: the loss that is accepted, in reward units."""


def evidence_of(
    both: Both,
    *,
    budget: float,
    precision: float,
    least_decisions: int,
    spec: IntervalSpec = CHALLENGE_INTERVAL,
) -> Evidence:
    """Returns what the policy on trial brought over the one at work while they had the same shares.

    The difference is that of the means per decision. Customers are divided by chance, so they are the unit of its error:
    with n decisions, of which n1 are the challenger's, the influence of one of these is n / n1 (R - m1), and of another
    -n / n0 (R - m0); those of a customer are added up (see clustered_error).

    Args:
        both: The decisions of both.
        budget: Loss that is accepted, as a share of the incumbent's mean reward in absolute value.
        precision: Half the interval is at most this share of it, where the policy on trial is to decide for more.
        least_decisions: Decisions with a known reward that the challenger must have.
        spec: The interval.
    """
    ones = both.reward[both.is_challenger]
    others = both.reward[~both.is_challenger]
    means = [float(part.mean()) if part.size else float("nan") for part in (ones, others)]
    too_few = _too_few(both, least_decisions, spec)
    interval = None if too_few else _interval(both, means[0], means[1], spec)
    loss = budget * abs(means[1])
    finding, reason = Finding.WAIT, too_few
    if interval is not None:
        finding, reason = _found(interval, loss, precision * abs(means[1]))
    return Evidence(
        finding=finding,
        reason=reason,
        challenger_decisions=ones.size,
        incumbent_decisions=others.size,
        challenger_mean=means[0],
        incumbent_mean=means[1],
        interval=interval,
        greatest_loss=loss,
    )


def _too_few(both: Both, least_decisions: int, spec: IntervalSpec) -> str:
    count = int(both.is_challenger.sum())
    if count < least_decisions:
        return f"the policy on trial has {count:,} decisions with a known reward; {least_decisions:,} are the least"
    for name, chosen in (("the policy on trial", both.is_challenger), ("the policy at work", ~both.is_challenger)):
        customers = np.unique(both.customer[chosen]).size
        if customers < spec.least_customers:
            return f"{name} has decided for {customers:,} customers; {spec.least_customers:,.0f} are the least"
        commonest = np.unique(both.reward[chosen], return_counts=True)[1].max()
        uncommon = int(chosen.sum() - commonest)
        if uncommon < spec.least_uncommon:
            return (
                f"only {uncommon:,} decisions of {name} differ from the rest in their reward; "
                f"{spec.least_uncommon:,.0f} are the least"
            )
    return ""


def _interval(both: Both, mean: float, other_mean: float, spec: IntervalSpec) -> Interval:
    count, own = len(both.reward), int(both.is_challenger.sum())
    influence = np.where(
        both.is_challenger,
        count / own * (both.reward - mean),
        -count / (count - own) * (both.reward - other_mean),
    )
    return interval_around(mean - other_mean, clustered_error(influence, both.customer, count), spec)


def _found(interval: Interval, loss: float, widest: float) -> tuple[Finding, str]:
    span = f"from {interval.low:.4g} to {interval.high:.4g} per decision"
    if interval.high < -loss:
        return Finding.LOSS, f"the difference is {span}: a loss beyond the budget of {loss:.4g}"
    half = 0.5 * (interval.high - interval.low)
    if half > widest:
        return Finding.WAIT, f"the difference is {span}: half of that is to be at most {widest:.4g}"
    return Finding.PROMOTE, f"the difference is {span}: no loss beyond the budget of {loss:.4g} shows"
