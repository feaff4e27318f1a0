"""Rows of a trial file for a fit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from banditsvc.v1.campaign_pb2 import Campaign
from banditsvc.v1.context_pb2 import CustomerContext
from simulators.fit.context_parts import parts_of
from simulators.fit.fit_rows import FitCampaign, FitRows
from simulators.trial import Trial

TRIAL_WINDOW_DAYS = 14
"""Where the file has no times, all that came is taken for what came within so many days."""
_SCALARS = ("recency_days", "frequency", "monetary", "r", "f", "m", "segment")


def trial_rows(trial: Trial) -> FitRows:
    """Returns the rows of a trial: its arms, contexts, and the reward that it was read with."""
    is_money = trial.reward.measure == "MEASURE_AMOUNT"
    caveats = [
        "The file has no times: the delays of the world are not fitted, and its run has as many decisions as the file has rows."
    ]
    if trial.left_out:
        caveats.append(f"{trial.left_out:,} rows without {trial.reward.column} are left out.")
    return FitRows(
        campaigns=tuple(_campaign(arm.campaign) for arm in trial.columns.arms),
        arms=trial.arms,
        parts=parts_of(pd.DataFrame([_context(content) for content in trial.contexts])),
        responses=trial.rewards > 0.0,
        amounts=trial.rewards.astype(np.float64) if is_money else None,
        greatest=trial.reward.greatest,
        window_days=TRIAL_WINDOW_DAYS,
        currency=trial.columns.currency,
        caveats=tuple(caveats),
    )


def _campaign(campaign: Campaign) -> FitCampaign:
    return FitCampaign(
        campaign_id=campaign.campaign_id,
        category=campaign.category,
        offer_kind=campaign.offer_kind,
        family=campaign.family,
        cost=campaign.cost,
        fixed_priority=campaign.fixed_priority if campaign.HasField("fixed_priority") else None,
    )


def _context(content: bytes) -> Mapping[str, object]:
    context = CustomerContext.FromString(content)
    found: dict[str, object] = {name: getattr(context, name) for name in _SCALARS if context.HasField(name)}
    found |= {f"favourites.{name}": weight for name, weight in context.favourites.items()}
    for name, value in context.features.items():
        kind = value.WhichOneof("value")
        if kind in {"number", "text", "flag"}:
            found[f"features.{name}"] = getattr(value, kind)
    return found
