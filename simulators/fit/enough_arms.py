"""Campaigns with enough responses: what is left of rows without those that say too little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulators.fit.fit import LEAST_RESPONSES
from simulators.fit.fit_rows import FitRows


def with_enough_arms(rows: FitRows) -> FitRows:
    """Returns the rows of the campaigns that have the responses that a fit needs; caveats name those left out."""
    responses = rows.per_arm(rows.responses.astype(np.float64))
    kept = np.minimum(responses, rows.arm_rows - responses) >= LEAST_RESPONSES
    if kept.all():
        return rows
    left_out = [campaign_id for campaign_id, keep in zip(rows.campaign_ids, kept, strict=True) if not keep]
    count = int(rows.arm_rows[~kept].sum())
    places = np.cumsum(kept) - 1
    own = rows.take(np.flatnonzero(kept[rows.arms]))
    named = ", ".join(left_out[:_MOST_NAMED]) + (" and others" if len(left_out) > _MOST_NAMED else "")
    why = f"{len(left_out)} campaigns with fewer than {LEAST_RESPONSES} responses are left out, with {count:,} rows"
    return replace(
        own,
        campaigns=tuple(one for one, keep in zip(rows.campaigns, kept, strict=True) if keep),
        arms=places[own.arms],
        caveats=(*rows.caveats, f"{why}: {named}."),
    )


_MOST_NAMED = 5
