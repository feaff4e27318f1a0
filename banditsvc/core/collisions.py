"""Collisions: crosses that share a weight because the model has too few bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.feature_hash import QUADRATIC_PRIME


def collision_rate(row_hashes: Sequence[int], campaigns: Sequence[EncodedCampaign], bits: int) -> float:
    """Returns the share of (context feature, campaign feature) crosses whose weight another cross uses too.

    Args:
        row_hashes: Hashes of context features; repeats do not count.
        campaigns: The campaigns whose features are crossed with them.
        bits: The model has 2**bits weights.
    """
    campaign_hashes = sorted({h for campaign in campaigns for h in campaign.hashes})
    first = np.unique(np.array(row_hashes, dtype=np.uint64))
    if not first.size or not campaign_hashes:
        return 0.0
    with np.errstate(over="ignore"):
        full = (first * np.uint64(QUADRATIC_PRIME))[:, None] ^ np.array(campaign_hashes, dtype=np.uint64)
    indices = (full & np.uint64((1 << bits) - 1)).ravel()
    _, counts = np.unique(indices, return_counts=True)
    return float(counts[counts > 1].sum() / indices.size)
