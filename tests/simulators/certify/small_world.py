"""A world that is quickly run, in which exploration pays."""

from __future__ import annotations

from simulators.certify.candidate import Candidate
from simulators.certify.world_terms import WorldTerms
from simulators.runs.named_policies import named_policy
from simulators.runs.service_policy import ServicePolicy
from simulators.worlds.read_world import parse_world
from simulators.worlds.world_spec import WorldSpec

TERMS = WorldTerms(change_day=7, find_days=14, looks=(14, 28))


def small_world(customers: int = 400) -> WorldSpec:
    """Returns two segments and three campaigns of 10 to 20 %, whose answers come within a day."""
    campaigns = [
        {"campaign_id": "magazine", "category": "coats", "base_rate": 0.2, "odds": {"segment": {"student": 0.5}}},
        {"campaign_id": "sale", "category": "shoes", "base_rate": 0.12},
        {"campaign_id": "club", "category": "sport", "base_rate": 0.1},
    ]
    return parse_world(
        {
            "name": "small",
            "customers": customers,
            "stateless": True,
            "visits": {"every_days": 1},
            "reward": {"of": "conversion", "window_days": 1},
            "population": {
                "organic": {"rate_factor": 0.0},
                "segments": {"family": {"share": 0.5}, "student": {"share": 0.5}},
            },
            "campaigns": campaigns,
        },
        "small",
    )


def candidate(text: str) -> Candidate:
    """Returns the policy of a text with its learner."""
    made = named_policy(text, small_world())
    assert isinstance(made, ServicePolicy)
    return Candidate(policy=made.policy, learner=made.learner)
