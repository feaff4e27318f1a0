"""The evaluability check without a log: by the probabilities with which a policy decides in a world."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.core.certificate import Check
from offline_eval.certificate import EvaluabilityTerms, evaluability_check
from simulators.certify.candidate import Candidate
from simulators.certify.watched_policy import WatchedPolicy
from simulators.certify.world_terms import WorldTerms
from simulators.runs.simulate import simulate
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.world_spec import WorldSpec


def evaluability_in_world(
    candidate: Candidate, world: WorldSpec, terms: WorldTerms, evaluability: EvaluabilityTerms
) -> Check:
    """Returns whether decisions as the policy makes them in a world, in the week before anything changes, could be evaluated
    afterwards.
    """
    policy = WatchedPolicy(candidate.in_world(world), terms.change_day - DAYS_A_WEEK)
    simulate(world, {"policy": policy}, seeds=[terms.seed], days=terms.change_day)
    found = evaluability_check(*policy.entries(), evaluability)
    return replace(found, reason=f"in the world {world.name} {found.reason}")
