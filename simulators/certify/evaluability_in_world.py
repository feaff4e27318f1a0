"""The evaluability check without a log: what a policy logs in a world, of which every decision is kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from banditsvc.core.certificate import Check, Verdict
from offline_eval.certificate.evaluability_check import NAME, EvaluabilityTerms
from simulators.certify.candidate import Candidate
from simulators.certify.world_terms import WorldTerms
from simulators.runs.simulate import simulate
from simulators.worlds.world_spec import WorldSpec

_TRIED = 0.99
"""Share of what is eligible that must be tried; sampling leaves room for less than all."""


def evaluability_in_world(
    candidate: Candidate,
    world: WorldSpec,
    terms: WorldTerms,
    evaluability: EvaluabilityTerms,
    on_day: Callable[[], None] = lambda: None,
) -> Check:
    """Returns whether decisions that the policy makes in a world could be evaluated afterwards.

    The weight of an equal draw of K is 1 / (K p). Its mean over decisions is the share of what is eligible that is tried at
    all; the effective sample size is Kish's.
    """
    policies = {"policy": candidate.in_world(world)}
    frames = simulate(world, policies, seeds=[terms.seed], days=terms.change_day, keep_decisions=True, on_day=on_day)
    kept = frames.decisions
    probability = kept["selection_probability"].to_numpy(dtype=np.float64)
    weight = 1.0 / (kept["eligible_count"].to_numpy(dtype=np.float64) * probability)
    tried, share = float(weight.mean()), float(weight.sum() ** 2 / (weight @ weight)) / len(weight)
    numbers = {"tried_share": tried, "effective_share": share}
    if tried < _TRIED:
        return Check(
            name=NAME,
            verdict=Verdict.FAIL,
            reason=f"in the world {world.name} it tries {tried:.1%} of what is eligible: what is never tried can never be "
            "evaluated. Set a floor",
            numbers={"tried_share": tried},
        )
    effective = share * evaluability.decisions
    enough = effective >= evaluability.least_effective
    return Check(
        name=NAME,
        verdict=Verdict.PASS if enough else Verdict.NOT_ENOUGH_DATA,
        reason=f"in the world {world.name} {evaluability.decisions:,.0f} decisions are worth {effective:,.0f} for judging an "
        f"equal draw; {evaluability.least_effective:,.0f} are asked for",
        numbers={**numbers, "effective_decisions": effective},
    )
