"""The evaluability check: will what a policy logs suffice to evaluate the next change?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from banditsvc.core.certificate import Check, Verdict
from offline_eval.intervals import Floats
from offline_eval.logged.logged import Integers

NAME = "evaluability"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluabilityTerms:
    """What the next evaluation needs."""

    least_probability: float = 1e-4
    """With which every eligible campaign must be chosen."""
    least_effective: float = 1_000.0
    """Effective decisions (Kish) that an equal draw must be evaluated with: no other policy is farther off everywhere."""
    decisions: float = 100_000.0
    """That will be settled until the next evaluation, by the traffic of 28 days."""


def evaluability_check(probability: Floats, start: Integers, terms: EvaluabilityTerms) -> Check:
    """Returns whether decisions with these probabilities could be evaluated afterwards.

    For an equal draw of K the expected squared weight of a decision is sum over entries of (1/K)^2 / probability, so that n
    decisions are worth n over the mean of it (L. Kish, Survey Sampling, 1965), before any is made.

    Args:
        probability: That the policy gives to each entry.
        start: Where the entries of each decision begin, and after the last their number.
        terms: What is needed.
    """
    sizes = np.diff(start)
    rows = np.repeat(sizes > 1, sizes)  # where one campaign alone is eligible there is nothing to evaluate
    if not rows.any():
        return Check(
            name=NAME, verdict=Verdict.NOT_ENOUGH_DATA, reason="no decision has more than one eligible campaign"
        )
    least = float(probability[rows].min())
    if least < terms.least_probability:
        never = float(np.mean(probability[rows] < terms.least_probability))
        return Check(
            name=NAME,
            verdict=Verdict.FAIL,
            reason=f"{never:.1%} of what is eligible would be chosen with a probability below "
            f"{terms.least_probability:g}, the least {least:.3g}: what is never tried can never be evaluated. Set a floor",
            numbers={"least_probability": least},
        )
    parts = np.repeat(1.0 / sizes.astype(np.float64) ** 2, sizes)
    squares = np.add.reduceat(parts / probability, start[:-1])[sizes > 1]
    share = 1.0 / float(squares.mean())
    effective = terms.decisions * share
    enough = effective >= terms.least_effective
    return Check(
        name=NAME,
        verdict=Verdict.PASS if enough else Verdict.NOT_ENOUGH_DATA,
        reason=f"{terms.decisions:,.0f} decisions to come are worth {effective:,.0f} for judging an equal draw; "
        f"{terms.least_effective:,.0f} are asked for"
        + ("" if enough else f": wait for {terms.least_effective / share:,.0f} decisions, or set a greater floor"),
        numbers={"least_probability": least, "effective_share": share, "effective_decisions": effective},
    )
