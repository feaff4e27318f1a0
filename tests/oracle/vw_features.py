"""What stock Vowpal Wabbit is given of a context and a campaign, read back from their encodings."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.features import MATCH_HASH


@dataclass(frozen=True, slots=True)
class VwFeatures:
    """The parts of a Vowpal Wabbit example of one campaign, as (hash, value), by namespace."""

    context: list[tuple[int, float]]
    campaign: list[tuple[int, float]]
    match: list[tuple[int, float]]


def vw_features(context: EncodedContext, campaign: EncodedCampaign) -> VwFeatures:
    """Returns what Vowpal Wabbit is given: context under C of the shared example, campaign and match under A and M."""
    shared = list(zip(context.hashes, context.values, strict=True))
    return VwFeatures(
        context=shared,
        campaign=list(zip(campaign.hashes, campaign.values, strict=True)),
        match=[(MATCH_HASH, value) for h, value in shared if h == campaign.match_hash],
    )
