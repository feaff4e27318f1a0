"""Prepared sets, kept for the next request that is alike."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.fixed_order import fixed_ranks
from banditsvc.core.funnel import EligibleSet
from banditsvc.core.funnel_offer import Offer
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.scoring import Scorer
from banditsvc.serving.prepared_set import PreparedSet

_MOST_WEIGHT = 150_000
"""Campaigns, names, entries and rejections that are kept, a few hundred bytes each; beyond it the cache starts afresh."""
_LEAST_WEIGHT = 8
"""Of an offer or a set, however small."""


class OfferSets:
    """An offer with what was prepared from it."""

    __slots__ = ("by_circumstances", "by_ids", "is_kept", "offer", "usual")

    def __init__(self, offer: Offer, *, is_kept: bool) -> None:
        self.offer = offer
        self.is_kept = is_kept
        """False for an offer that no other request can share."""
        self.by_circumstances: dict[Hashable, PreparedSet] = {}
        self.by_ids: dict[tuple[str, ...], PreparedSet] = {}
        """Some set of each choice of campaigns."""
        self.usual: PreparedSet | None = None
        """That of customers of whom nothing is known that could tell them apart."""


class PreparedSets:
    """Keeps offers and the sets prepared from them, as many as fit. Campaigns of the catalogue are encoded once."""

    __slots__ = ("_catalogue", "_encoded", "_offers", "_prices", "_scorer", "_weight")

    def __init__(self, scorer: Scorer, catalogue: dict[str, Campaign], prices: PortfolioPrices | None) -> None:
        self._scorer = scorer
        self._catalogue = catalogue
        self._prices = prices
        self._encoded: dict[tuple[str, str], EncodedCampaign] = {}
        """By campaign_id and treatment_id."""
        self._offers: dict[Hashable, OfferSets] = {}
        self._weight = 0

    def find(self, key: Hashable, send_time_us: int) -> OfferSets | None:
        """Returns what was kept under a key, if it holds at send_time."""
        kept = self._offers.get(key)
        if kept is None or not kept.offer.valid_from_us <= send_time_us < kept.offer.valid_until_us:
            return None
        return kept

    def keep_offer(self, key: Hashable, offer: Offer, key_weight: int) -> OfferSets:
        """Keeps an offer under a key with so many names, in the place of one that holds for another send_time."""
        self._add_weight(len(offer.campaigns) + key_weight)
        sets = self._offers[key] = OfferSets(offer, is_kept=True)
        return sets

    def keep_set(self, sets: OfferSets, key: Hashable, eligible: EligibleSet) -> PreparedSet:
        """Prepares a set and keeps it under a key of its offer, if that is kept."""
        if not sets.is_kept:
            return self.prepare(eligible)
        ids = tuple([candidate.campaign.campaign_id for candidate in eligible.candidates])
        alike = sets.by_ids.get(ids)
        if alike is None:
            prepared = sets.by_ids[ids] = self.prepare(eligible)
        else:
            prepared = replace(alike, rejections=eligible.rejections, force_reason=eligible.force_reason)
        self._add_weight(len(prepared.ids) + len(prepared.rejections))
        sets.by_circumstances[key] = prepared
        return prepared

    def prepare(self, eligible: EligibleSet) -> PreparedSet:
        """Returns the entries of an eligible set, one per pair of campaign and treatment."""
        pairs = [
            (candidate, treatment) for candidate in eligible.candidates for treatment in _treatments(candidate.campaign)
        ]
        campaigns = tuple([candidate.campaign for candidate, _ in pairs])
        labels = tuple([candidate.labels for candidate, _ in pairs])
        has_treatments = any(treatment is not None for _, treatment in pairs)
        return PreparedSet(
            ids=tuple([campaign.campaign_id for campaign in campaigns]),
            treatments=tuple([t.treatment_id if t else "" for _, t in pairs]) if has_treatments else (),
            campaigns=campaigns,
            labels=labels,
            encoded=tuple([self._encode(candidate.campaign, treatment) for candidate, treatment in pairs]),
            fixed_rank=fixed_ranks(campaigns),
            levers=_levers(campaigns),
            prices=None if self._prices is None else self._prices.prices_of(labels),
            rejections=eligible.rejections,
            has_message_fields=any(
                campaign.message_fields or (treatment is not None and treatment.message_fields)
                for campaign, treatment in zip(campaigns, [treatment for _, treatment in pairs], strict=True)
            ),
            force_reason=eligible.force_reason,
        )

    def _encode(self, campaign: Campaign, treatment: Treatment | None) -> EncodedCampaign:
        if self._catalogue.get(campaign.campaign_id) is not campaign:
            return self._scorer.encoder.campaign(campaign, treatment)
        key = (campaign.campaign_id, treatment.treatment_id if treatment else "")
        encoded = self._encoded.get(key)
        if encoded is None:
            encoded = self._encoded[key] = self._scorer.encoder.campaign(campaign, treatment)
        return encoded

    def _add_weight(self, weight: int) -> None:
        self._weight += _LEAST_WEIGHT + weight
        if self._weight > _MOST_WEIGHT:
            self._offers.clear()
            self._weight = 0


def _treatments(campaign: Campaign) -> Sequence[Treatment | None]:
    if not campaign.treatments:
        return (None,)
    return sorted(campaign.treatments, key=lambda treatment: treatment.treatment_id)


def _levers(campaigns: Sequence[Campaign]) -> NDArray[np.float64] | None:
    levers = [campaign.lever for campaign in campaigns]
    return None if levers.count(1.0) == len(levers) else np.array(levers)
