"""A small world with everything in it, in four forms of its feed."""

from __future__ import annotations

from typing import Any

from simulators.worlds.world_spec import WorldSpec

DAYS = 28

_CAMPAIGNS: list[dict[str, Any]] = [
    {
        "campaign_id": "promo",
        "weekly": True,
        "id_spread": 0.3,
        "category": "shoes",
        "kind": "PROMOTION",
        "rule": 'segment == "young" and device == "phone"',
        "base_rate": 0.15,
        "odds": {"segment": {"young": 3.0}, "favourite": {"match": 2.0}},
        "opt_out_rate": 0.06,
        "max_contacts_a_week": 40,
        "fixed_priority": 2,
        "cost": 0.1,
    },
    {
        "campaign_id": "news",
        "weekly": True,
        "start_day": 10,
        "kind": "NEW_ARRIVAL",
        "base_rate": 0.1,
        "odds": {"features.device": {"phone": 2.0}, "r": {"5": 2.0}},
        "organic_factor": 0.5,
        "opt_out_rate": 0.04,
        "drift": [{"kind": "step", "odds": 3.0, "from_day": 18, "segments": ["old"]}],
        "cost": 0.1,
    },
    {
        "campaign_id": "win-back",
        "type": "CLM",
        "kind": "WINBACK",
        "trigger": {"kind": "win_back", "from_days": 40.0},
        "rule": "recency_days > 60",
        "base_rate": 0.2,
        "opt_out_rate": 0.06,
        "fixed_priority": 1,
        "max_contacts_a_day": 4,
        "cost": 0.3,
    },
    {
        "campaign_id": "cross-sell",
        "type": "CLM",
        "kind": "CROSS_SELL",
        "category": "sport",
        "trigger": {"kind": "cross_sell", "to_days": 60.0},
        "base_rate": 0.15,
        "cost": 0.1,
        "start_day": 3,
        "end_day": 20,
    },
    {
        "campaign_id": "receipt",
        "type": "TRANSACTIONAL",
        "kind": "THANK_YOU",
        "trigger": {"kind": "first_to_repeat", "to_days": 30.0},
        "base_rate": 0.05,
    },
]
_WORLD: dict[str, Any] = {
    "name": "small",
    "days": DAYS,
    "customers": 120,
    "visits": {"every_days": 4},
    "no_contact": True,
    "max_contacts_a_day": 20,
    "caps": [{"max_contacts": 3, "window_days": 14}, {"max_contacts": 1, "window_days": 4}],
    "population": {
        "segments": {"young": {"share": 0.5, "moves": {"old": 0.01}}, "old": {"share": 0.5, "value_factor": 1.5}},
        "features": {"device": {"shares": {"phone": 0.6, "desk": 0.4}}},
        "organic": {"gap_days": 30.0, "prospect_share": 0.1},
        "fatigue": {"response_sensitivity": 0.2, "opt_out_growth": 0.3},
    },
    "delay": {"mean_days": 2.0, "reward_exponent": 0.3, "never_share": 0.1},
    "campaigns": _CAMPAIGNS,
}
_FAULTS = {
    "duplicated_share": 0.3,
    "reordered": True,
    "revised_share": 0.3,
    "refunded_share": 0.3,
    "refunded_days": 2.0,
    "lost_share": 0.1,
}
_REVENUE = {"of": "revenue", "window_days": 5, "greatest": 120.0, "cost": 0.5}

FORMS: dict[str, dict[str, Any]] = {
    "prompt": {"reward": {"of": "conversion", "window_days": 3, "cost": 0.01}, "faults": _FAULTS},
    "weekly": {"reward": {**_REVENUE, "attribution": "last_sent"}, "feed": {"every_days": 7}},
    "late": {"reward": {**_REVENUE, "attribution": "split"}, "feed": {"late_days": 2}, "faults": _FAULTS},
    "dead": {
        "reward": {**_REVENUE, "grace_days": 3},
        "feed": {"late_days": 1, "dead_from_day": 9, "dead_to_day": 18},
        "faults": _FAULTS,
    },
}
"""What is peculiar to each form; of the dead feed some decisions lapse."""


def small_world(form: str) -> WorldSpec:
    """Returns the world in a form."""
    return WorldSpec.model_validate({**_WORLD, **FORMS[form]})
