"""What a log says of a policy before it goes live: is the log right, does it reach that far, what does the policy cost?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from banditsvc.core.certificate import Check, Verdict
from offline_eval.certificate.budget_check import NAME as BUDGET
from offline_eval.certificate.budget_check import BudgetTerms, budget_check
from offline_eval.certificate.evaluability_check import EvaluabilityTerms, evaluability_check
from offline_eval.diagnostics import audit, unlogged_mass, weight_mean, weight_summary
from offline_eval.estimators import sample_of
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import difference_weight_range
from offline_eval.logged import Logged
from offline_eval.reward_models import Ridge


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTerms:
    """What is asked of a log and of a policy on it."""

    floor: float = 0.0
    """Of the policies that made the log: no campaign may have less than floor / K. 0 where that is not known."""
    most_unlogged: float = 0.01
    """Greatest share of the policy's choices that the log could not have made."""
    least_effective: float = 500.0
    """Effective decisions (Kish) that the policy must be judged with."""
    least_p_value: float = 0.001
    """Below it weights do not have the mean 1, and logged probabilities or decisions are wrong."""
    budget: BudgetTerms = field(default_factory=BudgetTerms)
    evaluability: EvaluabilityTerms = field(default_factory=EvaluabilityTerms)


def log_checks(logged: Logged, target: Floats, deployed: Floats, terms: LogTerms) -> tuple[Check, ...]:
    """Returns the checks of a policy on a log. Where the log is wrong or too far away, its loss is withheld.

    Args:
        logged: Decisions.
        target: The policy's probability of each entry; NaN where a model was missing.
        deployed: That of the policy in force.
        terms: What is asked for.
    """
    audited = audit_check(logged, terms)
    unknown = (np.isnan(target) | np.isnan(deployed)).astype(np.float64)
    usable = logged.entries.total(unknown) == 0.0
    kept = np.repeat(usable, logged.entries.size)
    logged, target, deployed = logged.where(usable), target[kept], deployed[kept]
    if not len(logged):
        why = "no decision of the log can be judged: none has both a model's predictions and a known reward"
        return (audited, Check(name="support", verdict=Verdict.NOT_ENOUGH_DATA, reason=why))
    supported = support_check(logged, target, terms)
    return (
        audited,
        supported,
        _budget(logged, target, deployed, terms, (audited, supported)),
        evaluability_check(target, logged.entries.start, terms.evaluability),
    )


def audit_check(logged: Logged, terms: LogTerms) -> Check:
    """Returns whether the logged probabilities are right, as far as a log can show it."""
    found = audit(logged, floor=terms.floor)
    if found.is_passed:
        what = ", ".join(str(check).lower() for check in found.checked)
        return Check(
            name="audit",
            verdict=Verdict.PASS,
            reason=f"nothing is wrong with {len(logged):,} decisions; looked at: {what}",
            numbers={"decisions": float(len(logged))},
        )
    first, *others = found.findings
    more = f"; and {len(others)} more" if others else ""
    return Check(name="audit", verdict=Verdict.FAIL, reason=f"the log is wrong: {first.what}{more}")


def support_check(logged: Logged, target: Floats, terms: LogTerms) -> Check:
    """Returns whether the log tried what the policy would do, often enough."""
    mass = unlogged_mass(logged, target)
    sample = sample_of(logged, target)
    weights, mean = weight_summary(sample.weight), weight_mean(sample.weight, sample.greatest_weight)
    numbers = {
        "unlogged_share": mass.total,
        "effective_decisions": weights.effective,
        "largest_weight": weights.largest,
        "mean_weight": mean.mean,
    }
    if not mass.total <= terms.most_unlogged:
        where = ", ".join(list(mass.by_campaign)[:3]) or "it is not told what was eligible"
        why = f"{mass.total:.1%} of its choices were never logged ({where}); at most {terms.most_unlogged:.0%} may be"
        verdict = Verdict.FAIL
    elif mean.p_value < terms.least_p_value:
        why = f"weights have the mean {mean.mean:.3f} instead of 1: logged probabilities or decisions are wrong"
        verdict = Verdict.FAIL
    elif weights.effective < terms.least_effective:
        needed = terms.least_effective / weights.effective_share if weights.effective else np.inf
        why = (
            f"{weights.count:,} decisions are worth {weights.effective:,.0f} for judging it, "
            f"{terms.least_effective:,.0f} are asked for: about {needed:,.0f} decisions would do"
        )
        verdict = Verdict.NOT_ENOUGH_DATA
    else:
        why = f"{weights.count:,} decisions are worth {weights.effective:,.0f} for judging it"
        verdict = Verdict.PASS
    finite = {name: value for name, value in numbers.items() if np.isfinite(value)}
    return Check(name="support", verdict=verdict, reason=why, numbers=finite)


def _budget(logged: Logged, target: Floats, deployed: Floats, terms: LogTerms, before: tuple[Check, ...]) -> Check:
    failed = [check.name for check in before if check.verdict is Verdict.FAIL]
    if failed:
        return Check(
            name=BUDGET, verdict=Verdict.NOT_ENOUGH_DATA, reason=f"withheld: {' and '.join(failed)} must pass first"
        )
    model = Ridge.of(logged) if terms.budget.modeled else None
    least, greatest = difference_weight_range(logged, target, deployed)
    return budget_check(
        sample_of(logged, target, model),
        sample_of(logged, deployed, model),
        terms.budget,
        weight_range=(least, greatest) if math.isfinite(least + greatest) else None,
    )
