"""Contributions: what each feature of a context adds to a predicted reward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from banditsvc.core.baseline import reward_baseline
from banditsvc.core.cells import CONSTANT_ROW, CellMaker
from banditsvc.core.encoded import NO_MATCH, EncodedCampaign
from banditsvc.core.features import context_hash
from banditsvc.core.model import Model

CAMPAIGN = "campaign"
"""Names what the campaign adds for everybody."""
MATCH = "match"
"""Names what it adds that the campaign's category is among the customer's favourites."""
BASELINE = "baseline"
"""Names the mean reward learned from, which stands for what is not known."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to a predicted reward."""

    feature: str
    """Name as in core/features.py, or CAMPAIGN, MATCH, BASELINE."""
    value: float
    """Of the feature; 1 for CAMPAIGN and BASELINE, the favourite's weight for MATCH."""
    reward: float
    """In raw units of the portfolio's reward."""


def contributions(
    model: Model, context_names: Sequence[tuple[str, float]], campaigns: Sequence[EncodedCampaign]
) -> list[tuple[Contribution, ...]]:
    """Returns, for each campaign, what adds up to its predicted reward, in the order in which the scorer adds.

    First CAMPAIGN, then the context's features by hash, with MATCH behind the favourite that it goes with, last
    BASELINE. The scorer adds on the scale of learning and stretches the sum, here every part is stretched on its own:
    so the sum is the predicted reward but for rounding, within 1e-9 of the greatest part in absolute value. Whether
    the scores themselves are those of the log is for the scorer to say, which repeats them bit for bit.

    Args:
        model: The model, with its weights.
        context_names: Features of the context, as Encoder.context_names gives them.
        campaigns: The campaigns, or pairs of campaign and treatment.
    """
    if not campaigns:
        return []
    ordered = sorted((context_hash(name), value, name) for name, value in context_names)
    hashes = np.array([CONSTANT_ROW, *(found for found, _, _ in ordered)], dtype=np.uint64)
    maker = CellMaker(model.weights)
    cells = maker.cells(hashes, [_without_match(campaign) for campaign in campaigns])
    matches = maker.cells(hashes, campaigns) - cells
    reward = model.learner.reward
    span = float(reward.greatest) - float(reward.least)
    baseline = Contribution(BASELINE, 1.0, reward_baseline(model.learned, reward))
    values = [1.0, *(value for _, value, _ in ordered)]
    names = [CAMPAIGN, *(name for _, _, name in ordered)]
    explained = []
    for column, campaign in enumerate(campaigns):
        parts = []
        for row, (name, value) in enumerate(zip(names, values, strict=True)):
            parts.append(Contribution(name, value, float(cells[row, column]) * value * span))
            if int(hashes[row]) == campaign.match_hash:
                parts.append(Contribution(MATCH, value, float(matches[row, column]) * value * span))
        explained.append((*parts, baseline))
    return explained


def _without_match(campaign: EncodedCampaign) -> EncodedCampaign:
    return replace(campaign, key=campaign.key + b"without match", match_hash=NO_MATCH)
