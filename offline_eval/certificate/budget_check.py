"""The budget check: is what a policy loses against the deployed one, by the log, at most what exploring may cost?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from banditsvc.core.certificate import Check, Verdict
from offline_eval.estimators import Sample
from offline_eval.intervals.off_policy import OffPolicySpec, interval_of_difference

NAME = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetTerms:
    """What a policy may cost, and how surely that is told."""

    share: float = 0.02
    """Of the deployed policy's value, in absolute value: the exploration budget."""
    level: float = 0.95
    """Confidence of the upper bound of the loss, and of the lower one."""
    currency: str = ""
    """Of the rewards; empty where they are no money."""
    decisions_per_period: float = math.nan
    """Decisions in 28 days, in which the loss is told as well; NaN for not."""
    modeled: bool = False
    """Whether an outcome model makes the bound tighter: for large samples alone."""


def budget_check(
    target: Sample, deployed: Sample, terms: BudgetTerms, *, weight_range: tuple[float, float] | None = None
) -> Check:
    """Returns whether the loss against the deployed policy, on the same decisions, is within the budget.

    The loss is V(deployed) - V(target) by the paired interval of the difference, one-sided at the level. PASS where its
    upper bound is at most the budget, FAIL where its lower bound is more, else there are too few data, and the check says
    how many would do: the bound's distance from the estimate falls with the root of their number.

    Args:
        target: Logged decisions with the weights of the policy to certify.
        deployed: The same with those of the policy in force.
        terms: The budget.
        weight_range: Least and greatest difference of the weights that there can be, see difference_weight_range: policies
            that are near to each other need far fewer decisions. None where it is not known.
    """
    count = len(target)
    if not count:
        return Check(name=NAME, verdict=Verdict.NOT_ENOUGH_DATA, reason="the log has no decision to judge by")
    if np.array_equal(target.weight, deployed.weight):
        same = "it chooses as the deployed policy does, on every decision of the log"
        return Check(name=NAME, verdict=Verdict.PASS, reason=same, numbers={"decisions": float(count), "loss": 0.0})
    spec = OffPolicySpec(level=2.0 * terms.level - 1.0, modeled=terms.modeled)
    found = interval_of_difference(target, deployed, spec, weight_range=weight_range)
    if found.interval is None:
        return Check(name=NAME, verdict=Verdict.NOT_ENOUGH_DATA, reason=f"the loss cannot be told: {found.refusal}")
    value = float(np.sum(deployed.weight * deployed.reward)) / count
    budget = terms.share * abs(value)
    loss = -float(np.sum((target.weight - deployed.weight) * target.reward)) / count
    low, high = -found.interval.high, -found.interval.low
    if found.thin:
        verdict, why = Verdict.NOT_ENOUGH_DATA, f"nothing is concluded, as {found.thin}"
    elif high <= budget:
        verdict, why = Verdict.PASS, "within the budget"
    elif low > budget:
        verdict, why = Verdict.FAIL, "more than the budget"
    else:
        verdict, why = Verdict.NOT_ENOUGH_DATA, _remedy(loss, high, budget, count)
    return Check(
        name=NAME,
        verdict=verdict,
        reason=f"a decision loses {_money(loss, terms)} against the deployed policy ({_money(low, terms)} to "
        f"{_money(high, terms)}, each end at {terms.level:.0%}), the budget is {_money(budget, terms)}, {terms.share:.3g} of its value: {why}"
        f"{_in_period(high, budget, terms)}",
        numbers={
            "decisions": float(count),
            "deployed_value": value,
            "loss": loss,
            "loss_low": low,
            "loss_high": high,
            "budget": budget,
            "budget_share": terms.share,
        },
    )


def _remedy(loss: float, high: float, budget: float, count: int) -> str:
    """Returns how many decisions would tell, if the estimate is right."""
    if loss >= budget:
        return "it may well be more, and more data would sooner say FAIL than PASS"
    needed = count * ((high - loss) / (budget - loss)) ** 2
    return f"too few data to tell; about {needed:,.0f} settled decisions would do, if it is as it looks"


def _money(value: float, terms: BudgetTerms) -> str:
    return f"{value:.3g} {terms.currency}".rstrip()


def _in_period(high: float, budget: float, terms: BudgetTerms) -> str:
    if not math.isfinite(terms.decisions_per_period):
        return ""
    most, allowed = (_money(one * terms.decisions_per_period, terms) for one in (high, budget))
    return f"; in 28 days at most {most} of {allowed}"
