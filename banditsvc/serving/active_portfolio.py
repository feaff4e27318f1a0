"""What Rank decides with: one immutable object per portfolio, swapped by one assignment."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.funnel import EligibleSet, eligible_set
from banditsvc.core.model import Model
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.scoring import Scorer

_MOST_CACHED_SETS = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class PreparedSet:
    """An eligible set with what scoring and drawing need of it. The order is that of campaign_id."""

    ids: tuple[str, ...]
    encoded: tuple[EncodedCampaign, ...]
    fixed_rank: NDArray[np.int64]
    """Place of each in the fixed order, shape (K,), 0 first."""
    eligible: EligibleSet


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ActivePortfolio:
    """A portfolio's settings, catalogue, policy and model as of one moment."""

    portfolio: Portfolio
    catalogue: dict[str, Campaign]
    catalogue_version: int
    policy: Policy
    model: Model
    encoder_version: int
    """Version of the encoder that the model was learned with."""
    scorer: Scorer
    _sets: dict[tuple[tuple[str | Campaign, ...], tuple[str, ...]], PreparedSet] = field(default_factory=dict)
    _encoded: dict[str, EncodedCampaign] = field(default_factory=dict)
    """Of the catalogue's campaigns, by campaign_id."""

    def prepared_set(
        self, candidates: tuple[str | Campaign, ...], excluded: tuple[str, ...], send_time_us: int
    ) -> PreparedSet:
        """Returns the eligible set, kept for the next caller where every candidate is named by id."""
        key = (candidates, excluded)
        try:
            known = self._sets.get(key)
        except TypeError:  # a campaign given inline has no hash
            return self._prepare(candidates, excluded, send_time_us)
        if known is not None and known.eligible.valid_from_us <= send_time_us < known.eligible.valid_until_us:
            return known
        if len(self._sets) >= _MOST_CACHED_SETS:
            self._sets.clear()
        prepared = self._sets[key] = self._prepare(candidates, excluded, send_time_us)
        return prepared

    def _encoded_campaign(self, campaign: Campaign) -> EncodedCampaign:
        if self.catalogue.get(campaign.campaign_id) is not campaign:
            return self.scorer.encoder.campaign(campaign)
        encoded = self._encoded.get(campaign.campaign_id)
        if encoded is None:
            encoded = self._encoded[campaign.campaign_id] = self.scorer.encoder.campaign(campaign)
        return encoded

    def _prepare(
        self, candidates: tuple[str | Campaign, ...], excluded: tuple[str, ...], send_time_us: int
    ) -> PreparedSet:
        eligible = eligible_set(
            catalogue=self.catalogue,
            candidates=candidates,
            excluded=excluded,
            allow_no_contact=self.portfolio.allow_no_contact,
            send_time_us=send_time_us,
        )
        return PreparedSet(
            ids=tuple(campaign.campaign_id for campaign in eligible.campaigns),
            encoded=tuple(self._encoded_campaign(campaign) for campaign in eligible.campaigns),
            fixed_rank=fixed_ranks(eligible.campaigns),
            eligible=eligible,
        )


def fixed_ranks(campaigns: tuple[Campaign, ...]) -> NDArray[np.int64]:
    """Returns each campaign's place in the fixed order: by fixed_priority, unset last, then by campaign_id."""
    order = sorted(
        range(len(campaigns)),
        key=lambda index: (
            campaigns[index].fixed_priority is None,
            campaigns[index].fixed_priority or 0,
            campaigns[index].campaign_id,
        ),
    )
    ranks = np.empty(len(campaigns), dtype=np.int64)
    ranks[order] = np.arange(len(campaigns))
    return ranks
