"""Exploration limits: which ceilings a policy's limits set for whom."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from banditsvc.core.ceilings import Ceilings
from banditsvc.core.context import CustomerContext
from banditsvc.core.policy import ExplorationLimit, Policy


def ceilings_of(
    policy: Policy, contexts: Sequence[CustomerContext], entries: Sequence[tuple[str, ...]]
) -> Ceilings | None:
    """Returns the ceilings that a policy's limits set, None where no limit holds for any of the customers.

    Args:
        policy: The policy.
        contexts: Context of each customer. Where its segment or stage is not known, no limit that names one holds.
        entries: Campaign of each eligible entry of each customer, as many for one as for another, sorted.
    """
    if not policy.limits:
        return None
    matching = [
        tuple([place for place, limit in enumerate(policy.limits) if _holds_for(limit, context)])
        for context in contexts
    ]
    if not any(matching):
        return None
    # Customers of a segment and stage with the same entries, of which a batch has many, have the same ceilings.
    made: dict[tuple[tuple[int, ...], tuple[str, ...]], _Row] = {}
    rows = []
    for key in zip(matching, entries, strict=True):
        row = made.get(key)
        if row is None:
            row = made[key] = _row([policy.limits[place] for place in key[0]], key[1])
        rows.append(row)
    places, of_campaign, of_others = zip(*rows, strict=True)
    return Ceilings(np.array(places, dtype=np.intp), np.array(of_campaign), np.array(of_others)[:, None])


_Row = tuple[list[int], list[float], float]
"""What Ceilings has of one customer."""


def _holds_for(limit: ExplorationLimit, context: CustomerContext) -> bool:
    # A share of 1 leaves everything, rounding included.
    return (
        limit.max_share < 1.0
        and (not limit.segments or context.segment in limit.segments)
        and (not limit.lifecycle_stages or context.lifecycle_stage in limit.lifecycle_stages)
    )


def _row(limits: Sequence[ExplorationLimit], campaign_ids: tuple[str, ...]) -> _Row:
    first: dict[str, int] = {}
    places = [first.setdefault(campaign_id, place) for place, campaign_id in enumerate(campaign_ids)]
    named = dict.fromkeys(first, math.inf)
    of_others = math.inf
    for limit in limits:
        if not limit.campaign_ids:
            of_others = min(of_others, limit.max_share)
        for campaign_id in limit.campaign_ids:
            if campaign_id in named:
                named[campaign_id] = min(named[campaign_id], limit.max_share)
    return places, [named[campaign_id] for campaign_id in campaign_ids], of_others
