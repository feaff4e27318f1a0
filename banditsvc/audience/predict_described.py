"""Predictions for customers who have campaigns described with them: each entry by the features of this customer's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.audience.column_policy import Predicted
from banditsvc.core.campaign import Campaign
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.decision import RankInput
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.scoring import Scorer
from banditsvc.serving.prepared_set import PreparedSet


def predict_described(
    scorer: Scorer,
    contexts: ContextColumns,
    asked: RankInput,
    entries: PreparedSet,
    *,
    described: Sequence[Sequence[str | Campaign]],
    mask: NDArray[np.bool_],
) -> Predicted:
    """Returns what a model says of the entries that each customer may get, 0 of the others.

    Args:
        scorer: The model's.
        contexts: The customers.
        asked: What is the same for all of them.
        entries: The entries, of the catalogue's campaigns.
        described: Candidates of each customer, which stand in for the catalogue's campaigns of their ids.
        mask: Which entries each customer may get, shape (rows, entries).
    """
    rewards = np.zeros(mask.shape)
    deviations = None if scorer.model.variances is None else np.zeros(mask.shape)
    batch = scorer.columns.encode(contexts, asked.channel, asked.placement, asked.send_time_us)
    for row, context in enumerate(batch.contexts()):
        places = np.flatnonzero(mask[row])
        if not len(places):
            continue
        own = {one.campaign_id: one for one in described[row] if not isinstance(one, str)}
        encoded = [_encoded(scorer, entries, place, own) for place in places.tolist()]
        alone = scorer.predict([context], encoded)
        rewards[row, places] = alone.rewards[0]
        if deviations is not None and alone.deviations is not None:
            deviations[row, places] = alone.deviations[0]
    return Predicted(
        rewards,
        weighted_rewards(rewards, entries.levers, entries.prices),
        deviations,
        weighted_deviations(deviations, rewards, entries.levers),
    )


def _encoded(scorer: Scorer, entries: PreparedSet, place: int, own: dict[str, Campaign]) -> EncodedCampaign:
    campaign = own.get(entries.ids[place])
    if campaign is None:
        return entries.encoded[place]
    treatment_id = entries.treatments[place] if entries.treatments else ""
    return scorer.encoder.campaign(campaign, campaign.treatment(treatment_id))
